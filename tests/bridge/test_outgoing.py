"""The rules of what waits to be sent, without a broker."""

from __future__ import annotations

import pytest

from mqtt_bridge.outgoing import RECORDS, STATES, WAITING, Item, Outgoing


def state(topic: str, payload: bytes = b"1") -> Item:
    return Item("state/window", topic, payload, retain=True)


def request(payload: bytes = b"r") -> Item:
    return Item("request", "r", payload, retain=False)


def record(payload: bytes = b"p", done: object = None) -> Item:
    return Item("record", "p", payload, retain=False, done=done)  # type: ignore[arg-type]


def send(outgoing: Outgoing, window: int = 50) -> list[Item]:
    """Take all that may go out now; numbered from the count of those under way."""
    sent = []
    while (item := outgoing.take(window)) is not None:
        outgoing.sent(outgoing.under_way + 1, item)
        sent.append(item)
    return sent


def test_without_a_connection_nothing_goes_out_and_states_wait() -> None:
    outgoing = Outgoing()
    assert outgoing.put(state("a", b"1"))
    assert outgoing.put(state("b", b"1"))
    assert outgoing.put(state("a", b"2"))
    assert send(outgoing) == []
    outgoing.up()
    assert [(item.topic, item.payload) for item in send(outgoing)] == [("b", b"1"), ("a", b"2")]


def test_a_press_without_a_connection_is_refused_and_counted() -> None:
    outgoing = Outgoing()
    assert not outgoing.put(request())
    outgoing.up()
    assert send(outgoing) == []
    assert outgoing.dropped == {"request": 1}


def test_a_record_without_a_connection_is_refused_and_not_counted_as_dropped() -> None:
    outgoing = Outgoing()
    assert not outgoing.put(record())
    assert outgoing.dropped == {}


def test_an_unsent_state_is_replaced_by_a_newer_one() -> None:
    outgoing = Outgoing()
    outgoing.up()
    for version in (b"1", b"2", b"3"):
        outgoing.put(state("a", version))
        outgoing.put(request(version))
    assert [item.payload for item in send(outgoing)] == [b"1", b"2", b"3", b"3"]


def test_the_window_holds_back_and_an_answer_lets_go_on() -> None:
    outgoing = Outgoing()
    outgoing.up()
    for number in range(5):
        outgoing.put(request(b"%d" % number))
    assert [item.payload for item in send(outgoing, window=2)] == [b"0", b"1"]
    assert outgoing.take(2) is None
    outgoing.answered(1, took=True)
    later = outgoing.take(2)
    assert later is not None
    assert later.payload == b"2"


def test_records_are_bounded_and_room_comes_back_with_each_answer() -> None:
    outgoing = Outgoing()
    outgoing.up()
    done: list[int] = []
    for number in range(RECORDS):
        assert outgoing.put(record(done=lambda number=number: done.append(number)))
    assert not outgoing.put(record())
    send(outgoing, window=RECORDS)
    outgoing.answered(7, took=True)
    assert done == [6]
    assert outgoing.put(record())
    assert not outgoing.put(record())
    assert outgoing.dropped == {}


def test_waiting_is_bounded_and_the_count_says_what_was_dropped() -> None:
    outgoing = Outgoing()
    outgoing.up()
    results = [outgoing.put(request()) for _ in range(WAITING + 3)]
    assert results == [True] * WAITING + [False] * 3
    assert outgoing.dropped == {"request": 3}


def test_topics_of_state_are_bounded() -> None:
    outgoing = Outgoing()
    for number in range(STATES):
        outgoing.put(state(str(number)))
    outgoing.put(state("0", b"2"))
    with pytest.raises(ValueError, match="4096"):
        outgoing.put(state("one more"))


def test_a_lost_connection_drops_presses_but_neither_states_nor_counts_records() -> None:
    outgoing = Outgoing()
    outgoing.up()
    outgoing.put(state("a"))
    outgoing.put(request())
    outgoing.put(record())
    send(outgoing, window=1)
    outgoing.down()
    assert outgoing.idle
    assert outgoing.dropped == {"request": 1}
    outgoing.up()
    assert [item.topic for item in send(outgoing)] == ["a"]
    assert all(outgoing.put(record()) for _ in range(RECORDS))


def test_every_new_connection_says_all_states_again() -> None:
    outgoing = Outgoing()
    outgoing.put(state("a"))
    outgoing.put(state("b"))
    for _ in range(3):
        outgoing.up()
        assert [item.topic for item in send(outgoing)] == ["a", "b"]
        outgoing.answered(1, took=True)
        outgoing.answered(2, took=True)
        outgoing.down()


def test_an_answer_of_a_former_connection_is_passed_over() -> None:
    outgoing = Outgoing()
    outgoing.up()
    outgoing.put(request())
    send(outgoing)
    outgoing.down()
    outgoing.up()
    assert outgoing.answered(1, took=True) is None


def test_a_cleared_state_is_cleared_at_the_broker_too_and_then_forgotten() -> None:
    outgoing = Outgoing()
    outgoing.put(state("a"))
    outgoing.put(state("a", b""))
    outgoing.up()
    assert [item.payload for item in send(outgoing)] == [b""]
    outgoing.answered(1, took=True)
    outgoing.down()
    outgoing.up()
    assert send(outgoing) == []


def test_what_the_broker_forbids_is_counted_and_not_done() -> None:
    outgoing = Outgoing()
    outgoing.up()
    done: list[str] = []
    outgoing.put(record(done=lambda: done.append("record")))
    send(outgoing)
    outgoing.answered(1, took=False)
    assert done == []
    assert outgoing.forbidden == {"record": 1}
    assert outgoing.dropped == {}
