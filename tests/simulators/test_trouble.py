"""The same names of faults for every twin: what each does, and the sentence where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulators.announcer.twin import SpeakerTwin
from simulators.board.picture import PictureTwin
from simulators.board.twin import BoardTwin
from simulators.device import Device
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.pins.interface_socket import PinsTwin
from simulators.pins.twin import ButtonTwin, LampTwin
from simulators.printer.twin import PrinterTwin
from simulators.strip.twin import StripTwin
from simulators.trouble import NAMES, CannotBe, Order
from simulators.twin import Twin

CALL = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
ACK = bytes.fromhex("A0 90 03 A5 AA")
NEXT = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
GOOD = bytes.fromhex("FF 68 03 03 68 83 11 02 96 16")
ASK = bytes.fromhex("10 04 01")
TICKET = b"\x1b@A001\n\x1dVB\x00"


class Desk:
    """A twin off the wire, and what it said."""

    def __init__(self, twin: Twin) -> None:
        self.twin: Any = twin
        self.said: list[bytes] = []
        self.now_s = 0.0
        twin.hosted(lambda _, data: self.said.append(data), clock=lambda: self.now_s)

    def hear(self, data: bytes, now_s: float = 0.0) -> list[bytes]:
        self.now_s = now_s
        self.twin.hear(data, now_s)
        return self.spoken()

    def at(self, now_s: float) -> list[bytes]:
        self.now_s = now_s
        self.twin.step(now_s)
        return self.spoken()

    def spoken(self) -> list[bytes]:
        said, self.said = self.said, []
        return said


def strip() -> Desk:
    return Desk(StripTwin(3, rom="12号窗口", name="strip"))


def printer() -> Desk:
    return Desk(PrinterTwin("printer"))


def keypad() -> Desk:
    return Desk(KeypadTwin(3, name="keypad"))


def evaluator() -> Desk:
    return Desk(EvaluatorTwin(0x83, name="pad"))


Provoke = Callable[[Desk], list[bytes]]


def pressed(desk: Desk) -> list[bytes]:
    desk.twin.press("next")
    return desk.spoken()


def graded(desk: Desk) -> list[bytes]:
    desk.twin.press(2)
    return desk.spoken()


# each kind that speaks, what makes it speak, and what it then says when it is well
SPEAKERS: list[tuple[Callable[[], Desk], Provoke, bytes]] = [
    (keypad, pressed, NEXT),
    (evaluator, graded, GOOD),
    (strip, lambda desk: desk.hear(CALL, desk.now_s), ACK),
    (printer, lambda desk: desk.hear(ASK, desk.now_s), b"\x12"),
]


@pytest.mark.parametrize(("make", "provoke", "frame"), SPEAKERS)
class TestWhoeverSpeaks:
    def test_silent(self, make: Any, provoke: Provoke, frame: bytes) -> None:
        desk = make()
        desk.twin.trouble("silent")
        assert provoke(desk) == []
        desk.twin.mend("silent")
        fresh = make()
        assert provoke(fresh) == [frame]

    def test_late(self, make: Any, provoke: Provoke, frame: bytes) -> None:
        desk = make()
        desk.twin.trouble("late", Order(late_s=0.2))
        assert provoke(desk) == []
        assert desk.at(0.1) == []
        assert desk.at(0.2)[:1] == [frame]

    def test_garbled_is_one_bit_and_the_same_from_the_same_seed(
        self, make: Any, provoke: Provoke, frame: bytes
    ) -> None:
        runs = []
        for _ in range(2):
            desk = make()
            desk.twin.trouble("garbled", Order(seed=4))
            runs.append(provoke(desk))
        assert runs[0] == runs[1]
        wrong = int.from_bytes(runs[0][0], "big") ^ int.from_bytes(frame, "big")
        assert wrong.bit_count() == 1

    def test_cut_frame_breaks_off(self, make: Any, provoke: Provoke, frame: bytes) -> None:
        desk = make()
        desk.twin.trouble("cut_frame", Order(seed=2))
        said = b"".join(provoke(desk))
        assert len(said) < len(frame)
        assert frame.startswith(said)

    def test_noise_goes_before_the_frame(self, make: Any, provoke: Provoke, frame: bytes) -> None:
        desk = make()
        desk.twin.trouble("noise", Order(seed=3))
        (said,) = provoke(desk)
        assert said.endswith(frame)
        assert 1 <= len(said) - len(frame) <= 6

    def test_without_power_or_plug_it_says_nothing_and_its_face_tells(
        self, make: Any, provoke: Provoke, frame: bytes
    ) -> None:
        for fault, face in (("power_off", "(断电)"), ("unplug", "(未接线)")):
            desk = make()
            desk.twin.trouble(fault)
            assert provoke(desk) == []
            assert desk.twin.face == face
            desk.twin.mend(fault)
            assert desk.twin.face != face


def test_some_frames_of_many_are_garbled_or_cut() -> None:
    for fault in ("garbled", "cut_frame"):
        desk = strip()
        desk.twin.trouble(fault, Order(share_pct=30))
        said = [desk.hear(CALL) for _ in range(100)]
        assert 50 <= said.count([ACK]) <= 90


def test_a_strip_without_power_has_forgotten_when_it_is_back() -> None:
    desk = strip()
    desk.hear(CALL)
    desk.twin.trouble("power_off")
    desk.twin.mend("power_off")
    assert desk.twin.text == "12号窗口"


def test_a_strip_without_its_plug_has_not() -> None:
    desk = strip()
    desk.hear(CALL)
    desk.twin.trouble("unplug")
    desk.twin.mend("unplug")
    assert desk.twin.text == "请A001号"


def test_a_busy_strip_does_it_all_when_it_is_well_again() -> None:
    desk = strip()
    desk.twin.trouble("busy")
    assert desk.hear(CALL[:9]) + desk.hear(CALL[9:] + CALL, 0.01) == []
    assert desk.twin.text == "12号窗口"
    desk.twin.mend("busy")
    assert desk.spoken() == [ACK, ACK]
    assert desk.twin.text == "请A001号"


def test_a_busy_printer_answers_and_does_not_print_until_it_is_well() -> None:
    desk = printer()
    desk.twin.trouble("busy")
    assert desk.hear(TICKET + ASK) == [b"\x12"]
    assert desk.twin.papers == []
    desk.hear(bytes(5000))
    assert desk.twin.is_full, "its wire lets the driver wait"
    desk.twin.mend("busy")
    desk.at(1.0)
    assert [paper.text for paper in desk.twin.papers] == [("A001",)]
    assert not desk.twin.is_full


def test_what_a_busy_twin_puts_by_is_bounded() -> None:
    desk = strip()
    desk.twin.trouble("busy")
    for _ in range(100):
        desk.hear(bytes(1000))
    assert len(desk.twin._held) == 4096


def test_a_strip_that_refuses_and_one_that_does_not_acknowledge() -> None:
    desk = strip()
    desk.twin.trouble("refuse")
    assert desk.hear(CALL) == []
    assert desk.twin.text == "12号窗口"
    desk.twin.mend("refuse")
    desk.twin.trouble("no_ack")
    assert desk.hear(CALL) == []
    assert desk.twin.text == "请A001号"


@pytest.mark.parametrize(
    ("make", "provoke", "said"),
    [
        (keypad, pressed, bytes.fromhex("FF 68 03 03 68 07 01 0C 14 16")),
        (evaluator, graded, bytes.fromhex("FF 68 03 03 68 07 11 02 1A 16")),
        (strip, lambda desk: desk.hear(CALL), bytes.fromhex("A0 90 07 A5 AA")),
    ],
)
def test_wrong_address(make: Any, provoke: Provoke, said: bytes) -> None:
    desk = make()
    desk.twin.trouble("wrong_address", Order(address=7))
    assert provoke(desk) == [said]


@pytest.mark.parametrize(
    ("make", "key", "frame", "echo"),
    [
        (keypad, "next", NEXT, NEXT),
        (evaluator, "2", GOOD, bytes.fromhex("68 02 02 68 83 01 84 16")),
    ],
)
def test_a_stuck_key_is_said_again_and_again_until_it_comes_loose(
    make: Any, key: str, frame: bytes, echo: bytes
) -> None:
    desk = make()
    desk.twin.trouble("stuck_key", Order(key=key))
    assert desk.spoken() == [frame]
    for at in range(1, 30):
        desk.hear(echo, at - 0.5)
        assert desk.at(float(at)) == [frame]
    desk.twin.mend("stuck_key")
    desk.hear(echo, 30.0)
    assert desk.at(31.0) == []


def test_the_key_that_sticks_is_the_last_or_else_the_next() -> None:
    desk = keypad()
    desk.twin.trouble("stuck_key")
    assert desk.spoken() == []
    assert pressed(desk) == [NEXT]
    desk = keypad()
    pressed(desk)
    desk.hear(NEXT)
    desk.twin.trouble("stuck_key")
    assert desk.spoken() == [NEXT]


def test_a_key_that_is_not_there_cannot_stick() -> None:
    desk = keypad()
    with pytest.raises(CannotBe, match='this keypad cannot send "nxt"'):
        desk.twin.trouble("stuck_key", Order(key="nxt"))
    assert desk.twin.troubles == {}
    with pytest.raises(CannotBe, match='the keys of a pad are its grades, 0 upwards, and not "good"'):
        evaluator().twin.trouble("stuck_key", Order(key="good"))
    with pytest.raises(CannotBe, match="this pad has the grades 0 to 3, not 4"):
        evaluator().twin.trouble("stuck_key", Order(key="4"))


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        ("paper_near_end", "10 00 03 00", "纸将尽"),
        ("paper_out", "18 00 0F 00", "缺纸"),
        ("cover", "38 00 00 00", "开盖"),
        ("cutter", "18 08 00 00", "切刀卡住"),
        ("hot", "18 40 00 00", "过热"),
        ("offline", "18 00 00 00", "脱机"),
    ],
)
def test_what_a_printer_says_of_its_troubles(fault: str, status: str, word: str) -> None:
    desk = printer()
    desk.hear(bytes.fromhex("1D 61 0E"))
    desk.twin.trouble(fault)
    said = desk.spoken() + (desk.hear(TICKET) if fault == "cutter" else [])
    assert said[-1] == bytes.fromhex(status)
    assert word in desk.twin.face
    desk.twin.mend(fault)
    said = desk.spoken() + desk.hear(bytes.fromhex("10 05 02"))
    assert said[-1] == bytes.fromhex("10 00 00 00")
    assert word not in desk.twin.face


@pytest.mark.parametrize("fault", ["paper_out", "cover", "hot", "offline"])
def test_in_the_middle_of_a_ticket(fault: str) -> None:
    desk = printer()
    desk.twin.trouble(fault, Order(after_bytes=12))
    desk.hear(b"\x1b@one\ntwo\nthree\n\x1dVB\x00")
    assert desk.twin.papers == []
    desk.twin.mend(fault)
    desk.at(1.0)
    texts = [line for paper in desk.twin.papers for line in paper.text]
    assert texts == ["one", "two", "three"]
    assert [paper.cut for paper in desk.twin.papers][-1] == "partial"


def test_two_faults_may_be_ordered_for_one_ticket_and_one_of_them_taken_back() -> None:
    desk = printer()
    desk.twin.trouble("cover", Order(after_bytes=5))
    desk.twin.trouble("offline", Order(after_bytes=3))
    desk.twin.mend("cover")
    desk.hear(TICKET)
    assert desk.twin.model.defects == ("offline",)


def test_a_new_roll_ends_the_fault_as_well() -> None:
    desk = printer()
    desk.twin.trouble("paper_out")
    desk.twin.new_roll()
    assert desk.twin.troubles == {}


def every_kind(folder: Path) -> list[Device]:
    pins = PinsTwin("nowhere")
    return [
        *(make().twin for make in (keypad, evaluator, strip, printer)),
        ButtonTwin("button", pins, 17),
        LampTwin("lamp", pins, 27),
        BoardTwin("board", folder, 64, 32),
        PictureTwin("board", folder / "board" / "board.png"),
        SpeakerTwin("announcer", folder / "sounds"),
    ]


@pytest.mark.parametrize("fault", [name for name in NAMES if name != "replug"])
def test_every_device_has_a_fault_or_says_in_a_sentence_why_not(tmp_path: Path, fault: str) -> None:
    having = 0
    for device in every_kind(tmp_path):
        if fault in device.TROUBLES:
            having += 1
            device.check_trouble(fault, Order())
        else:
            with pytest.raises(CannotBe, match=f"^{device.name} is an? .* and cannot have {fault}: .+"):
                device.trouble(fault)
    assert having


def test_an_unknown_name_is_said_with_the_nearest_right_one() -> None:
    with pytest.raises(CannotBe, match=r'^unknown fault "papr_out"; did you mean "paper_out"\?$'):
        printer().twin.trouble("papr_out")
    with pytest.raises(CannotBe, match=r'^unknown fault "xyz"; known are unplug, replug, '):
        printer().twin.trouble("xyz")


def test_what_a_fault_cannot_be_told_is_refused() -> None:
    with pytest.raises(CannotBe, match=r"^paper_out cannot be told seed: it takes after_bytes$"):
        printer().twin.trouble("paper_out", Order(seed=7))
    with pytest.raises(CannotBe, match=r"^silent cannot be told seed: it takes nothing$"):
        strip().twin.trouble("silent", Order(seed=7))


def test_mending_what_is_well_is_nothing() -> None:
    desk = strip()
    desk.hear(CALL)
    desk.twin.mend("power_off")
    assert desk.twin.text == "请A001号"


def test_an_unplugged_board_has_no_signal(tmp_path: Path) -> None:
    board = BoardTwin("board", tmp_path, 64, 32)
    assert board.face == "64×32 第 0 幅"
    board.trouble("unplug")
    assert board.face == "(无信号)"
    assert not (tmp_path / "fb0").exists()
    board.mend("unplug")
    assert (tmp_path / "fb0").exists()
