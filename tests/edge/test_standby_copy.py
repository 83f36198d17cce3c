"""The copy of the journal: whatever is lost, comes twice, early or late, and whoever starts again at which
moment, it is the coordinator's journal as it was after one of its commits; and in the end it is all of it.

Real stores and the real code of both sides; time, the network and the journals' threads are the test's.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import ledger
from edge.standby import books, feed, follower, form
from edge.standby.feed import Feed
from edge.standby.follower import Follower
from edge.store import SCHEMA, SCHEMA_VERSION
from mqtt_bridge import messages as m
from mqtt_bridge.contract import CHANNELS
from mqtt_bridge.payloads import decode, encode
from mqtt_bridge.topics import Topic


class Clock:
    """Virtual time: what is due happens when the test lets it pass."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._timers: list[Any] = []

    def call_later(self, delay: float, callback: Callable[..., object], *args: object) -> Any:
        timer = _Timer(self.now_s + delay, lambda: callback(*args))
        self._timers.append(timer)
        return timer

    def pass_until(self, condition: Callable[[], Any], most_s: float) -> None:
        """Timer by timer, until it is so. Fails when it is not so in time."""
        end_s = self.now_s + most_s
        while not condition():
            self._timers = [timer for timer in self._timers if not timer.is_over]
            due = min(self._timers, key=lambda timer: timer.at_s, default=None)
            assert due is not None, "it never will: nobody waits for anything"
            assert due.at_s <= end_s, f"not within {most_s} s"
            self.now_s = due.at_s
            due.is_over = True
            due.run()


class _Timer:
    def __init__(self, at_s: float, run: Callable[[], object]) -> None:
        self.at_s, self.run, self.is_over = at_s, run, False

    def cancel(self) -> None:
        self.is_over = True


class Store:
    """A journal whose thread goes on when the test says so. What was committed outlives `crash`."""

    def __init__(self) -> None:
        self.db = apsw.Connection(":memory:")
        self.db.execute(SCHEMA)
        self._queue: deque[tuple[Any, Any]] = deque()
        self.on_commit: Callable[[], None] = lambda: None
        self.fails = 0

    def submit(self, work: Any, done: Any) -> None:
        self._queue.append((work, done))

    def step(self, *, reported: bool = True) -> bool:
        """One commit, and its report; False when there is nothing to do."""
        if not self._queue:
            return False
        work, done = self._queue.popleft()
        try:
            if self.fails:
                self.fails -= 1
                raise OSError("the disk is full")
            with self.db:
                result = work(self.db)
        except Exception as error:
            result = (None, error)
        else:
            self.on_commit()
            result = (result, None)
        if reported:
            done(*result)
        return True

    def crash(self) -> None:
        self._queue.clear()
        self.db.execute("DROP TABLE IF EXISTS temp.staged")

    def dump(self) -> dict[str, Any]:
        """All that a coordinator needs to go on."""
        found = ledger.reread(self.db)
        tables = {name: sorted(self.db.execute(f"SELECT * FROM {name}").fetchall()) for name in books.TABLES}
        return {
            "events": found.events,
            "site": found.site,
            "epochs": ledger.epochs(self.db),
            **tables,
        }

    def history(self) -> list[Any]:
        return list(ledger.events_after(self.db, 0))


class Wire:
    """What one side says, on its way to the other: by the contract, and as the test lets it arrive."""

    def __init__(self, node: str) -> None:
        self._node = node
        self.under_way: list[m.Message] = []
        self.is_up = True
        self.states: list[m.StandbyState] = []
        self.pieces = 0

    def publish(self, kind: str, rest: tuple[str, ...], message: m.Message | None, /) -> bool:
        assert message is not None
        topic = Topic("small", self._node, kind, rest)
        assert isinstance(message, CHANNELS[kind].types)
        assert decode(topic, encode(message)) == message
        self.pieces += isinstance(message, m.CopyPiece)
        if isinstance(message, m.StandbyState):
            self.states.append(message)
        elif self.is_up:
            self.under_way.append(message)
        return self.is_up


