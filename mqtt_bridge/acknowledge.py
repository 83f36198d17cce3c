"""Acknowledgements go out in the order of arrival, as MQTT 3.1.1 (4.6) asks; the embedded broker hangs up
on any other. They may be given in any order, since one commit takes longer than another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from msgspec import Struct


class _Receipt(Struct):
    """A message taken in, and whether it may be acknowledged."""

    mid: int
    given: bool = False


class InOrder:
    """Holds each acknowledgement back until all earlier ones were given; then calls `send` with it."""

    def __init__(self, send: Callable[[int], None]) -> None:
        """`send` must take numbers of a connection that is gone, too."""
        self._send = send
        self._receipts: deque[_Receipt] = deque()

    def take(self, mid: int) -> Callable[[], None]:
        """A message came under this number; call the result, once or twice, when it may be acknowledged."""
        receipt = _Receipt(mid)
        self._receipts.append(receipt)

        def give() -> None:
            receipt.given = True
            while self._receipts and self._receipts[0].given:
                self._send(self._receipts.popleft().mid)

        return give
