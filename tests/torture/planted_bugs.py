"""Bugs to be planted in the product, each as somebody might write it on a bad day, and what should notice it.

Each is a function of a `patch(owner, name, value)`. They change the product in the test's process alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import msgspec

from devices.evaluator import machine as evaluator_machine
from devices.printer import course as printer_course
from edge import alone_book, answering, answers, commits, intake, journal, keeper, ledger, outbox, publisher
from edge.desks import base, fresh, tickets, window
from mqtt_bridge import bridge, gate
from mqtt_bridge import messages as m
from mqtt_bridge.records import records_of

Patch = Callable[[Any, str, Any], None]


class Bug(NamedTuple):
    """`seed`: the short day to be tried first; whatever changes the traffic of a hall may move it."""

    plant: Callable[[Patch], None]
    seed: int


# --- records and receipts --------------------------------------------------------------------------------


def cleared_on_puback(patch: Patch) -> None:
    """The broker's acknowledgement is taken for the coordinator's receipt, which is not read any more."""
    from edge.node import Node

    receipt = outbox.Outbox.receipt

    def send_record(self: Any, record: Any) -> bool:
        generation, _, seq = records_of(record)[-1].id.partition("-")
        done = partial(receipt, self._outbox, m.Receipt(generation, int(seq)))
        return bool(self._bridge.publish("record", (), record, done=done))

    patch(Node, "send_record", send_record)
    patch(outbox.Outbox, "receipt", lambda self, receipt: None)


def receipts_tell_no_holes(patch: Patch) -> None:
    """A receipt names the highest record that is held, and not what is missing below."""
    receipt = intake.Inboxes.receipt
    patch(
        intake.Inboxes,
        "receipt",
        lambda self, *key: msgspec.structs.replace(receipt(self, *key), missing=()),
    )


def holes_are_jumped(patch: Patch) -> None:
    """The mark of an inbox is its highest record, whatever is missing below."""

    def note(self: Any, place: Any, oldest: int = 0) -> None:
        key = (place.source, place.generation)
        self._marks[key] = max(self._marks.get(key, 0), place.seq)

    patch(intake.Inboxes, "note", note)


def nothing_is_sent_twice(patch: Patch) -> None:
    """What was sent before the link broke counts as sent."""

    def link_changed(self: Any) -> None:
        self._set_timer(None)
        self._pump()

    def resend(self: Any) -> None:
        self._timer = None
        self._pump()

    patch(outbox.Outbox, "link_changed", link_changed)
    patch(outbox.Outbox, "_resend", resend)


# --- requests and answers --------------------------------------------------------------------------------


def presses_are_stored_up(patch: Patch) -> None:
    """A press without a coordinator waits until there is one."""
    from edge.node import Node

    ask = Node.ask

    def stored(self: Any, make: Any, answered: Any) -> None:
        if self._hearing.live:
            ask(self, make, answered)
        else:
            self.after(30.0, lambda: ask(self, make, answered))

    patch(Node, "ask", stored)


def dedupe_forgets_within_seconds(patch: Patch) -> None:
    """Only the last few answers are remembered."""
    patch(answers, "MOST", 1)
    init = answers.Answers.__init__
    patch(answers.Answers, "__init__", lambda self, stored: init(self, dict(list(stored.items())[-1:])))


def answer_apart_from_its_event(patch: Patch) -> None:
    """What a request did is committed, and then its answer, in a transaction of its own."""
    commit = keeper.Keeper.commit

    def apart(self: Any, events: Any, done: Any, *, answer: Any = None, **more: Any) -> None:
        if not events or answer is None:
            commit(self, events, done, answer=answer, **more)
            return
        commit(self, events, lambda error: None, **more)
        commit(self, (), done, answer=answer)

    patch(keeper.Keeper, "commit", apart)


def answers_forgotten_at_a_start(patch: Patch) -> None:
    """A coordinator that starts does not look for the answers that it gave."""
    init = answers.Answers.__init__
    patch(answers.Answers, "__init__", lambda self, stored: init(self, {}))


def deadlines_are_not_read(patch: Patch) -> None:
    """A request is acted upon whenever it comes."""
    patch(gate, "late", lambda message, now_ms: False)
    patch(answering, "late", lambda message, now_ms: False)


def given_up_in_memory_alone(patch: Patch) -> None:
    """A ticket machine forgets a press without an answer, and keeps nothing of that."""
    patch(tickets.TicketDesk, "_give_up", lambda self, request, then: then())


# --- what is said before it is durable -------------------------------------------------------------------


def thanked_before_the_commit(patch: Patch) -> None:
    """The pad thanks when the key is pressed."""
    keep_rating = window.WindowDesk._keep_rating

    def at_once(self: Any, device: str, question: str, level: int) -> None:
        self._host.tell(device, window.Thank(question))
        keep_rating(self, device, question, level)

    patch(window.WindowDesk, "_keep_rating", at_once)


def pad_acknowledges_by_itself(patch: Patch) -> None:
    """The pad's machine acknowledges a grade as soon as it comes, so that the pad stops repeating."""
    grade = evaluator_machine.EvaluatorMachine.grade

    def at_once(self: Any, value: int, now_s: float) -> Any:
        do = grade(self, value, now_s)
        return do._replace(ack=value) if do.tell is not None else do

    patch(evaluator_machine.EvaluatorMachine, "grade", at_once)