class World:
    """A coordinator and a standby. `place` -> what the journal was after that many steps of that epoch."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.clock = Clock()
        self.ours, self.theirs = Store(), Store()
        self.out, self.back = Wire("core"), Wire("spare")
        self.was: dict[tuple[int, int], Any] = {}
        self.theirs.on_commit = self._check
        self._sessions = (f"{number:016x}" for number in itertools.count(1))
        self.seq = 0
        self.start_coordinator()
        self.start_standby()

    # --- the two nodes ------------------------------------------------------------------------------

    def start_coordinator(self) -> None:
        if hasattr(self, "feed"):
            self.feed.stop()
        self.ours.crash()
        self.out.under_way.clear()
        found: list[Any] = []
        with self.ours.db:
            found.append(ledger.restart(0)(self.ours.db))
        self.epoch = found[0].epoch
        self.seq = found[0].events[-1].seq if found[0].events else found[0].snapshot_seq
        self.steps = 0
        self.was[self.epoch, 0] = self.ours.dump()
        self.feed = Feed(
            port=self.out,
            journal=self.ours,
            loop=self.clock,
            epoch=self.epoch,
            standby="spare",
            now_ms=lambda: int(self.clock.now_s * 1000),
        )

    def start_standby(self) -> None:
        if hasattr(self, "follower"):
            self.follower.stop()
        self.theirs.crash()
        self.closed = 0
        self.troubles: list[str] = []
        self.follower = Follower(
            port=self.back,
            journal=self.theirs,
            loop=self.clock,
            now_ms=lambda: int(self.clock.now_s * 1000),
            on_trouble=self.troubles.append,
            on_closed=lambda: setattr(self, "closed", self.closed + 1),
            new_session=lambda: next(self._sessions),
        )
        self.follower.follow(self.epoch)

    # --- what the coordinator does --------------------------------------------------------------------

    def commit(self, size: int = 20, events: int = 1, *, site: bool = False) -> None:
        """Some events, an answer, a record's place: one commit, as a request or a record makes it."""
        dice = self.random
        entry = ledger.Entry(
            first_seq=self.seq + 1,
            events=tuple((self.seq, "Called", dice.randbytes(size)) for _ in range(events)),
            answer=(f"r{dice.random()}", self.seq, b"{}") if dice.random() < 0.8 else None,
            received=((ledger.Inbox("east", "0a1b2c3d", dice.randrange(1, 30)), 0),) * (dice.random() < 0.5),
            site=f"site {dice.random()}" if site else None,
        )
        self.seq += events
        self.ours.submit(ledger.write(entry), lambda _, error: self._done(error, entry))

    def snapshot(self) -> None:
        body, seq = self.random.randbytes(30_000), self.seq

        def work(db: Any) -> None:
            ledger.save_snapshot(seq, body)(db)
            ledger.forget(seq - 5, seq - 5)(db)

        self.ours.submit(work, lambda _, error: self._kept(seq, body))

    def _done(self, error: Exception | None, entry: ledger.Entry) -> None:
        assert error is None
        self._stepped()
        self.feed.committed(entry)

    def _kept(self, seq: int, body: bytes) -> None:
        self._stepped()
        self.feed.kept(seq, body, seq - 5, seq - 5)

    def _stepped(self) -> None:
        self.steps += 1
        self.was[self.epoch, self.steps] = self.ours.dump()

    # --- what must be so ------------------------------------------------------------------------------

    def _check(self) -> None:
        place = books._place(self.theirs.db)
        if place != (0, 0):
            assert self.theirs.dump() == self.was[place], f"at {place}"

    def is_all(self) -> bool:
        return books._place(self.theirs.db) == (self.epoch, self.steps)

    # --- the network ----------------------------------------------------------------------------------

    def arrive(self, wire: Wire, at: int = 0, *, stays: bool = False) -> None:
        if not wire.under_way:
            return
        at %= len(wire.under_way)
        message = wire.under_way[at] if stays else wire.under_way.pop(at)
        match message:
            case m.CopyAsk():
                self.feed.ask(message)
            case m.Copied():
                self.feed.copied(message)
            case m.CopyPiece():
                self.follower.piece(message)

    def run(self, most: int = 100_000) -> None:
        """Everything goes its way until nothing is left to do but to wait."""
        for _ in range(most):
            if self.out.under_way:
                self.arrive(self.out)
            elif self.back.under_way:
                self.arrive(self.back)
            elif not self.ours.step() and not self.theirs.step():
                return
        raise AssertionError("it never comes to rest")

    def heal(self) -> None:
        """No more faults: soon the copy is all of it."""
        self.out.is_up = self.back.is_up = True
        self.theirs.fails = 0
        self.feed.life("ready")

        def is_done() -> bool:
            self.run()
            return self.is_all()

        self.clock.pass_until(is_done, 200)
        assert self.theirs.dump() == self.ours.dump()


