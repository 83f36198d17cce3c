"""The printer's machine, as conversations in virtual time: `Desk` is the link, the test is the printer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from devices.base import DeviceHealth
from devices.printer import wire_escpos as wire
from devices.printer.jobs import REMEMBERED, Job
from devices.printer.machine import Machine
from devices.printer.messages import PrintResult
from devices.printer.settings import PrinterSettings
from devices.printer.states import TABLE, Event, IllegalEventError, State, after

WELL, OUT, COVER = "10 00 00 00", "18 00 0F 00", "38 00 00 00"
CUTTER, LOW, FEEDING = "18 08 00 00", "10 00 03 00", "58 00 00 00"
PROBE = wire.PAPER_REQUEST + wire.AUTO_STATUS_ON
SEPARATOR = wire.INIT + wire.feed(4) + wire.cut("partial")
BODY = (b"<begin>", b"<number>", b"<cut>")


class Desk:
    """A machine, its clock and its decoder."""

    def __init__(self, **changes: Any) -> None:
        self.machine = Machine(PrinterSettings(**changes))
        self.decoder = wire.Decoder()
        self.now_s = 100.0

    def out(self, most: int = 10_000) -> bytes:
        """What the machine sends now, at most `most` bytes of it."""
        sent = b""
        while len(sent) < most and (data := self.machine.outgoing()[: most - len(sent)]):
            sent += data
            self.machine.taken(len(data), self.now_s)
        return sent

    def say(self, text: str) -> None:
        self.machine.received(self.decoder.feed(bytes.fromhex(text)), self.now_s)

    def print(self, name: str) -> None:
        self.machine.submit(Job(name, (name.encode(), *BODY)), self.now_s)

    def wait(self, seconds: float) -> None:
        """Let time pass as the loop does: a step at each due time."""
        end_s = self.now_s + seconds
        while (due_s := self.machine.due_s()) is not None and due_s <= end_s:
            self.now_s = max(due_s, self.now_s)
            self.machine.step(self.now_s)
            if self.machine.due_s() == due_s:
                pytest.fail(f"still due at {due_s}: the loop would spin")
        self.now_s = end_s

    def events(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.machine.events if isinstance(event, kind)]

    @property
    def results(self) -> list[tuple[str, str, str]]:
        return [(each.job, each.outcome, each.reason) for each in self.events(PrintResult)]

    @property
    def health(self) -> list[tuple[str, str]]:
        return [(each.state, each.code) for each in self.events(DeviceHealth)]


def ticket(name: str) -> bytes:
    return name.encode() + b"".join(BODY)


def ready(**changes: Any) -> Desk:
    """A desk whose printer said that it is well."""
    desk = Desk(**changes)
    desk.machine.open(desk.now_s)
    assert desk.out() == wire.AUTO_STATUS_ON
    desk.say(WELL)
    assert desk.health == [("init", ""), ("ready", "")]
    return desk


def blind(**changes: Any) -> Desk:
    """A desk whose printer says nothing, ever."""
    desk = Desk(**changes)
    desk.machine.open(desk.now_s)
    desk.out()
    desk.wait(1)
    assert desk.out() == wire.status_request(1)
    desk.wait(1)
    assert desk.health == [("init", ""), ("degraded", "no_answer")]
    return desk


# --- the straight way -------------------------------------------------------------------------------


def test_no_ticket_before_the_printer_said_how_it_is() -> None:
    desk = Desk()
    desk.machine.open(desk.now_s)
    desk.print("j1")
    assert desk.out() == wire.AUTO_STATUS_ON
    desk.say(WELL)
    assert desk.out() == ticket("j1") + PROBE


def test_printed_is_the_answer_behind_the_cut_with_the_status_behind_it() -> None:
    desk = ready()
    desk.print("j1")
    assert desk.out() == ticket("j1") + PROBE
    desk.say("00")
    assert desk.results == []
    desk.say(WELL)
    assert desk.results == [("j1", "printed", "")]


def test_a_lone_byte_of_noise_proves_nothing() -> None:
    desk = ready()
    desk.print("j1")
    desk.out()
    desk.say("00")
    desk.wait(15)
    assert desk.results == [("j1", "unknown", "no_answer")]


def test_tickets_go_one_after_the_other() -> None:
    desk = ready()
    desk.print("j1")
    desk.print("j2")
    assert desk.out() == ticket("j1") + PROBE
    desk.say("00" + WELL)
    assert desk.out() == ticket("j2") + PROBE
    desk.say("00" + WELL)
    assert desk.results == [("j1", "printed", ""), ("j2", "printed", "")]


def test_paper_near_its_end_is_told_and_prints_on() -> None:
    desk = ready()
    desk.say(LOW)
    desk.print("j1")
    desk.out()
    desk.say("03" + LOW)
    assert desk.results == [("j1", "printed", "")]
    desk.say(WELL)
    assert desk.health[2:] == [("degraded", "paper_low"), ("ready", "")]


def test_a_printer_without_automatic_status_is_asked_and_confirms_by_one_byte() -> None:
    desk = Desk()
    desk.machine.open(desk.now_s)
    desk.out()
    desk.wait(1)
    for which in (1, 2, 3, 4):
        assert desk.out() == wire.status_request(which)
        desk.say("12")
    assert desk.out() == wire.AUTO_STATUS_ON
    assert desk.health == [("init", ""), ("ready", "")]
    desk.print("j1")
    assert desk.out() == ticket("j1") + PROBE
    desk.say("00")
    assert desk.results == [("j1", "printed", "")]


def test_bytes_go_in_chunks() -> None:
    desk = ready(chunk_bytes=16)
    desk.print("j1")
    assert desk.machine.outgoing() == (ticket("j1") + PROBE)[:16]


# --- printers that never answer ---------------------------------------------------------------------


def test_a_printer_that_never_answers_leaves_tickets_unknown() -> None:
    desk = blind()
    desk.print("j1")
    assert desk.out() == ticket("j1") + PROBE
    desk.wait(14)
    assert desk.results == []
    desk.wait(1)
    assert desk.results == [("j1", "unknown", "no_answer")]


def test_it_is_not_waited_for_a_third_time() -> None:
    desk = blind()
    for name in ("j1", "j2"):
        desk.print(name)
        desk.out()
        desk.wait(15)
    desk.out()
    desk.print("j3")
    desk.out()
    assert desk.results == [(name, "unknown", "no_answer") for name in ("j1", "j2", "j3")]


def test_it_is_waited_for_again_once_it_confirms() -> None:
    desk = ready()
    desk.print("j1")
    desk.out()
    desk.wait(15)
    assert desk.out() == PROBE
    desk.wait(15)  # nothing is answered while settling either
    assert desk.out() == wire.AUTO_STATUS_ON
    desk.say(WELL)
    desk.print("j2")
    desk.out()
    desk.wait(15)
    assert desk.health[-1] == ("degraded", "no_confirm")
    desk.print("j3")
    desk.out()
    assert desk.results[-1] == ("j3", "unknown", "no_answer")
    desk.say("00" + WELL)
    assert desk.health[-1] == ("ready", "")
    desk.print("j4")
    assert desk.out() == PROBE  # of the answers to j2 and j3 one is still owed
    desk.say("00" + WELL + "00" + WELL)
    assert desk.out() == ticket("j4") + PROBE
    desk.say("00" + WELL)
    assert desk.results[-1] == ("j4", "printed", "")


def test_answers_false_is_unknown_at_once_and_no_fault() -> None:
    desk = Desk(answers=False)
    desk.machine.open(desk.now_s)
    assert desk.out() == b""
    desk.print("j1")
    assert desk.out() == ticket("j1")
    assert desk.results == [("j1", "unknown", "")]
    assert desk.health == [("init", ""), ("ready", "")]
    assert desk.machine.due_s() is None


def test_a_printer_switched_on_later_is_noticed() -> None:
    desk = blind()
    desk.wait(2)
    assert desk.out() == wire.status_request(1)
    desk.say("12")
    for which in (2, 3, 4):
        assert desk.out() == wire.status_request(which)
        desk.say("12")
    assert desk.health[-1] == ("ready", "")


# --- faults before a ticket -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"), [(OUT, "paper_out"), (COVER, "cover_open"), (CUTTER, "cutter"), (FEEDING, "offline")]
)
def test_a_ticket_waits_for_a_fault_to_pass(status: str, code: str) -> None:
    desk = ready()
    desk.say(status)
    desk.out()
    desk.print("j1")
    assert desk.out() == b""
    desk.wait(59)
    desk.out()
    assert desk.results == []
    desk.say(WELL)
    assert desk.out() == ticket("j1") + PROBE
    desk.say("00" + WELL)
    assert desk.results == [("j1", "printed", "")]
    assert desk.health[2:] == [("degraded", code), ("ready", "")]


def test_a_ticket_that_waited_too_long_is_not_printed_any_more() -> None:
    desk = ready()
    desk.say(OUT)
    desk.print("j1")
    desk.wait(60)
    desk.out()
    assert desk.results == [("j1", "not_printed", "paper_out")]
    desk.say(WELL)
    assert ticket("j1") not in desk.out()


def test_a_printer_that_forgot_to_send_by_itself_comes_back_by_being_asked() -> None:
    """Switched off for the new roll: automatic status is off, and nothing would ever be heard again."""
    desk = ready()
    desk.say(OUT)
    desk.wait(2)
    for which in (1, 2, 3, 4):
        assert desk.out() == wire.status_request(which)
        desk.say("12")
    assert desk.out() == wire.AUTO_STATUS_ON
    assert desk.health[2:] == [("degraded", "paper_out"), ("ready", "")]


def test_an_idle_printer_that_stops_answering_is_lost_and_found() -> None:
    desk = ready()
    desk.wait(30)
    assert desk.out() == wire.AUTO_STATUS_ON
    desk.wait(1)
    assert desk.out() == wire.status_request(1)
    desk.wait(1)
    assert desk.health[-1] == ("lost", "no_answer")
    desk.print("j1")
    assert desk.out() == b""
    desk.say(WELL)
    assert desk.health[-1] == ("ready", "")
    assert desk.out() == ticket("j1") + PROBE


def test_a_cutter_is_asked_to_recover_when_the_cover_closes() -> None:
    desk = ready()
    desk.say(CUTTER)
    assert desk.out() == wire.RECOVER
    desk.say("38 08 00 00")
    assert desk.out() == b""
    desk.now_s += 5
    desk.say(CUTTER)
    assert desk.out() == wire.RECOVER
    desk.say(CUTTER)
    assert desk.out() == b""


# --- faults in the middle of a ticket ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [(OUT, "paper_out"), (COVER, "cover_open"), (CUTTER, "cutter"), ("18 20 00 00", "error")],
)
def test_a_fault_in_mid_ticket_is_unknown(status: str, code: str) -> None:
    desk = ready()
    desk.print("j1")
    assert desk.out(4) == b"j1<b"
    desk.say(status)
    assert desk.results == [("j1", "unknown", code)]
    assert desk.out() == b"egin>"


def test_after_a_torn_ticket_the_rest_is_cut_off_and_owed_answers_are_awaited() -> None:
    desk = ready()
    desk.print("j1")
    desk.out()  # all of it is inside the printer, with its request
    desk.say(OUT)
    assert desk.results == [("j1", "unknown", "paper_out")]
    desk.print("j2")
    assert desk.out() == b""
    desk.say(WELL)
    padding = bytes(len(b"<number>"))
    assert desk.out() == padding + SEPARATOR + PROBE
    desk.say("00" + WELL)  # the torn ticket's answer: it proves nothing for the next
    assert desk.out() == b""
    desk.say("00" + WELL)
    assert desk.out() == ticket("j2") + PROBE
    desk.say("00" + WELL)
    assert desk.results == [("j1", "unknown", "paper_out"), ("j2", "printed", "")]


def test_a_printer_that_forgot_what_it_owes_goes_on_after_a_second() -> None:
    desk = ready()
    desk.print("j1")
    desk.out()
    desk.say(COVER)
    desk.say(WELL)
    desk.out()
    desk.print("j2")
    desk.say("00" + WELL)
    assert desk.out() == b""
    desk.wait(1)
    assert desk.out() == ticket("j2") + PROBE


def test_a_fault_before_the_first_byte_prints_later() -> None:
    desk = ready()
    desk.print("j1")
    desk.say(OUT)
    assert desk.out() == b""
    desk.say(WELL)
    assert desk.out() == ticket("j1") + PROBE
    desk.say("00" + WELL)
    assert desk.results == [("j1", "printed", "")]


def test_a_pressed_feed_key_does_not_break_a_ticket() -> None:
    desk = ready()
    desk.print("j1")
    desk.out(5)
    desk.say(FEEDING)
    desk.say(WELL)
    desk.out()
    desk.say("00" + WELL)
    assert desk.results == [("j1", "printed", "")]


def test_an_answer_that_says_no_paper_is_no_print() -> None:
    desk = ready()
    desk.print("j1")
    desk.out()
    desk.say("0F")
    assert desk.results == [("j1", "unknown", "paper_out")]


def test_a_late_answer_confirms_no_other_ticket() -> None:
    desk = ready()
    desk.print("j1")
    desk.out()
    desk.wait(15)
    assert desk.results == [("j1", "unknown", "no_answer")]
    desk.print("j2")
    assert desk.out() == PROBE
    desk.say("00" + WELL)
    assert desk.out() == b""
    desk.say("00" + WELL)
    assert desk.out() == ticket("j2") + PROBE
    assert len(desk.results) == 1


# --- flow control and the link ----------------------------------------------------------------------


def test_xoff_holds_a_ticket_and_xon_lets_it_go() -> None:
    desk = ready()
    desk.print("j1")
    assert desk.out(3) == b"j1<"
    desk.say("13")
    assert desk.out() == b""
    desk.say("11")
    assert desk.out() == ticket("j1")[3:] + PROBE


def test_a_printer_that_takes_nothing_in_mid_ticket_is_stalled() -> None:
    desk = ready()
    desk.print("j1")
    desk.out(5)
    desk.wait(15)
    assert desk.results == [("j1", "unknown", "stalled")]
    assert desk.health[-1] == ("degraded", "stalled")


def test_a_good_word_of_a_stalled_printer_is_not_enough() -> None:
    desk = ready()
    desk.print("j1")
    desk.out(5)
    desk.wait(15)
    desk.say(WELL)
    assert desk.health[-1] == ("degraded", "stalled")
    desk.out()
    assert desk.health[-1] == ("ready", "")


def test_nothing_is_asked_while_a_ticket_waits_for_its_answer() -> None:
    """The answer would pass for the second half of the proof."""
    desk = ready(confirm_timeout_s=60)
    desk.print("j1")
    desk.out()
    desk.wait(59)
    assert desk.out() == b""


def test_a_printer_that_takes_bytes_again_goes_on() -> None:
    desk = ready()
    desk.print("j1")
    desk.out(5)
    desk.wait(15)
    desk.print("j2")
    assert desk.out() == b"gin>" + bytes(8) + SEPARATOR + PROBE
    desk.say("00" + WELL)
    assert desk.out() == ticket("j2") + PROBE


def test_a_lost_link_leaves_nothing_open() -> None:
    desk = ready()
    for name in ("j1", "j2"):
        desk.print(name)
    desk.out(5)
    desk.machine.close()
    desk.print("j3")
    assert desk.results == [
        ("j1", "unknown", "link_lost"),
        ("j2", "not_printed", "link_lost"),
        ("j3", "not_printed", "link_lost"),
    ]
    assert desk.machine.due_s() is None


def test_a_lost_link_before_the_first_byte_is_not_printed() -> None:
    desk = ready()
    desk.print("j1")
    desk.machine.close()
    desk.machine.close()
    assert desk.results == [("j1", "not_printed", "link_lost")]


def test_after_a_link_lost_in_mid_ticket_the_torn_command_is_filled_up() -> None:
    desk = ready()
    desk.print("j1")
    desk.out(5)
    desk.machine.close()
    desk.machine.open(desk.now_s)
    padding = bytes(len(b"<number>"))
    assert desk.out() == padding + wire.AUTO_STATUS_ON
    desk.say(WELL)
    assert desk.out() == padding + SEPARATOR + PROBE


def test_a_link_lost_between_tickets_costs_no_paper() -> None:
    desk = ready()
    desk.print("j1")
    desk.out()
    desk.say("00" + WELL)
    desk.machine.close()
    desk.machine.open(desk.now_s)
    assert desk.out() == wire.AUTO_STATUS_ON
    desk.say(WELL)
    assert desk.out() == b""


# --- jobs -------------------------------------------------------------------------------------------


def test_the_same_job_again_prints_nothing_and_gets_the_same_result() -> None:
    desk = ready()
    desk.print("j1")
    desk.print("j1")
    desk.out()
    desk.say("00" + WELL)
    desk.print("j1")
    assert desk.out() == b""
    assert desk.results == [("j1", "printed", "")] * 2


def test_only_the_last_results_are_remembered() -> None:
    desk = ready()
    for index in range(REMEMBERED + 1):
        desk.print(f"j{index}")
        desk.out()
        desk.say("00" + WELL)
    desk.print("j1")
    assert desk.out() == b""
    desk.print("j0")
    assert desk.out() == ticket("j0") + PROBE


def test_the_queue_is_bounded() -> None:
    desk = ready(queue_most=2)
    for name in ("j1", "j2", "j3", "j4"):
        desk.print(name)
    assert desk.results == [("j4", "not_printed", "queue_full")]


def test_a_ticket_behind_slow_ones_is_not_printed_late() -> None:
    desk = ready(hold_s=10, confirm_timeout_s=60)
    desk.print("j1")
    desk.out()
    desk.print("j2")
    desk.wait(10)
    assert desk.results == [("j2", "not_printed", "late")]


# --- the table --------------------------------------------------------------------------------------


def test_an_event_out_of_place_names_state_and_event() -> None:
    with pytest.raises(IllegalEventError, match="DONE in BLOCKED"):
        after(State.BLOCKED, Event.DONE)


def test_every_state_can_be_left_and_reached() -> None:
    assert {state for state, event in TABLE if event is not Event.CLOSED} == set(State)
    assert set(TABLE.values()) == set(State)


MOVES = st.one_of(
    st.sampled_from(
        ["00", WELL, OUT, COVER, CUTTER, LOW, "0C", "12", "1A", "13", "11", "00" + WELL, "FF 80", "10 00"]
    ).map(lambda text: ("say", text)),
    st.binary(max_size=6).map(lambda data: ("say", data.hex())),
    st.sampled_from([0.0, 0.5, 1.0, 2.0, 15.0, 60.0]).map(lambda seconds: ("wait", seconds)),
    st.integers(1, 40).map(lambda most: ("out", most)),
    st.sampled_from(["print", "reopen"]).map(lambda word: (word, None)),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(MOVES, max_size=40), st.booleans())
def test_whatever_the_printer_does_every_job_gets_one_result(moves: list[Any], answers: bool) -> None:
    desk = Desk(answers=answers, queue_most=3)
    desk.machine.open(desk.now_s)
    jobs = 0
    for word, value in moves:
        if word == "say":
            desk.say(value)
        elif word == "wait":
            desk.wait(value)
        elif word == "out":
            desk.out(value)
        elif word == "print":
            desk.print(f"j{jobs}")
            jobs += 1
        else:
            desk.machine.close()
            desk.machine.open(desk.now_s)
    desk.machine.close()
    assert sorted(name for name, _, _ in desk.results) == sorted(f"j{index}" for index in range(jobs))
    told = [name for name in desk.health if name[0] != "init"]
    assert all(state in ("ready", "degraded", "lost") for state, _ in told)


# A byte of noise that passes for an answer, and then the ticket's own request is dropped.
STRAY_ANSWER_THEN_STALL = [
    ("wait", 15.0),
    ("out", 2),
    ("print", None),
    ("out", 2),
    ("say", "00"),
    ("wait", 15.0),
]


@settings(max_examples=200, deadline=None)
@given(st.lists(MOVES, max_size=30))
@example(STRAY_ANSWER_THEN_STALL)
def test_whatever_happened_a_well_printer_prints_again(moves: list[Any]) -> None:
    desk = Desk()
    desk.machine.open(desk.now_s)
    for word, value in moves:
        if word == "say":
            desk.say(value)
        elif word == "wait":
            desk.wait(value)
        elif word == "out":
            desk.out(value)
        elif word == "print":
            desk.print(f"x{desk.now_s}")
    desk.decoder.quiet()
    desk.say("11")
    desk.print("warm-up")  # after two tickets without an answer, one more is needed to see that it answers
    for _ in range(80):  # from here on a printer that answers all it is asked
        answer_like_a_printer(desk)
        desk.wait(1)
    desk.print("last")
    answer_like_a_printer(desk)
    assert desk.results[-1] == ("last", "printed", "")


def answer_like_a_printer(desk: Desk) -> None:
    while sent := desk.out():
        for index in range(len(sent)):
            if sent.startswith(wire.PAPER_REQUEST, index):
                desk.say("00")
            elif sent.startswith(wire.AUTO_STATUS_ON, index):
                desk.say(WELL)
            elif sent.startswith(b"\x10\x04", index):
                desk.say("12")
