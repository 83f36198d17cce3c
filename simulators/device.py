"""What every simulated device is to those outside: a face, hands to work it, troubles by name, news.

A kind lists its `HANDS` (what a person can do to it: each is a method of that name), its `TROUBLES` and, for
a trouble that it cannot have, the sentence that says why in `CANNOT`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, NamedTuple, Self

from simulators.trouble import NAMES, CannotBe, Order, Trouble, unknown_fault

NOTES_MAX: Final = 200


def a(kind: str) -> str:
    """A kind with its article: "a strip", "an evaluator"."""
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


class Hand(NamedTuple):
    """What a person can do: the names of what must be said with it, and what it means."""

    takes: tuple[str, ...]
    means: str


class Device:
    """Base of all. `face` is what a person in front of it sees, in one line."""

    kind: ClassVar[str] = "device"
    HANDS: ClassVar[Mapping[str, Hand]] = {}
    TROUBLES: ClassVar[Mapping[str, Trouble]] = {}
    CANNOT: ClassVar[Mapping[str, str]] = {}

    def __init__(self, name: str) -> None:
        self.name = name
        self.troubles: dict[str, Order] = {}
        self.on_change: Callable[[], None] | None = None
        self._waiting: list[tuple[Callable[[Any], object], asyncio.Future[None]]] = []

    @property
    def face(self) -> str:
        """What a person in front of it sees, in one line."""
        return ""

    def look(self) -> dict[str, Any]:
        """The same for programs: plain values by name."""
        return {}

    # --- trouble -------------------------------------------------------------------------------------

    def check_trouble(self, name: str, order: Order) -> None:
        """Raises CannotBe, with a plain sentence, where the device cannot have this trouble in this way."""
        if name not in NAMES:
            raise CannotBe(unknown_fault(name))
        if name not in self.TROUBLES:
            why = self.CANNOT.get(name) or f"what it can have: {', '.join(self.TROUBLES) or 'nothing'}"
            raise CannotBe(f"{self.name} is {a(self.kind)} and cannot have {name}: {why}")
        self.TROUBLES[name].check(name, order)

    def trouble(self, name: str, order: Order = Order()) -> None:
        """Something goes wrong now. A trouble that it has already is given a new order. Raises CannotBe."""
        self.check_trouble(name, order)
        self.TROUBLES[name].begin(self, order)
        self.troubles[name] = order
        self.notice()

    def mend(self, name: str) -> None:
        """It is well again; nothing where it did not have that trouble. Raises CannotBe."""
        self.check_trouble(name, Order())
        if self.troubles.pop(name, None) is not None:
            self.TROUBLES[name].end(self)
            self.notice()

    # --- news ----------------------------------------------------------------------------------------

    def notice(self) -> None:
        """Something may have changed: wake whoever waits for it."""
        for predicate, future in list(self._waiting):
            if not future.done() and predicate(self):
                future.set_result(None)
        if self.on_change is not None:
            self.on_change()

    async def changed(self, predicate: Callable[[Self], object], timeout_s: float) -> Self:
        """Wait until `predicate(device)` holds; at once when it does. Raises TimeoutError with the face."""
        if predicate(self):
            return self
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (predicate, future)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(timeout_s):
                await future
        except TimeoutError:
            raise TimeoutError(f"{self.name} still shows {self.face!r} after {timeout_s} s") from None
        finally:
            self._waiting.remove(entry)
        return self