@pytest.fixture(autouse=True, scope="module")
def _forgetful() -> Iterator[None]:
    """Few events are kept, so that old ones are forgotten in a short test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "EVENTS_KEPT_LEAST", 3)
        yield


# --- in good times ----------------------------------------------------------------------------------------


def test_what_was_there_before_is_copied_whole_and_what_comes_follows() -> None:
    world = World()
    for _ in range(30):
        world.commit(site=True)
    world.run()
    assert world.is_all()
    pieces = world.out.pieces
    for _ in range(20):
        world.commit()
        world.run()
    assert world.is_all()
    assert world.out.pieces == pieces + 20, "commit by commit, and not anew each time"
    assert world.theirs.history() == world.ours.history()
    assert [state.copy for state in world.out.states][-1] == "current"
    assert world.follower.lacks == 0


def test_a_commit_larger_than_a_message_is_copied_in_pieces() -> None:
    world = World()
    world.run()
    world.commit(200_000, events=3)
    world.run()
    assert world.is_all()


def test_pieces_stay_below_the_limit_of_a_message_and_few_are_under_way() -> None:
    world = World()
    for _ in range(40):
        world.commit(3000)
    while world.ours.step() or world.theirs.step():
        assert len(world.out.under_way) <= feed.WINDOW
        world.arrive(world.back)
    assert len(world.out.under_way) == feed.WINDOW, "without an answer it waits"
    world.run()
    assert world.is_all()


def test_the_hall_kept_whole_and_old_events_forgotten_are_so_in_the_copy_too() -> None:
    world = World()
    for _ in range(12):
        world.commit()
    world.run()
    for _ in range(2):
        world.snapshot()
        world.commit()
    world.run()
    assert world.is_all()
    assert world.theirs.history() == world.ours.history()
    assert len(world.theirs.history()) < 14


def test_at_rest_nobody_waits_for_anything() -> None:
    world = World()
    world.commit()
    world.run()
    assert world.is_all()
    assert [timer for timer in world.clock._timers if not timer.is_over] == []


# --- restarts ---------------------------------------------------------------------------------------------


def test_a_standby_that_starts_again_goes_on_where_its_copy_stood() -> None:
    world = World()
    for _ in range(50):
        world.commit(2000)
    world.run()
    pieces = world.out.pieces
    world.start_standby()
    world.run()
    world.commit()
    world.run()
    assert world.is_all()
    assert world.out.pieces == pieces + 1, "one commit, and nothing anew"


def test_a_coordinator_that_starts_again_sends_only_the_events_that_are_lacking() -> None:
    world = World()
    for _ in range(50):
        world.commit(2000)
    world.run()
    for _ in range(3):
        world.commit()
    while world.ours.step():
        pass
    world.start_coordinator()
    world.follower.follow(world.epoch)
    begun: list[int] = []
    original = books.rows
    books_rows = lambda after, up_to: begun.append(after) or original(after, up_to)  # noqa: E731
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(books, "rows", books_rows)
        world.run()
    assert begun == [50]
    assert world.is_all()


def test_a_standby_away_too_long_is_sent_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "WAITING_BYTES", 5000)
    world = World()
    world.run()
    world.feed.life("lost")
    world.out.is_up = world.back.is_up = False
    for _ in range(100):
        world.commit(500)
        world.ours.step()
    assert world.feed._waiting_bytes <= 5000 + 1000
    assert world.out.states[-1].copy == "away"
    world.follower.follow(0)
    world.out.is_up = world.back.is_up = True
    world.follower.follow(world.epoch)
    world.run()
    assert world.is_all()
    assert world.out.states[-1].copy == "current"


def test_how_the_copy_is_is_said_once_a_change(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "hall.standby")
    world = World()
    world.run()
    for _ in range(5):
        world.commit()
        world.run()
    world.out.is_up = False
    world.commit()
    world.ours.step()
    world.clock.pass_until(lambda: world.out.states[-1].copy == "behind", 60)
    world.clock.pass_until(lambda: world.clock.now_s > 300, 400)
    world.feed.life("lost")
    world.feed.life("lost")
    world.out.is_up = True
    world.feed.life("ready")
    world.run()
    assert [(one.copy, one.behind) for one in world.out.states] == [
        ("behind", 1),
        ("current", 0),
        ("behind", 1),
        ("away", 1),
        ("behind", 1),
        ("current", 0),
    ]
    said = [record.message for record in caplog.records if "standby spare" in record.message]
    assert len(said) == 6
    assert "nobody could take over now" in said[3]


def test_a_coordinator_nobody_copies_keeps_nothing_for_it_and_says_so_once() -> None:
    world = World()
    world.back.is_up = False
    for _ in range(50):
        world.commit()
        world.ours.step()
    assert not world.feed._waiting
    world.clock.pass_until(lambda: world.out.states, 60)
    assert [state.copy for state in world.out.states] == ["away"]


def test_the_last_word_of_a_coordinator_comes_after_all_it_committed() -> None:
    world = World()
    world.run()
    closed: list[bool] = []
    for _ in range(4):
        world.commit()
    world.feed.close(lambda: closed.append(world.is_all()))
    while world.ours.step():
        pass
    world._stepped()  # the last word
    world.run()
    assert (world.closed, closed) == (1, [True])


# --- two halls in one -----------------------------------------------------------------------------------


def test_what_a_former_coordinator_did_alone_is_set_aside_and_named(caplog: pytest.LogCaptureFixture) -> None:
    """Its books went on after the copy that was promoted: the hall's are those of the promoted one."""
    caplog.set_level("INFO", "hall.standby")
    world = World()
    for _ in range(10):
        world.commit()
    world.run()
    alone = b'{"number":"A011"}'
    first = ledger.Entry(11, ((5, "NumberIssued", alone), (6, "Called", b"{}")))
    with world.ours.db:
        ledger.write(first)(world.ours.db)  # never copied
    world.ours, world.theirs = world.theirs, world.ours
    with world.ours.db:
        ledger.is_no_copy(world.ours.db)
        ledger._next_epoch(world.ours.db, 900, 0)
    world.theirs.on_commit, world.ours.on_commit = world._check, lambda: None
    world.start_coordinator()
    world.start_standby()
    world.commit()
    world.commit()
    world.run()
    assert world.is_all()
    assert world.theirs.history() == world.ours.history()
    kept = world.theirs.db.execute("SELECT seq, kind, body FROM aside").fetchall()
    assert kept == [(11, "NumberIssued", alone), (12, "Called", b"{}")]
    assert any(
        "2 events of this node's own" in one.message and "A011" in one.message for one in caplog.records
    )


