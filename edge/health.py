"""What a node says of itself, and what its watchdog asks of it.

On the broker a node is "ready", or "degraded" while somebody should look after it; then `detail` says why: a
disk without room, a port that hangs again and again, a stranger on a line, a node that keeps breaking down.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

import msgspec

from edge.journal import Journal, Storage
from edge.loop import PortRunner
from edge.outbox import Outbox
from edge.plan import NodePlan
from edge.starts import WITHIN_S, Starts
from mqtt_bridge.bridge import Bridge
from mqtt_bridge.messages import Life

log = logging.getLogger("hall.node")


class Health:
    """The health of one node. All methods are called on the event loop. Implements `watchdog.Watched`."""

    def __init__(
        self,
        plan: NodePlan,
        life: Life,
        ports: Sequence[PortRunner],
        journal: Journal,
        outbox: Outbox,
        bridge: Bridge,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """`life`: what is always the same in what the node says of itself."""
        self._plan = plan
        self._life = life
        self._ports = ports
        self._journal = journal
        self._outbox = outbox
        self._bridge = bridge
        self._loop = loop
        self._starts = Starts(plan.journal.with_suffix(".starts"))
        self._troubles: dict[str, str] = {}
        self._is_there = False

    # --- what it says on the broker ------------------------------------------------------------------

    def begin(self) -> None:
        """The journal's folder is there: count this start."""
        self._starts.note(self._plan.clock.now_s())
        if text := self._starts.trouble:
            log.warning("node %s %s", self._plan.node, text)
            self.trouble("starts", text)
            self._loop.call_later(WITHIN_S, self.trouble, "starts", "")

    def follows(self, epoch: int, holder: str) -> None:
        """The epoch of the last coordinator; `holder`: the node that is it, in a hall with a standby."""
        self._life = msgspec.structs.replace(self._life, epoch=epoch, follows=holder)
        if self._is_there:
            self._say()

    def there(self) -> None:
        """The node takes part in the hall: from here on it says how it is."""
        self._is_there = True
        self._say()

    def end(self) -> None:
        """The node is stopped as it should be."""
        self._starts.clean_end()

    def trouble(self, where: str, text: str) -> None:
        """Somebody should look after `where`, and why; "" when it is over."""
        if text != self._troubles.get(where, ""):
            self._troubles[where] = text
            if self._is_there:
                self._say()

    def storage(self, storage: Storage) -> None:
        """How much room the journal has."""
        text = "" if storage == "ok" else f"disk {storage}; make room at {self._plan.data}"
        self.trouble("disk", text)

    def _say(self) -> None:
        detail = "; ".join(text for text in self._troubles.values() if text)
        life = msgspec.structs.replace(
            self._life,
            state="degraded" if detail else "ready",
            detail=detail[:400],
            refused=sum(self._bridge.refused.values()),
        )
        self._bridge.publish("life", (), life)

    # --- what its watchdog asks ----------------------------------------------------------------------

    def look(self) -> str:
        """Put ports right that stand still; returns what else stands still, or nothing."""
        for port in self._ports:
            port.check()
        return "" if self._bridge.moves else "the link to the broker"

    def ask_journal(self, answer: Callable[[], None]) -> None:
        """Call `answer` when the journal's thread came by; it writes nothing."""
        self._journal.submit(lambda _db: None, lambda _value, _error: answer())

    def status(self) -> str:
        """The node in one sentence."""
        lost = [runner.port.name for runner in self._ports if not runner.is_open]
        count = f"{len(self._ports)} port{'' if len(self._ports) == 1 else 's'} open"
        ports = count if not lost else f"ports away: {', '.join(lost)}"
        broker = "broker connected" if self._bridge.connected else "broker away"
        waiting = f", {self._outbox.waiting} records wait for it" if self._outbox.waiting else ""
        part = "" if self._is_there else "waits for the hall; "
        trouble = "".join(f"; {text}" for text in self._troubles.values() if text)
        return f"{part}{ports}, {broker}{waiting}{trouble}".replace("\n", " ")[:500]
