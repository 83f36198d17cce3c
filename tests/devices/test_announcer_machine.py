from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.announcer.machine import AnnouncerMachine, IllegalEventError, Play, State
from devices.announcer.messages import Announce, Spoken


def machine(gap_s: float = 0.5, max_waiting: int = 3, max_age_s: float = 60.0) -> AnnouncerMachine:
    return AnnouncerMachine(gap_s=gap_s, max_waiting=max_waiting, max_age_s=max_age_s)


def call(token: str, ticket: str = "", label: str = "1") -> Announce:
    return Announce(token, ticket or token, label)


def test_one_after_the_other_with_silence_between() -> None:
    m = machine()
    assert m.announce(call("a"), 0.0) == [Play(call("a"))]
    assert m.announce(call("b"), 0.1) == []
    assert m.due_s() is None
    assert m.ended("spoken", 4.0) == [Spoken("a", "spoken")]
    assert m.state.value == "resting"
    assert m.due_s() == 4.5
    assert m.step(4.4) == []
    assert m.step(4.5) == [Play(call("b"))]
    assert m.ended("chimed", 9.0) == [Spoken("b", "chimed")]
    assert m.step(9.5) == []
    assert m.state.value == "idle"
    assert m.outcomes == {"spoken": 1, "chimed": 1}


def test_a_call_in_the_silence_waits_for_its_end() -> None:
    m = machine()
    m.announce(call("a"), 0.0)
    m.ended("spoken", 4.0)
    assert m.announce(call("b"), 4.2) == []
    assert m.step(4.5) == [Play(call("b"))]


def test_without_silence_the_next_starts_at_once() -> None:
    m = machine(gap_s=0.0)
    m.announce(call("a"), 0.0)
    m.announce(call("b"), 0.0)
    assert m.ended("spoken", 4.0) == [Spoken("a", "spoken"), Play(call("b"))]


def test_a_recall_while_waiting_is_heard_once_and_its_age_starts_anew() -> None:
    m = machine(max_age_s=10.0)
    m.announce(call("first"), 0.0)
    m.announce(call("a1", "A001"), 1.0)
    m.announce(call("b1", "B001"), 2.0)
    assert m.announce(call("a2", "A001"), 9.0) == [Spoken("a2", "merged")]
    m.ended("spoken", 12.0)
    assert m.step(12.5) == [Play(call("a1", "A001"))]
    m.ended("spoken", 12.6)
    assert m.step(13.1) == [Spoken("b1", "too_old")]


def test_a_ticket_being_spoken_waits_once_more_and_not_twice() -> None:
    m = machine()
    m.announce(call("a1", "A001"), 0.0)
    assert m.announce(call("a2", "A001"), 1.0) == []
    assert m.announce(call("a3", "A001"), 2.0) == [Spoken("a3", "merged")]
    assert m.waiting == 1


def test_a_ticket_called_elsewhere_is_not_sent_to_the_old_window() -> None:
    m = machine()
    m.announce(call("x"), 0.0)
    m.announce(call("a1", "A001", "3"), 1.0)
    m.announce(call("b1", "B001", "4"), 1.0)
    assert m.announce(call("a2", "A001", "5"), 2.0) == [Spoken("a1", "superseded")]
    m.ended("spoken", 5.0)
    assert m.step(5.5) == [Play(call("a2", "A001", "5"))]


def test_a_full_queue_gives_the_oldest_up_and_counts_it() -> None:
    m = machine(max_waiting=2)
    m.announce(call("now"), 0.0)
    m.announce(call("a"), 0.0)
    m.announce(call("b"), 0.0)
    assert m.announce(call("c"), 0.0) == [Spoken("a", "dropped")]
    assert m.outcomes["dropped"] == 1
    assert m.waiting == 2


def test_what_is_too_old_is_not_spoken() -> None:
    m = machine(max_age_s=20.0)
    m.announce(call("a"), 0.0)
    m.announce(call("old"), 1.0)
    m.announce(call("older"), 1.5)
    m.announce(call("fresh"), 15.0)
    m.ended("spoken", 30.0)
    assert m.step(30.5) == [Spoken("old", "too_old"), Spoken("older", "too_old"), Play(call("fresh"))]


def test_as_old_as_allowed_is_spoken() -> None:
    m = machine(max_age_s=20.0)
    m.announce(call("a"), 0.0)
    m.announce(call("b"), 10.5)
    m.ended("spoken", 30.0)
    assert m.step(30.5) == [Play(call("b"))]


def test_a_closed_hall_is_quiet_but_cuts_nobody_off() -> None:
    m = machine()
    m.announce(call("a"), 0.0)
    m.announce(call("b"), 0.0)
    assert m.set_quiet(True) == [Spoken("b", "quiet")]
    assert m.state is State.SPEAKING
    assert m.announce(call("c"), 1.0) == [Spoken("c", "quiet")]
    assert m.ended("spoken", 4.0) == [Spoken("a", "spoken")]
    assert m.set_quiet(False) == []
    assert m.announce(call("d"), 5.0) == []
    assert m.step(5.0) == [Play(call("d"))]


def test_a_check_holds_the_voice_and_has_no_outcome_and_no_silence() -> None:
    m = machine()
    m.check()
    assert m.announce(call("a"), 0.0) == []
    assert m.ended("failed", 0.1) == [Play(call("a"))]
    assert not m.outcomes


def test_giving_up_fails_all_that_is_unspoken() -> None:
    m = machine()
    m.announce(call("a"), 0.0)
    m.announce(call("b"), 0.0)
    assert m.give_up() == [Spoken("a", "failed"), Spoken("b", "failed")]
    assert m.announce(call("c"), 1.0) == [Play(call("c"))]


def test_events_that_cannot_happen_name_event_and_state() -> None:
    with pytest.raises(IllegalEventError, match="ended while idle"):
        machine().ended("spoken", 0.0)
    m = machine()
    m.announce(call("a"), 0.0)
    with pytest.raises(IllegalEventError, match="check while speaking"):
        m.check()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["announce", "ended", "step", "quiet", "loud"]),
            st.sampled_from(["A001", "A002", "A003", "A004", "A005"]),
            st.sampled_from(["1", "2"]),
            st.floats(0.0, 30.0),
        ),
        max_size=80,
    )
)
def test_whatever_happens_one_voice_a_bounded_queue_and_one_outcome_each(
    script: list[tuple[str, str, str, float]],
) -> None:
    m = machine(max_waiting=3)
    asked: list[str] = []
    told: list[str] = []
    playing = 0
    now_s = 0.0
    for at, (event, ticket, label, pause_s) in enumerate(script):
        now_s += pause_s
        if event == "announce":
            asked.append(str(at))
            actions = m.announce(Announce(str(at), ticket, label), now_s)
        elif event == "ended" and playing:
            playing -= 1
            actions = m.ended("spoken", now_s)
        else:
            actions = m.set_quiet(event == "quiet") if event in ("quiet", "loud") else m.step(now_s)
        playing += sum(isinstance(action, Play) for action in actions)
        told += [action.token for action in actions if isinstance(action, Spoken)]
        assert playing <= 1
        assert m.waiting <= 3
    told += [spoken.token for spoken in m.give_up()]
    assert sorted(told) == sorted(asked)