@pytest.mark.parametrize(
    ("began", "own_last", "asked", "same"),
    [
        (((5, 0),), 100, (5, 90), 90),  # behind, in the same epoch
        (((5, 0), (6, 100)), 120, (5, 100), 100),  # the coordinator started again
        (((5, 0), (6, 100)), 120, (5, 103), 100),  # and had lost its last three commits
        (((5, 0), (6, 100)), 120, (6, 110), 110),
        (((5, 0),), 100, (5, 103), 0),  # it lost them, and does not know
        (((5, 0),), 100, (4, 3), 0),  # another hall's, or too old
        (((5, 0),), 100, (0, 0), 0),  # a new store
        ((), 0, (7, 9), 0),
    ],
)
def test_which_events_two_journals_have_in_common(
    began: Any, own_last: int, asked: tuple[int, int], same: int
) -> None:
    assert books.common(began, own_last, *asked) == same


@pytest.mark.parametrize("since", [1, 30])
def test_a_coordinator_that_lost_its_books_does_not_overwrite_the_copy(since: int) -> None:
    """Its store was replaced by a new one: what is here is the best that is left, however much came since."""
    world = World()
    for _ in range(9):
        world.commit()
    world.run()
    kept = world.theirs.dump()
    world.ours = Store()
    with world.ours.db:
        ledger._next_epoch(world.ours.db, 700, 0)
    world.theirs.on_commit = lambda: None
    world.start_coordinator()
    for _ in range(since):
        world.commit()
    world.start_standby()
    for _ in range(20):
        world.run()
        with contextlib.suppress(AssertionError):
            world.clock.pass_until(lambda at_s=world.clock.now_s: world.clock.now_s > at_s, 60)
    assert world.theirs.dump() == kept
    assert [text for text in world.troubles if text] == [world.troubles[0]] * len(world.troubles)
    assert f"it ends with event {since} " in world.troubles[0]
    assert "up to event 9" in world.troubles[0]