def shown_before_the_commit(patch: Patch) -> None:
    """States go out as soon as they are drawn."""

    def commit(self: Any, events: Any, then: Any, **more: Any) -> None:
        if events or more.get("received") or more.get("site") is not None or self._keeper.is_ahead:
            self._keeper.commit(events, then, **more)
            self._publisher.publish(self._publisher.drawn(events))
        else:
            then(None)

    patch(commits.Commits, "commit", commit)


def answered_before_the_commit(patch: Patch) -> None:
    """The answer goes out while the disk still works."""
    commit = answering.Answering._commit

    def early(self: Any, events: Any, message: Any, answer: Any, *rest: Any, **more: Any) -> None:
        answer(message)
        commit(self, events, message, lambda message: None, *rest, **more)

    patch(answering.Answering, "_commit", early)


def printed_when_sent(patch: Patch) -> None:
    """A slip counts as printed when its last byte has left."""

    def all_sent(self: Any, now_s: float) -> None:
        self._move(printer_course.Event.SENT)
        self._jobs.finish("printed")
        self.deadline_s = None
        self.done()

    patch(printer_course.Course, "all_sent", all_sent)


# --- memory and journal ----------------------------------------------------------------------------------


def failed_commit_is_not_taken_back(patch: Patch) -> None:
    """After a commit that failed the hall in memory goes on as it is."""

    def committed(self: Any, entry: Any, done: Any, changed: bool, error: Exception | None) -> None:
        self._under_way -= 1
        done(None)
        if self._under_way == 0:
            self._settle()

    def write(entry: Any) -> Any:
        work = original(entry)

        def forgiving(db: Any) -> None:
            last = db.execute("SELECT coalesce(max(seq), 0) FROM events").get
            if last == entry.first_seq - 1:
                work(db)

        return forgiving

    original = ledger.write
    patch(keeper.Keeper, "_committed", committed)
    patch(ledger, "write", write)


def effect_outside_the_transaction(patch: Patch) -> None:
    """What a record changes is committed after the record's mark, in a transaction of its own."""
    commit = keeper.Keeper.commit

    def apart(self: Any, events: Any, done: Any, *, received: Any = (), **more: Any) -> None:
        if events and received:
            self.seq -= len(events)
            commit(self, (), lambda error: None, received=received)
            self.seq += len(events)
            received = ()
        commit(self, events, done, received=received, **more)

    patch(keeper.Keeper, "commit", apart)


