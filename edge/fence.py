"""What keeps a coordinator that is over from being heard, and from speaking.

Everything that a coordinator says carries its epoch: states and its role by themselves, answers and receipts
because they pass here. Nodes heed nothing of an older epoch than the last they heard of (`edge/hearing.py`);
and when the coordinator itself learns that it is over, this fence is closed and nothing of it goes out any
more, not even the answer to what was just being committed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from mqtt_bridge import messages as m

if TYPE_CHECKING:
    from edge.publisher import Port


class Fence:
    """Stands between one coordinator and its port. `on_role` hears its role too, to say it elsewhere."""

    def __init__(
        self, port: Port, epoch: int, on_role: Callable[[m.Role], object] = lambda _role: None
    ) -> None:
        self._port = port
        self._epoch = epoch
        self._on_role = on_role
        self.is_open = True

    def close(self) -> None:
        """Nothing goes out from now on."""
        self.is_open = False

    def publish(self, kind: str, rest: tuple[str, ...], message: m.Message | None, /) -> bool:
        """As the port does it; False when it is closed."""
        if not self.is_open:
            return False
        if isinstance(message, m.Answer | m.Receipt):
            message = msgspec.structs.replace(message, epoch=self._epoch)
        if isinstance(message, m.Role):
            self._on_role(message)
        return self._port.publish(kind, rest, message)