@pytest.mark.parametrize(
    ("epochs", "last", "ours", "lost"),
    [
        (((9, 0),), 3, (7, 9), True),
        (((9, 0),), 30, (7, 9), True),  # however much is in the new books
        (((5, 0),), 3, (7, 9), True),  # older books than ours
        ((), 3, (7, 9), True),
        (((5, 0), (8, 100)), 120, (7, 90), False),  # what we did alone in epoch 7 is set aside
        (((300, 5000),), 6000, (50, 90), False),  # we were away for longer than epochs are remembered
        (((7, 0),), 3, (7, 9), False),
        (((9, 0),), 3, (0, 0), False),  # there is nothing here
    ],
)
def test_which_books_are_not_copied(epochs: Any, last: int, ours: tuple[int, int], lost: bool) -> None:
    world = World()
    world.follower._standing = books.Standing(0, 0, *ours, 0)
    begin = form.Begin(9, 0, last, epochs, "", {})
    world.troubles.clear()
    assert world.follower._has_lost_its_books(begin) is lost
    assert [bool(text) for text in world.troubles] == [lost], "also that it is over is said"
    assert bool(world.follower._session) is not lost


def test_every_table_of_the_journal_is_copied_or_is_a_nodes_own() -> None:
    names = {name for (name,) in Store().db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    own = {"meta", "outbox", "set_aside"}
    assert names == {"events", *books.TABLES, *own}


# --- what does not fit ------------------------------------------------------------------------------------


def test_another_form_is_not_copied_and_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    ask = m.CopyAsk("00c0ffee00c0ffee", form=99)
    world.feed.ask(ask)
    world.feed.ask(ask)
    assert not [one for one in world.out.under_way if isinstance(one, m.CopyPiece)]
    assert len([one for one in caplog.records if "form 99" in one.message]) == 1


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", form.encode(form.End(5, 0)), form.encode(form.Live(77, 0, ()))]
)
def test_rubbish_ends_the_session_and_the_next_one_is_well(data: bytes) -> None:
    world = World()
    while not world.back.under_way:
        world.theirs.step()
    session = world.back.under_way[0].session
    world.follower.piece(m.CopyPiece(session, 1, 5, data))
    assert books._place(world.theirs.db) == (0, 0)
    world.heal()