def full_disk_counts_as_written(patch: Patch) -> None:
    """When the reserve is used up too, what could not be written is reported as if it were."""
    on_full = journal.Journal._on_full

    def forgiving(self: Any, group: Any) -> Any:
        return [result._replace(error=None) for result in on_full(self, group)]

    patch(journal.Journal, "_on_full", forgiving)


# --- numbers issued alone --------------------------------------------------------------------------------


def lease_not_durable_ahead(patch: Patch) -> None:
    """Numbers are taken without having been written as open."""

    def take(self: Any, block: int) -> Any:
        if self._reserve.must_open(block):
            self._reserve.open(block)
        taken = self._reserve.take()
        return None if taken is None else (*taken, alone_book._nothing)

    patch(alone_book.ReserveBook, "take", take)
    patch(alone_book.ReserveBook, "when_open", _open_at_once)


def _open_at_once(self: Any, block: int, then: Any) -> None:
    if self._reserve.must_settle:
        self._reserve.open(2 * block)
    then(True)


# --- screens ---------------------------------------------------------------------------------------------


def states_ordered_by_the_clock(patch: Patch) -> None:
    """The newest state is the one that was said last by the wall clock."""

    def admits(self: Any, topic: Any, state: Any) -> bool:
        times, key = vars(self).setdefault("times", {}), (topic.kind, *topic.rest)
        if not self.is_living(state.epoch) or state.at_ms < times.get(key, 0):
            return False
        times[key] = state.at_ms
        self._last[key] = (state.epoch, state.version)
        return True

    patch(base.Newest, "admits", admits)


def versions_given_when_drawn(patch: Patch) -> None:
    """A state gets its version when it is drawn, and goes out with it when its events are committed."""
    drawn, send = publisher.Publisher.drawn, publisher.Publisher._send

    def numbered(self: Any, events: Any) -> Any:
        return [msgspec.structs.replace(one, version=next(self._versions)) for one in drawn(self, events)]

    def send_as_it_is(self: Any, state: Any) -> None:
        versions = self._versions
        known = self._sent.get(publisher._place_of(state))
        if state.version and (known is None or state.version != known.version):
            self._versions = itertools.repeat(state.version)
        send(self, state)
        self._versions = versions

    patch(publisher.Publisher, "drawn", numbered)
    patch(publisher.Publisher, "_send", send_as_it_is)


def age_is_never_said(patch: Patch) -> None:
    """A screen that hears nobody shows what it showed last, for ever."""
    patch(fresh.Freshness, "_lapse", lambda self, silence: None)


def late_will_is_left_as_it_is(patch: Patch) -> None:
    """A node that hears itself called lost does not say that it is there."""
    patch(bridge.Bridge, "_correct", lambda self, topic, message: None)


BUGS: dict[str, Bug] = {
    plant.__name__: Bug(plant, seed)
    for plant, seed in (
        (cleared_on_puback, 1),
        (receipts_tell_no_holes, 1),
        (holes_are_jumped, 16),
        (nothing_is_sent_twice, 2),
        (presses_are_stored_up, 1),
        (dedupe_forgets_within_seconds, 3),
        (thanked_before_the_commit, 9),
        (pad_acknowledges_by_itself, 9),
        (shown_before_the_commit, 1),
        (answered_before_the_commit, 1),
        (printed_when_sent, 4),
        (failed_commit_is_not_taken_back, 1),
        (lease_not_durable_ahead, 7),
        (effect_outside_the_transaction, 23),
        (states_ordered_by_the_clock, 5),
        (answer_apart_from_its_event, 3),
        (answers_forgotten_at_a_start, 6),
        (deadlines_are_not_read, 1),
        (given_up_in_memory_alone, 24),
        (full_disk_counts_as_written, 18),
        (versions_given_when_drawn, 2),
        (age_is_never_said, 1),
        (late_will_is_left_as_it_is, 1),
    )
}
