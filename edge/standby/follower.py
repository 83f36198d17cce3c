"""The standby's side of the copy: asks, takes the pieces in, and writes them into its own journal.

Rules
1. Each time it hears the coordinator anew it begins a session: it says where its copy stands, and asks
   again until the first piece comes.
2. Pieces are taken in their order; one too early or of another session is passed over, one that came
   before is only answered again. What pieces make up a part, and it is written in one commit.
3. It answers what it has only when that is durable (or waits for the rest of its part). So what the
   coordinator believes to be copied is copied.
4. What does not fit, or cannot be written, ends the session; the next one begins after a while, from
   where the journal stands. So does a whole copy that does not go on. A copy that turns out not to be
   what it should be is made anew.
5. A coordinator that lost its books, and began new ones, is not copied: the copy is worth more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from edge import ledger
from edge.disk import Work
from edge.standby import books, form
from edge.standby.feed import Loop
from edge.standby.waits import log, log_error
from edge.standby.whole import Journal
from edge.store import SCHEMA_VERSION
from mqtt_bridge import messages as m

if TYPE_CHECKING:
    from edge.publisher import Port

ASK_FIRST_S = 1.0
ASK_MOST_S = 30.0
PART_BYTES = 64 * 1024 * 1024
"""The largest part is the whole without its events: a day's hall, an hour's answers, the site file."""


class Follower:
    """The copy in one node's journal. All methods are called on the event loop."""

    def __init__(
        self,
        *,
        port: Port,
        journal: Journal,
        loop: Loop,
        now_ms: Callable[[], int],
        new_session: Callable[[], str],
        on_closed: Callable[[], None] = lambda: None,
        on_trouble: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """`new_session` gives 16 hexadecimal digits of chance, `now_ms` hall time.

        `on_closed`: the coordinator said that it acts no more, and all it did is here. `on_trouble`: somebody
        should look after the copy, and why; "" when that is over.
        """
        self._port = port
        self._journal = journal
        self._loop = loop
        self._now_ms = now_ms
        self._on_closed = on_closed
        self._on_trouble = on_trouble
        self._standing = books.Standing(0, 0, 0, 0, 0)
        self._new_session = new_session
        self._epoch = 0  # of the coordinator that is followed; 0 = none is heard
        self._heard = 0  # the last one that was
        self._session = ""
        self._expected = 1
        self._buffer = bytearray()
        self._begin: form.Begin | None = None
        self._writing: deque[int] = deque()  # the last pieces of parts that are being committed
        self._timer: asyncio.TimerHandle | None = None
        self._ask_s = ASK_FIRST_S
        self._told = 0  # steps that the coordinator had when it was last heard
        self._copied = 0
        self._complained = ""

    @property
    def lacks(self) -> int:
        """Commits that the coordinator is known to have and that are not copied."""
        return max(self._told - self._copied, 0)

    def follow(self, epoch: int) -> None:
        """A living coordinator of this epoch is heard, from now on; 0: none is."""
        if epoch not in (0, self._heard):
            self._heard, self._told, self._copied = epoch, 0, 0
        self._epoch = epoch
        self._ask_s = ASK_FIRST_S
        self._end_session()
        if epoch:
            self._ask()

    def stop(self) -> None:
        """Take in no more. What is being written is written."""
        self._epoch = 0
        self._end_session()

    def _end_session(self) -> None:
        self._session = ""
        self._buffer.clear()
        self._begin = None
        self._writing.clear()
        self._set_timer(None)

    # --- asking -----------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Begin a session."""
        self._timer = None
        self._end_session()
        self._session, self._expected = self._new_session(), 1
        self._submit(books.standing, self._asked)

    def _asked(self, standing: books.Standing) -> None:
        self._standing = standing
        if standing.epoch == self._epoch:
            self._copied = standing.number
        self._port.publish(
            "copied",
            (),
            m.CopyAsk(
                self._session,
                SCHEMA_VERSION,
                standing.epoch,
                standing.number,
                standing.last_epoch,
                standing.last,
            ),
        )
        self._ask_again_later()

    def _ask_again_later(self) -> None:
        """Unless something comes meanwhile."""
        self._set_timer(self._ask_s)
        self._ask_s = min(self._ask_s * 2, ASK_MOST_S)

    def _set_timer(self, delay_s: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if delay_s is None else self._loop.call_later(delay_s, self._ask)

    # --- taking in --------------------------------------------------------------------------------------

    def piece(self, piece: m.CopyPiece) -> None:
        """A piece came."""
        if piece.session != self._session or piece.number > self._expected:
            return
        self._told = max(self._told, piece.last)
        if piece.number < self._expected:
            self._answer()
            return
        self._expected += 1
        self._buffer += piece.data
        if len(self._buffer) > PART_BYTES:
            self._broken(f"a part of more than {PART_BYTES // 2**20} MiB")
        elif piece.more:
            self._answer()
            self._wait_for_more()
        else:
            self._take_part(piece.number)

    def _wait_for_more(self) -> None:
        """A part, or a whole copy, that stops half way is asked for again."""
        self._set_timer(ASK_MOST_S)

    def _take_part(self, number: int) -> None:
        data = bytes(self._buffer)
        self._buffer.clear()
        try:
            part = form.decode(data)
        except msgspec.MsgspecError as error:
            self._broken(f"no part of a journal: {error}")
            return
        if isinstance(part, form.Begin) and self._has_lost_its_books(part):
            return
        work = self._work_of(part)
        if work is None:
            self._broken(f"{type(part).__name__} out of its place")
            return
        self._writing.append(number)
        self._submit(work, partial(self._written, part, number))
        self._wait_for_more()

    def _has_lost_its_books(self, begin: form.Begin) -> bool:
        """Rule 5. Then what is here is the best that is left of them."""
        ours = self._standing
        first, began = begin.epochs[0] if begin.epochs else (0, 0)
        is_later = began == 0 and first > ours.last_epoch  # however much is in the new books by now
        is_strange = ours.last_epoch not in (0, *dict(begin.epochs))
        is_so = is_strange and (is_later or begin.last < ours.last)
        text = (
            f"the coordinator lost its journal: it ends with event {begin.last} and knows nothing of ours;"
            f" this copy, up to event {ours.last}, is kept: hall promote --force goes on from it"
        )
        self._on_trouble(text if is_so else "")
        if is_so:
            self._broken(text)
        return is_so

    def _work_of(self, part: form.Part) -> Work | None:
        match part:
            case form.Live() if self._begin is None and part.epoch == self._epoch:
                return books.live(part)
            case form.Begin() if part.epoch == self._epoch:
                self._begin = part
                return books.stage_none
            case form.Rows() if self._begin is not None:
                return books.stage(part)
            case form.End() if self._begin is not None:
                begin, self._begin = self._begin, None
                return books.replace(begin, part, self._now_ms())
            case _:
                return None

    def _written(self, part: form.Part, number: int, result: Any) -> None:
        self._writing.remove(number)
        match part:
            case form.Live():
                self._copied = part.up_to
            case form.End():
                self._copied = part.up_to
                _say_replaced(result)
        self._complained, self._ask_s = "", ASK_FIRST_S
        self._answer()
        if self._begin is None and not self._writing and not self._buffer:
            self._set_timer(None)  # at rest: the coordinator speaks next
        if isinstance(part, form.Live) and isinstance(part.steps[-1], form.Closed):
            self._on_closed()

    def _answer(self) -> None:
        """What is here in order, and durable where its part is whole."""
        up_to = self._writing[0] - 1 if self._writing else self._expected - 1
        self._port.publish("copied", (), m.Copied(self._session, up_to))

    def _submit(self, work: Work, then: Callable[..., None]) -> None:
        self._journal.submit(work, partial(self._came, self._session, then))

    def _came(self, session: str, then: Callable[..., None], value: Any, error: Exception | None) -> None:
        if session != self._session:
            return
        if error is None:
            then(value)
            return
        if isinstance(error, ledger.Gap):
            self._journal.submit(books.distrust, log_error)
        self._broken(str(error))

    def _broken(self, why: str) -> None:
        """Begin anew, after a while."""
        if why != self._complained:
            log.warning("the copy of the journal does not go on: %s; asking again", why)
        self._complained = why
        self._end_session()
        self._ask_again_later()


def _say_replaced(replaced: books.Replaced) -> None:
    log.info("the journal of the coordinator is copied")
    if replaced.events:
        numbers = f", among them numbers {', '.join(replaced.numbers)}" if replaced.numbers else ""
        log.warning(
            "%d events of this node's own are not in the hall's books%s: they are kept in the table aside",
            replaced.events,
            numbers,
        )