def test_a_part_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "PART_BYTES", 50_000)
    world = World()
    world.commit(200_000)
    world.run()
    assert not world.is_all()
    assert len(world.follower._buffer) <= 50_000 + 11 * 1024
    monkeypatch.setattr(follower, "PART_BYTES", 10**6)
    world.heal()


def test_a_full_disk_there_is_waited_out() -> None:
    world = World()
    world.run()
    world.theirs.fails = 3
    for _ in range(5):
        world.commit()
    world.run()
    assert not world.is_all()
    world.heal()


def test_a_part_is_written_only_where_the_copy_stands() -> None:
    world = World()
    world.run()
    commit = form.Commit(ledger.Entry(1, answer=("r1", 5, b"{}")))
    for epoch, after in ((world.epoch, 1), (world.epoch + 1, 0)):
        with pytest.raises(books.Misfit), world.theirs.db:
            books.live(form.Live(epoch, after, (commit,)))(world.theirs.db)
    assert world.theirs.dump() == world.ours.dump()


def test_a_whole_without_some_of_its_events_does_not_come_in_force() -> None:
    world = World()
    for _ in range(3):
        world.commit()
    world.run()
    before = world.theirs.dump()
    with world.ours.db:
        begin = books.begin(world.epoch, 0, 0)(world.ours.db)
        rows = books.rows(0, 3)(world.ours.db)
    with world.theirs.db:
        books.stage_none(world.theirs.db)
        books.stage(form.Rows(rows.events[:1] + rows.events[2:]))(world.theirs.db)
    with pytest.raises(books.Misfit, match="2 events came of 3"), world.theirs.db:
        books.replace(begin, form.End(9, 3), 0)(world.theirs.db)
    assert world.theirs.dump() == before


def test_a_copy_that_is_not_what_it_should_be_is_made_anew() -> None:
    world = World()
    for _ in range(5):
        world.commit()
    world.run()
    world.theirs.db.execute("DELETE FROM events WHERE seq = 5")  # a medium that forgot
    world.commit()
    world.run()
    world.heal()
    assert world.theirs.history() == world.ours.history()


def test_a_piece_too_early_is_passed_over_and_one_that_came_before_is_answered() -> None:
    world = World()
    world.run()
    for _ in range(3):
        world.commit(events=0)
    while world.ours.step():
        pass
    world.arrive(world.out, 1)
    assert not world.theirs.step(), "nothing is written"
    assert world.back.under_way == []
    world.arrive(world.out, 0, stays=True)
    world.run()
    assert world.back.under_way == []
    world.heal()


def test_a_session_begun_while_the_journal_reads_for_another_is_read_for_itself() -> None:
    world = World()
    for _ in range(5):
        world.commit()
    world.run()
    world.start_coordinator()
    world.feed.ask(m.CopyAsk("0" * 15 + "a", form=SCHEMA_VERSION))
    world.commit()
    world.feed.ask(m.CopyAsk("0" * 15 + "b", form=SCHEMA_VERSION))
    while world.ours.step():
        pass
    parts = [form.decode(one.data) for one in world.out.under_way if isinstance(one, m.CopyPiece)]
    assert [type(part) for part in parts] == [form.Begin, form.Rows, form.End]
    assert {one.session for one in world.out.under_way if isinstance(one, m.CopyPiece)} == {"0" * 15 + "b"}
    assert parts[-1] == form.End(1, 6)


