"""Bugs to be planted in the product, each as somebody might write it on a bad day, and what should notice it.

Each is a function of a `patch(owner, name, value)`. They change the product in the test's process alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import msgspec

from devices.evaluator import machine as evaluator_machine
from devices.printer import course as printer_course
from edge import alone_book, answers, asker, commits, coordinator, intake, journal, keeper, ledger, outbox
from edge.desks import base, window
from mqtt_bridge import bridge, gate, payloads
from mqtt_bridge import messages as m
from mqtt_bridge.records import records_of

Patch = Callable[[Any, str, Any], None]


class Bug(NamedTuple):
    """`seed`: one that finds it, tried first."""

    plant: Callable[[Patch], None]
    seed: int = 1


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


def effect_outside_the_transaction(patch: Patch) -> None:
    """A record's place in the inbox is one commit, what it changes another."""
    commit = commits.Commits.commit

    def in_two(self: Any, events: Any, then: Any, **more: Any) -> None:
        if not more.get("received") or not events:
            commit(self, events, then, **more)
            return
        key = next(place[:2] for place, _ in more["received"])
        self._keeper._journal.submit(partial(_note, key, list(more["received"])), lambda value, error: None)
        self._keeper._loop.call_soon(partial(commit, self, events, then))

    def _note(key: Any, received: Any, db: Any) -> None:
        ledger._receive(db, key, received)

    patch(commits.Commits, "commit", in_two)


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


def answers_forgotten_at_a_restart(patch: Patch) -> None:
    """The coordinator remembers which requests it has done in memory alone."""
    init = answers.Answers.__init__
    patch(answers.Answers, "__init__", lambda self, stored: init(self, {}))


def answer_not_stored_with_its_event(patch: Patch) -> None:
    """The answer is written after its events, in a commit of its own."""
    commit = commits.Commits.commit

    def apart(self: Any, events: Any, then: Any, *, answer: Any = None, **more: Any) -> None:
        def later(error: Exception | None) -> None:
            if answer is not None and error is None:
                self._keeper._journal.submit(partial(_answer, answer), lambda value, error: None)
            then(error)

        commit(self, events, later, **more)

    def _answer(answer: Any, db: Any) -> None:
        db.execute("INSERT INTO answers (id, at_ms, body) VALUES (?, ?, ?)", answer)

    patch(commits.Commits, "commit", apart)


def deadlines_are_not_read(patch: Patch) -> None:
    """A request that was stuck in a cable is acted on whenever it comes."""
    for module in (payloads, gate, coordinator):
        patch(module, "late", lambda message, now_ms: False)


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
    commit = coordinator.Coordinator._commit

    def early(self: Any, events: Any, message: Any, answer: Any, *rest: Any, **more: Any) -> None:
        answer(message)
        commit(self, events, message, lambda message: None, *rest, **more)

    patch(coordinator.Coordinator, "_commit", early)


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

    def committed(self: Any, done: Any, changed: bool, error: Exception | None) -> None:
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


def snapshot_while_ahead(patch: Patch) -> None:
    """The hall is kept whole though not all of it is durable."""

    def snapshot(self: Any) -> None:
        if self.seq == self._snapshot_seq:
            return
        facts = keeper.Facts(**{name: getattr(self.hall, name) for name in keeper._FACTS})
        self._snapshot_seq = self.seq
        body = keeper._encoder.encode(facts)
        self._journal.submit(ledger.save_snapshot(self.seq, body), keeper._log_failure)

    act = keeper.Keeper.act

    def often(self: Any, command: Any, now_s: float) -> Any:
        events = act(self, command, now_s)
        if events and self.seq % 20 < len(events):
            self.snapshot()
        return events

    patch(keeper.Keeper, "snapshot", snapshot)
    patch(keeper.Keeper, "act", often)


def full_disk_counts_as_written(patch: Patch) -> None:
    """A commit that found no room is reported as done."""
    all_fail = journal._all_fail

    def all_well(group: Any, failure: Any) -> Any:
        if isinstance(failure, journal.StorageFull):
            return [journal._Result(item.done, None, None) for item in group]
        return all_fail(group, failure)

    patch(journal, "_all_fail", all_well)


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


def given_up_in_memory_alone(patch: Patch) -> None:
    """A press that got no answer is given up without a word to the hall."""
    from edge.desks.tickets import TicketDesk

    patch(TicketDesk, "_give_up", lambda self, request, then: then())


# --- screens ---------------------------------------------------------------------------------------------


def version_given_when_drawn(patch: Patch) -> None:
    """A state gets its version when it is drawn, and goes out later."""
    from edge import publisher

    drawn, send = publisher.Publisher.drawn, publisher.Publisher._send

    def stamped(self: Any, events: Any) -> Any:
        return [msgspec.structs.replace(one, version=next(self._versions)) for one in drawn(self, events)]

    def as_it_is(self: Any, state: Any) -> None:
        if not state.version:
            send(self, state)
        elif not self._stopped:
            self._sent[publisher._place_of(state)] = state
            self._port.publish(*publisher._place_of(state), state)

    patch(publisher.Publisher, "drawn", stamped)
    patch(publisher.Publisher, "_send", as_it_is)


def newest_by_the_clock(patch: Patch) -> None:
    """Of two states the one with the later hour wins."""

    def admits(self: Any, topic: Any, state: Any) -> bool:
        key, stamp = (topic.kind, *topic.rest), (state.at_ms, 0)
        if not self.is_living(state.epoch) or stamp < self._last.get(key, (0, 0)):
            return False
        self._last[key] = stamp
        return True

    patch(base.Newest, "admits", admits)


def staleness_is_never_said(patch: Patch) -> None:
    """A strip keeps what it shows as long as nobody says otherwise."""
    patch(window.WindowDesk, "_lapse", lambda self, silence: None)


def own_will_is_not_corrected(patch: Patch) -> None:
    """The last will of a connection that is over is left on the broker."""
    patch(bridge.Bridge, "_correct", lambda self, topic, message: None)


def late_answer_counts_again(patch: Patch) -> None:
    """A press that was answered "late" is asked for again and again."""

    def hear(self: Any, answer: Any) -> None:
        if answer.time_ms:
            self._offset_ms = answer.time_ms - self._system_ms()
        pending = self._pending.pop(answer.id, None)
        if pending is None:
            return
        pending.timer.cancel()
        self._ask(pending.make, pending.answered, first=True) if answer.code == "late" else pending.answered(
            answer
        )

    patch(asker.Asker, "hear", hear)


BUGS: dict[str, Bug] = {
    plant.__name__: Bug(plant)
    for plant in (
        cleared_on_puback,
        receipts_tell_no_holes,
        effect_outside_the_transaction,
        holes_are_jumped,
        nothing_is_sent_twice,
        answers_forgotten_at_a_restart,
        answer_not_stored_with_its_event,
        deadlines_are_not_read,
        presses_are_stored_up,
        dedupe_forgets_within_seconds,
        thanked_before_the_commit,
        pad_acknowledges_by_itself,
        shown_before_the_commit,
        answered_before_the_commit,
        printed_when_sent,
        failed_commit_is_not_taken_back,
        snapshot_while_ahead,
        full_disk_counts_as_written,
        lease_not_durable_ahead,
        given_up_in_memory_alone,
        version_given_when_drawn,
        newest_by_the_clock,
        staleness_is_never_said,
        own_will_is_not_corrected,
    )
}
