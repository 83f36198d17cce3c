"""The coordinator's side of the copy: tells the standby what was committed, after the commit.

Rules
1. The coordinator never waits for the standby: what was committed is noted here and sent when the standby
   is ready for it. What waits is bounded (`WAITING_BYTES`); when there is more, it is let go, and the
   standby is sent the whole anew.
2. Nothing is sent before the standby has asked. It asks each time it hears this coordinator anew, under a
   new session, and says where its copy stands: if what follows is still here, that is sent, else the whole.
3. At most `WINDOW` pieces are under way. What the standby does not say it has is sent again after a
   silence, from the first piece it lacks, with longer and longer waits; to a standby that is away, nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from edge import ledger
from edge.standby import form
from edge.standby.copy_state import CopyState, State
from edge.standby.waits import log
from edge.standby.whole import Journal, Whole
from edge.store import SCHEMA_VERSION
from mqtt_bridge import messages as m
from mqtt_bridge.copies import PIECE_BYTES

if TYPE_CHECKING:
    from edge.publisher import Port

WINDOW = 8
"""Pieces under way: some 90 kB, which the broker and the standby's socket hold with ease."""
WAITING_BYTES = 2 * 1024 * 1024
"""Some thousand commits: a standby that starts again is back long before."""
RESEND_FIRST_S = 1.0
RESEND_MOST_S = 30.0
BEHIND_AFTER = 3
"""Silences in a row until the standby is said to be behind."""
GRACE_S = 10.0
"""A standby that starts together with the coordinator has asked before this."""
STEP_BYTES = 100  # what a step weighs beside its bodies

_OTHER_FORM = "standby %s cannot copy: its journal has form %d, this one %d; install the same release there"


class Loop(Protocol):
    """What is asked of an event loop."""

    def call_later(self, delay: float, callback: Callable[..., object], *args: object) -> asyncio.TimerHandle:
        """Run `callback(*args)` in `delay` seconds."""


class _Step(NamedTuple):
    number: int
    step: form.Step
    size: int