def test_a_whole_copy_that_stops_half_way_is_asked_for_again(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    for _ in range(10):
        world.commit()
    while world.ours.step():
        pass
    world.theirs.step()
    world.arrive(world.back)
    world.ours.step()
    world.ours.fails = 1  # the events cannot be read
    world.run()
    assert "the journal cannot be read for the standby" in caplog.text
    assert not world.is_all()
    world.heal()


# --- everything at once -----------------------------------------------------------------------------------

WIRES = st.sampled_from(["out", "back"])
COMMIT = st.tuples(
    st.just("commit"), st.sampled_from([20, 20, 200, 9000, 40_000]), st.sampled_from([0, 0, 1, 2])
)
BUSTLE = st.tuples(st.just("bustle"), st.integers(1, 40))
ACTS = st.one_of(
    *(COMMIT, COMMIT, COMMIT, BUSTLE, BUSTLE, BUSTLE),
    st.tuples(st.just("snapshot")),
    st.tuples(st.just("unreported")),
    st.tuples(st.just("arrive"), WIRES, st.integers(0, 9)),
    st.tuples(st.just("twice"), WIRES, st.integers(0, 9)),
    st.tuples(st.just("lost"), WIRES, st.integers(0, 9)),
    st.tuples(st.just("cut"), st.booleans(), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 2.0, 40.0])),
    st.tuples(st.just("run")),
    st.tuples(st.just("again"), st.sampled_from(["standby", "coordinator"])),
    st.tuples(st.just("link")),
    st.tuples(st.just("life"), st.sampled_from(["lost", "ready"])),
    st.tuples(st.just("fail"), st.integers(1, 2)),
)


@settings(max_examples=200, deadline=None)
@given(
    acts=st.lists(ACTS, min_size=30, max_size=80),
    seed=st.integers(0, 2**16),
    little=st.booleans(),
    begun=st.booleans(),
)
def test_whatever_happens_the_copy_is_the_journal_as_it_once_was(
    acts: list[Any], seed: int, little: bool, begun: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if little:  # so that the whole is sent anew often, in several reads
            patch.setattr(feed, "WAITING_BYTES", 2000)
            patch.setattr(books, "ROWS", 3)
        world = World(seed)
        if begun:
            world.run()
        for act in acts:
            _do(world, act)
        world.heal()


def _do(world: World, act: tuple[Any, ...]) -> None:
    match act:
        case ("commit", size, events):
            world.commit(size, events, site=size > 5000)
        case ("snapshot",):
            world.snapshot()
        case ("bustle", count):  # each goes on by itself, in no particular order
            for _ in range(count):
                world.random.choice(
                    [
                        world.ours.step,
                        world.theirs.step,
                        lambda: world.arrive(world.out),
                        lambda: world.arrive(world.back),
                    ]
                )()
        case ("unreported",):  # committed, and then the power is cut
            world.theirs.step(reported=False)
            world.start_standby()
        case ("arrive", wire, at):
            world.arrive(_wire(world, wire), at)
        case ("twice", wire, at):
            world.arrive(_wire(world, wire), at, stays=True)
        case ("lost", wire, at):
            if under_way := _wire(world, wire).under_way:
                under_way.pop(at % len(under_way))
        case ("cut", out, back):
            world.out.is_up, world.back.is_up = not out, not back
        case ("wait", seconds):
            end_s = world.clock.now_s + seconds
            with contextlib.suppress(AssertionError):
                world.clock.pass_until(lambda: world.clock.now_s >= end_s, seconds)
        case ("run",):
            world.run()
        case ("again", "standby"):
            world.start_standby()
        case ("again", "coordinator"):
            while world.ours.step():  # what is committed without a report is its own affair
                pass
            world.start_coordinator()
            world.follower.follow(world.epoch)
        case ("link",):
            world.feed.link_up()
            world.follower.follow(world.epoch)
        case ("life", state):
            world.feed.life(state)
        case ("fail", times):
            world.theirs.fails = times


def _wire(world: World, name: str) -> Wire:
    return world.out if name == "out" else world.back
