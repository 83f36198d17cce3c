"""The strip's twin off the wire: text with colours, its memory, its answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.strip.interface_a090 import pieces_in
from simulators.strip.model import Piece
from simulators.strip.twin import StripTwin

CALL = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
ACK = bytes.fromhex("A0 90 03 A5 AA")


class Bench:
    def __init__(self, **settings: Any) -> None:
        self.twin = StripTwin(3, rom="12号窗口", **settings)
        self.said: list[bytes] = []
        self.twin.hosted(lambda _, data: self.said.append(data))


def test_golden_text(golden: Callable[[str], Any]) -> None:
    bench = Bench()
    (_, text), (_, ack) = golden("strip/a090/call_a001")
    bench.twin.hear(text, 0.0)
    assert bench.twin.segments == (Piece("请", "red"), Piece("A001", "green"), Piece("号", "red"))
    assert bench.twin.face == "▌请A001号▐"
    assert bench.said == [ack]


def test_golden_stored_text(golden: Callable[[str], Any]) -> None:
    bench = Bench()
    (_, rom), (_, ack) = golden("strip/a090/rom")
    bench.twin.hear(CALL + rom, 0.0)
    assert bench.twin.text == "12号窗口"
    assert bench.said == [ack] * 2


def test_without_power_it_forgets_and_says_nothing() -> None:
    bench = Bench()
    bench.twin.hear(CALL, 0.0)
    bench.twin.power_cut()
    assert bench.twin.text == "12号窗口"
    bench.twin.faults.dead = True
    bench.twin.hear(CALL, 1.0)
    assert bench.twin.face == "(断电)"
    assert len(bench.said) == 1


@pytest.mark.parametrize(
    ("fault", "value", "text", "said"),
    [
        ("silent", True, "请A001号", []),
        ("refuse", True, "12号窗口", []),
        ("stuck", True, "12号窗口", [ACK]),
        ("wrong_address", 4, "请A001号", [bytes.fromhex("A0 90 04 A5 AA")]),
    ],
)
def test_faults(fault: str, value: Any, text: str, said: list[bytes]) -> None:
    bench = Bench()
    setattr(bench.twin.faults, fault, value)
    bench.twin.hear(CALL, 0.0)
    assert bench.twin.text == text
    assert bench.said == said


def test_makes_that_never_answer_and_that_answer_at_length() -> None:
    mute = Bench(acks=False)
    mute.twin.hear(CALL, 0.0)
    assert (mute.twin.text, mute.said) == ("请A001号", [])
    wordy = Bench(ack_middle=b"\xa5\x00\x0e")
    wordy.twin.hear(CALL, 0.0)
    assert wordy.said == [bytes.fromhex("A0 90 03 A5 00 0E A5 AA")]


@pytest.mark.parametrize(
    "text",
    [
        "A0 90 04 A5 00 00 A1",  # a neighbour's
        "A0 90 03 A2 00 00 A1",  # a command it does not know
        "A0 90 03 A1 00 00 A3",  # a wrong check
    ],
)
def test_what_it_does_not_act_on(text: str) -> None:
    bench = Bench()
    bench.twin.hear(bytes.fromhex(text), 0.0)
    assert bench.said == []
    assert bench.twin.model.shows == 0


@pytest.mark.parametrize(
    ("data", "pieces"),
    [
        ("41 00 42 00 43 01", (Piece("AB", "red"), Piece("C", "green"))),
        ("E9 46 02", (Piece("镕", "yellow"),)),
        ("41 07", (Piece("A", "?"),)),
        ("41 00 C7 EB", (Piece("A", "red"),)),
        ("41", ()),
        ("", ()),
    ],
)
def test_characters_with_their_colours(data: str, pieces: tuple[Piece, ...]) -> None:
    assert pieces_in(bytes.fromhex(data)) == pieces


@given(st.binary(max_size=300))
def test_any_data_is_shown_or_not(data: bytes) -> None:
    assert sum(len(piece.text) for piece in pieces_in(data)) <= len(data)
