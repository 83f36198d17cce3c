"""The evaluator's twin off the wire: lamp, grades, thanks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulators.evaluator.twin import EvaluatorTwin

GOOD = bytes.fromhex("FF 68 03 03 68 83 11 02 96 16")
ASK = bytes.fromhex("FF 68 03 03 68 03 01 0B 0F 16")


class Bench:
    def __init__(self, **settings: Any) -> None:
        self.twin = EvaluatorTwin(
            0x83, keypad=3, repeat_s=0.3, repeats_max=2, open_s=30, thanks_s=3, **settings
        )
        self.said: list[bytes] = []
        self.twin.hosted(lambda _, data: self.said.append(data))


@pytest.mark.parametrize("form", ["frame", "short"])
def test_golden_grade_and_both_acknowledgements(form: str, golden: Callable[[str], Any]) -> None:
    bench = Bench()
    (_, grade), (_, ack) = golden(f"evaluator/ff68/good_ack_{form}")
    bench.twin.press(2)
    assert bench.said == [grade]
    assert not bench.twin.is_thanking
    bench.twin.hear(ack, 0.1)
    assert bench.twin.is_thanking
    assert bench.twin.thanked == 1
    assert "谢谢" in bench.twin.face


def test_golden_start(golden: Callable[[str], Any]) -> None:
    bench = Bench()
    ((_, start),) = golden("evaluator/ff68/start")
    bench.twin.hear(start, 0.0)
    assert bench.twin.is_open
    assert "请您评价" in bench.twin.face


def test_the_keypads_own_key_is_overheard() -> None:
    bench = Bench()
    bench.twin.hear(ASK, 0.0)
    assert bench.twin.is_open


@pytest.mark.parametrize(
    "text",
    [
        "FF 68 03 03 68 04 01 0B 10 16",  # another window's keypad
        "FF 68 03 03 68 03 01 0C 10 16",  # another key
        "FF 68 04 04 68 03 01 00 0B 0F 16",  # 0 evaluate: wait
        "FF 68 03 03 68 03 02 0B 10 16",  # digits
    ],
)
def test_what_does_not_open_it(text: str) -> None:
    bench = Bench()
    bench.twin.hear(bytes.fromhex(text), 0.0)
    assert not bench.twin.is_open


def test_the_lamp_goes_out_by_itself() -> None:
    bench = Bench()
    bench.twin.hear(ASK, 0.0)
    assert bench.twin.due_s() == 30
    bench.twin.step(30)
    assert not bench.twin.is_open
    assert bench.twin.face == "○"


def test_a_grade_is_repeated_and_given_up() -> None:
    bench = Bench()
    bench.twin.hear(ASK, 0.0)
    bench.twin.press(2)
    for at in range(1, 6):
        bench.twin.step(0.3 * at)
    assert bench.said == [GOOD] * 3
    assert (bench.twin.model.given_up, bench.twin.thanked) == (1, 0)


@pytest.mark.parametrize("ack", ["FF 68 03 03 68 83 01 03 87 16", "FF 68 03 03 68 84 01 02 87 16"])
def test_an_acknowledgement_of_something_else_is_none(ack: str) -> None:
    bench = Bench()
    bench.twin.press(2)
    bench.twin.hear(bytes.fromhex(ack), 0.1)
    assert bench.twin.thanked == 0
    assert not bench.twin.is_thanking


def test_thanks_go_out_after_a_while() -> None:
    bench = Bench()
    bench.twin.press(2)
    bench.twin.hear(bytes.fromhex("FF 68 03 03 68 83 01 02 86 16"), 0.1)
    bench.twin.step(3.1)
    assert not bench.twin.is_thanking
    assert bench.twin.due_s() is None


@pytest.mark.parametrize(("grades", "last"), [(4, 3), (5, 4)])
def test_pads_of_four_and_of_five_keys(grades: int, last: int) -> None:
    bench = Bench(grades=grades)
    bench.twin.press(last)
    assert bench.said[0][7] == last
    with pytest.raises(ValueError, match=f"grades 0 to {last}"):
        bench.twin.press(last + 1)


def test_a_refusing_pad_does_nothing() -> None:
    bench = Bench()
    bench.twin.faults.refuse = True
    bench.twin.hear(ASK, 0.0)
    bench.twin.press(1)
    assert bench.said == []
    assert not bench.twin.is_open


def test_a_power_cut_forgets_the_grade() -> None:
    bench = Bench()
    bench.twin.press(1)
    bench.twin.power_cut()
    assert bench.twin.due_s() is None
    assert bench.twin.face == "○"