class Feed:
    """One coordinator's telling of its journal to the standby. All methods are called on the event loop."""

    def __init__(
        self, *, port: Port, journal: Journal, loop: Loop, epoch: int, standby: str, now_ms: Callable[[], int]
    ) -> None:
        """`now_ms` is hall time."""
        self._port = port
        self._journal = journal
        self._loop = loop
        self._epoch = epoch
        self._standby = standby
        self._now_ms = now_ms
        self._said = CopyState(port, epoch, standby)
        self._last = 0  # steps committed in this epoch
        self._waiting: deque[_Step] = deque()  # those not yet known to be durable there
        self._waiting_bytes = 0
        self._told = 0  # steps that were cut into pieces
        self._session = ""
        self._refused = ""  # the session of another form
        self._known = (0, 0)  # the copy's last event and its epoch when it asked
        self._whole: Whole | None = None
        self._bytes = memoryview(b"")  # of the part that is being cut
        self._part_up_to = 0
        self._sent: deque[tuple[m.CopyPiece, int]] = deque()  # with the step that is durable with it
        self._number = 0
        self._silences = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_there = False
        self._copied_ms = 0
        self._on_closed: Callable[[], None] | None = None
        self._closed_at = 0
        self._grace: asyncio.TimerHandle | None = loop.call_later(GRACE_S, self._judge)

    def stop(self) -> None:
        """Say no more."""
        self._end_session()
        self._is_waited_for()

    # --- what happens here ----------------------------------------------------------------------------

    def committed(self, entry: ledger.Entry) -> None:
        """An entry has become durable here. Called in the order of the commits."""
        self._note(form.Commit(entry), sum(len(body) for _, _, body in entry.events) + len(entry.site or ""))

    def kept(self, seq: int, body: bytes, before_ms: int, answers_before_ms: int) -> None:
        """The hall was kept whole after event `seq`."""
        self._note(form.Kept(seq, body, before_ms, answers_before_ms), len(body))

    def close(self, done: Callable[[], None]) -> None:
        """The coordinator acts no more; `done` when the standby has all that was committed."""
        self._on_closed = done

        def all_in(*_: object) -> None:
            self._note(form.Closed(), 0)
            self._closed_at = self._last

        self._journal.submit(lambda db: None, all_in)  # what is under way is committed before

    def _note(self, step: form.Step, size: int) -> None:
        self._last += 1
        if not self._session:
            return
        self._waiting.append(_Step(self._last, step, size + STEP_BYTES))
        self._waiting_bytes += size + STEP_BYTES
        if self._waiting_bytes > WAITING_BYTES and len(self._waiting) > 1:
            self._let_go()
        self._pump()

    def _let_go(self) -> None:
        self._waiting.clear()
        self._waiting_bytes = 0

    # --- what the standby says ------------------------------------------------------------------------

    def ask(self, ask: m.CopyAsk) -> None:
        """A new session begins, unless it has begun already."""
        if ask.session in (self._session, self._refused):
            return
        self._is_there = True
        self._is_waited_for()
        if ask.form != SCHEMA_VERSION:
            self._refused = ask.session
            log.error(_OTHER_FORM, self._standby, ask.form, SCHEMA_VERSION)
        else:
            self._begin_session(ask)
        self._judge()

    def _begin_session(self, ask: m.CopyAsk) -> None:
        self._end_session()
        self._session, self._number, self._silences = ask.session, 0, 0
        self._known = (ask.last_epoch, ask.last)
        if ask.epoch == self._epoch and ask.number <= self._last:
            self._told = ask.number
            self._pump()  # what follows, or the whole where that is not here any more
        else:
            self._read_whole()

    def _end_session(self) -> None:
        self._session = ""
        self._set_timer(None)
        self._sent.clear()
        self._bytes = memoryview(b"")
        if self._whole is not None:
            self._whole.stop()
            self._whole = None

    def copied(self, copied: m.Copied) -> None:
        """The standby has all pieces up to this one."""
        if copied.session != self._session:
            return
        is_news = False
        while self._sent and self._sent[0][0].number <= copied.up_to:
            _, up_to = self._sent.popleft()
            self._durable(up_to)
            is_news = True
        if is_news:
            self._silences = 0
            self._set_timer(None)
        self._is_there = True
        self._pump()
        self._judge()

    def life(self, state: m.Lifecycle) -> None:
        """How the standby's node is."""
        was_there, self._is_there = self._is_there, state not in ("lost", "disconnected", "sleeping")
        if self._is_there and not was_there:
            self.link_up()
        self._judge()

    def link_up(self) -> None:
        """The broker, or the standby, is there again: what was under way may be lost."""
        self._silences = 0
        self._resend()

    def _durable(self, up_to: int) -> None:
        if not up_to:
            return
        while self._waiting and self._waiting[0].number <= up_to:
            self._waiting_bytes -= self._waiting.popleft().size
        self._copied_ms = self._now_ms()
        if self._closed_at and up_to >= self._closed_at and self._on_closed is not None:
            done, self._on_closed = self._on_closed, None
            done()

    # --- pieces ---------------------------------------------------------------------------------------

    def _pump(self) -> None:
        while self._session and len(self._sent) < WINDOW and (piece := self._next_piece()) is not None:
            self._sent.append((piece, 0 if piece.more else self._part_up_to))
            self._send(piece)
        if self._sent and self._timer is None and self._is_there:
            self._set_timer(min(RESEND_FIRST_S * 2.0**self._silences, RESEND_MOST_S))

    def _next_piece(self) -> m.CopyPiece | None:
        if not self._bytes and not self._next_part():
            return None
        data, self._bytes = bytes(self._bytes[:PIECE_BYTES]), self._bytes[PIECE_BYTES:]
        self._number += 1
        return m.CopyPiece(self._session, self._number, self._last, data, more=bool(self._bytes))

    def _next_part(self) -> bool:
        """Whether there is one more part to be cut into pieces."""
        part: form.Part | None = None
        if self._whole is not None:
            part = self._whole.take()
        elif self._told != self._last:
            part = self._next_steps()
        if part is None:
            return False
        if isinstance(part, form.End):
            self._whole = None
        self._part_up_to = part.up_to if isinstance(part, form.Live | form.End) else 0
        self._told = self._part_up_to or self._told
        self._bytes = memoryview(form.encode(part))
        return True

    def _next_steps(self) -> form.Live | None:
        """As many as go into one piece, or one; None where they are not here any more."""
        if not self._waiting or self._waiting[0].number > self._told + 1:
            self._read_whole()
            return None
        steps: list[form.Step] = []
        size = 0
        for one in self._waiting:
            if one.number > self._told and (not steps or size + one.size <= PIECE_BYTES):
                steps.append(one.step)
                size += one.size
            elif steps:
                break
        return form.Live(self._epoch, self._told, tuple(steps))

    def _read_whole(self) -> None:
        self._whole = Whole(
            self._journal, self._epoch, self._known, self._whole_begun, self._whole_read, self._end_session
        )

    def _whole_begun(self) -> int:
        self._let_go()
        return self._last

    def _whole_read(self) -> None:
        self._pump()
        self._judge()

    def _send(self, piece: m.CopyPiece) -> None:
        if self._is_there:
            self._port.publish("copy", (self._standby,), piece)

    def _resend(self) -> None:
        self._timer = None
        for piece, _ in self._sent:
            self._send(piece)
        self._pump()

    def _silence(self) -> None:
        self._silences += 1
        self._resend()
        self._judge()

    def _set_timer(self, delay_s: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if delay_s is None else self._loop.call_later(delay_s, self._silence)

    # --- how the copy is --------------------------------------------------------------------------------

    def _is_waited_for(self) -> None:
        """It has come, or need not come any more."""
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None

    def _judge(self) -> None:
        copied = self._waiting[0].number - 1 if self._waiting else self._told
        self._said.change(self._judged(), self._last - copied, self._copied_ms)

    def _judged(self) -> State:
        if not self._is_there:
            return "away"
        if not self._session or self._whole is not None:
            return "behind"
        is_all = self._told == self._last and not self._sent and not self._bytes
        is_usual = self._said.state == "current" and self._silences < BEHIND_AFTER
        return "current" if is_all or is_usual else "behind"
