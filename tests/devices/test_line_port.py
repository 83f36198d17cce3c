"""The owner of a line on a link made of bytes and in a time made of numbers."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from devices.base import DeviceHealth, Message, PortTrouble
from devices.errors import LinkLost
from devices.evaluator.driver import Evaluator
from devices.evaluator.messages import CloseRating, Graded, OpenRating, RatingLapsed, Thank
from devices.evaluator.settings import EvaluatorSettings
from devices.keypad.driver import Keypad
from devices.keypad.messages import Beep, KeyPressed, ShowDigits, ShowNumbers, ShowResult
from devices.keypad.settings import KeypadSettings
from devices.line import LinePort
from devices.line_queue import ANSWERS_MAX, LineQueue, Post
from devices.line_settings import LineSettings
from devices.strip.driver import Strip
from devices.strip.messages import Segment, Shown, ShowRom, ShowText
from devices.strip.settings import StripSettings

NEXT = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
RECALL = bytes.fromhex("FF 68 03 03 68 03 01 0D 11 16")
GRADE = bytes.fromhex("FF 68 03 03 68 83 11 02 96 16")
GRADE_ACK = bytes.fromhex("FF 68 03 03 68 83 01 02 86 16")
ACK = bytes.fromhex("A0 90 03 A5 AA")
START = bytes.fromhex("FF 68 03 03 68 83 01 0B 8F 16")
BEEP = bytes.fromhex("FF 68 02 02 68 03 03 06 16")
SHOW_OK = bytes.fromhex("FF 68 03 03 68 03 02 01 06 16")
ROM = bytes.fromhex("A0 90 03 A1 00 00 A2")
WIRE_S = 10 / 9600  # one byte


class ByteLink:
    """A link whose far end is the test: `coming` is read, `gone` was written, `room` is what still fits."""

    name = "line"

    def __init__(self) -> None:
        self.discarded = 0
        self.coming = b""
        self.gone: list[bytes] = []
        self.room = 100_000
        self.up = True
        self.lost = False
        self.closed = 0

    def fileno(self) -> int:
        return 99

    def is_up(self) -> bool:
        return self.up

    def read(self) -> bytes:
        if self.lost:
            raise LinkLost("port line: gone")
        data, self.coming = self.coming, b""
        return data

    def write(self, data: bytes) -> int:
        taken = data[: self.room]
        self.room -= len(taken)
        if taken:
            self.gone.append(taken)
        return len(taken)

    def discard(self) -> None:
        self.discarded += 1

    def close(self) -> None:
        self.closed += 1


class Bench:
    """A line with keypad 3, evaluator 0x83 and strip 3, and what they said."""

    def __init__(self, **settings: Any) -> None:
        self.link = ByteLink()
        self.events: list[tuple[str, Message]] = []
        devices = [
            Keypad("pad", KeypadSettings(address=3), self.emit),
            Evaluator("eval", EvaluatorSettings(address=0x83), self.emit),
            Strip("strip", StripSettings(address=3), self.emit),
        ]
        wire = LineSettings(url="bytes", **settings)
        self.port = LinePort(
            "line",
            wire,
            devices,
            opener=lambda *_, **__: self.link,  # type: ignore[arg-type,return-value]
            emit=self.emit,
        )

    def emit(self, device: str, message: Message) -> None:
        self.events.append((device, message))

    def opened(self) -> Bench:
        self.port.open(0.0)
        self.events.clear()
        return self

    def hears(self, data: bytes, now_s: float) -> list[bytes]:
        """Bytes come in; returns what went out in the same call."""
        before = len(self.link.gone)
        self.link.coming = data
        self.port.on_readable(now_s)
        return self.link.gone[before:]

    def steps(self, now_s: float) -> list[bytes]:
        before = len(self.link.gone)
        self.port.step(now_s)
        return self.link.gone[before:]

    def told(self, *commands: tuple[str, Message], now_s: float) -> list[bytes]:
        before = len(self.link.gone)
        for device, command in commands:
            self.port.handle(device, command, now_s)
        return self.link.gone[before:]


def test_opening_tells_how_the_devices_are() -> None:
    bench = Bench()
    assert bench.port.devices == ("pad", "eval", "strip")
    assert (bench.port.read_fd(), bench.port.write_fd(), bench.port.due_s()) == (None, None, None)
    bench.port.open(0.0)
    assert bench.events[:2] == [("pad", DeviceHealth("ready")), ("eval", DeviceHealth("ready"))]
    device, health = bench.events[2]
    assert (device, health.state) == ("strip", "init")  # type: ignore[attr-defined]
    assert (bench.port.read_fd(), bench.port.write_fd()) == (99, None)


def test_a_key_is_echoed_in_the_call_in_which_it_came_and_before_it_is_told() -> None:
    bench = Bench()
    bench.port.open(0.0)
    gone_when_told: list[int] = []
    bench.emit = lambda device, message: gone_when_told.append(len(bench.link.gone))  # type: ignore[method-assign]
    for device in bench.port._devices.values():
        device._emit = bench.emit
    assert bench.hears(NEXT, 1.0) == [NEXT]
    assert gone_when_told == [1]


def test_each_frame_reaches_its_device() -> None:
    bench = Bench().opened()
    bench.port.handle("eval", OpenRating("q"), 0.5)
    bench.port.handle("strip", ShowRom("t"), 0.5)
    bench.steps(0.6)
    bench.steps(0.7)
    bench.hears(NEXT + GRADE + ACK, 0.75)
    assert [each for each in bench.events if not isinstance(each[1], DeviceHealth)] == [
        ("pad", KeyPressed("call_next")),
        ("eval", Graded("q", 4)),
        ("strip", Shown("t", True)),
    ]
    assert bench.port.counts.frames == 3
    assert bench.port.counts.rubbish_bytes == 0


def test_keypad_and_evaluator_may_share_an_address() -> None:
    bench = Bench()
    devices = [
        Keypad("pad", KeypadSettings(address=3), bench.emit),
        Evaluator("eval", EvaluatorSettings(address=3), bench.emit),
    ]
    bench.port = LinePort("line", LineSettings(url="bytes"), devices, opener=lambda *_, **__: bench.link)  # type: ignore[arg-type,return-value]
    bench.opened()
    bench.told(("eval", OpenRating("q")), now_s=0.5)
    bench.hears(NEXT + bytes.fromhex("FF 68 03 03 68 03 11 02 16 16"), 1.0)
    assert bench.events == [("pad", KeyPressed("call_next")), ("eval", Graded("q", 4))]


def test_a_keypad_that_repeats_is_echoed_each_time_and_acted_on_once() -> None:
    bench = Bench().opened()
    echoes = [bench.hears(NEXT, 1.0 + 0.2 * at) for at in range(5)]
    assert echoes == [[NEXT]] * 5
    assert bench.events == [("pad", KeyPressed("call_next"))]


def test_thanks_leave_only_after_the_node_said_so() -> None:
    bench = Bench().opened()
    bench.told(("eval", OpenRating("q")), now_s=1.0)
    assert bench.hears(GRADE, 2.0) == []
    assert bench.hears(GRADE, 2.3) == []
    assert bench.told(("eval", Thank("q")), now_s=2.4) == [GRADE_ACK]
    assert bench.hears(GRADE, 2.5) == [GRADE_ACK]
    assert bench.events == [("eval", Graded("q", 4))]


def test_the_next_question_waits_until_the_pad_has_heard_its_thanks() -> None:
    bench = Bench().opened()
    bench.told(("eval", OpenRating("item 1")), now_s=1.0)
    bench.hears(GRADE, 2.0)
    assert bench.told(("eval", Thank("item 1")), ("eval", OpenRating("item 2")), now_s=2.1) == [GRADE_ACK]
    assert bench.hears(GRADE, 2.3) == [GRADE_ACK], "the first was lost on the wire"
    assert bench.events == [("eval", Graded("item 1", 4))]
    assert bench.steps(3.2) == []
    assert bench.steps(3.35) == [START]
    bench.hears(GRADE, 5.0)
    assert bench.events == [("eval", Graded("item 1", 4)), ("eval", Graded("item 2", 4))]


def test_a_grade_nobody_asked_for_is_not_thanked_for() -> None:
    bench = Bench().opened()
    assert bench.hears(GRADE, 1.0) == []
    assert bench.events == []
    bench.told(("eval", OpenRating("q")), ("eval", CloseRating()), now_s=2.0)
    assert bench.hears(GRADE, 3.0) == []


def test_posts_wait_for_the_wire_and_its_gap() -> None:
    bench = Bench(gap_ms=5).opened()
    assert bench.told(("pad", Beep()), ("pad", ShowResult(ok=True)), now_s=1.0) == [BEEP]
    free_s = 1.0 + len(BEEP) * WIRE_S + 0.005
    assert bench.port.due_s() == pytest.approx(free_s)
    assert bench.steps(free_s - 0.0001) == []
    assert bench.steps(free_s + 0.0001) == [SHOW_OK]


def test_answers_go_ahead_of_posts_that_wait() -> None:
    bench = Bench().opened()
    bench.told(("pad", Beep()), ("eval", OpenRating("q")), now_s=1.0)
    assert bench.hears(RECALL, 1.001) == [RECALL]
    wire_s = (len(BEEP) + len(RECALL)) * WIRE_S
    assert bench.steps(1.0 + wire_s + 0.004) == []
    assert bench.steps(1.0 + wire_s + 0.006) == [START]


def test_a_post_waits_for_the_end_of_a_frame_that_is_coming_in() -> None:
    bench = Bench(silence_ms=30).opened()
    assert bench.hears(NEXT[:4], 1.0) == []
    assert bench.told(("pad", Beep()), now_s=1.001) == []
    assert bench.port.due_s() == pytest.approx(1.03)
    assert bench.hears(NEXT[4:], 1.01) == [NEXT]
    assert bench.steps(1.05) == [BEEP]


def test_after_a_text_the_line_is_kept_free_for_the_strips_answer() -> None:
    bench = Bench().opened()
    assert bench.told(("strip", ShowRom()), ("pad", Beep()), now_s=1.0) == [ROM]
    assert bench.steps(1.1) == []
    bench.hears(ACK, 1.11)
    assert bench.link.gone[-1] == BEEP


def test_without_an_answer_the_line_goes_on() -> None:
    bench = Bench().opened()
    bench.told(("strip", ShowRom()), ("pad", Beep()), now_s=1.0)
    assert bench.steps(1.0 + len(ROM) * WIRE_S + 0.15 + 0.0001) == [BEEP]
    assert bench.steps(1.2) == [ROM]


def test_only_the_newest_text_waits() -> None:
    bench = Bench().opened()
    bench.told(("pad", Beep()), now_s=1.0)
    texts = [ShowText((Segment(f"A{number:03}"),)) for number in range(50)]
    bench.told(*[("strip", text) for text in texts], now_s=1.001)
    bench.steps(1.1)
    assert len(bench.link.gone) == 2
    assert bench.link.gone[-1][6:-1].replace(b"\x00", b"") == b"A049"


def test_a_slow_descriptor_gets_the_rest_when_it_takes_bytes_again() -> None:
    bench = Bench().opened()
    bench.link.room = 4
    assert bench.hears(NEXT, 1.0) == [NEXT[:4]]
    assert bench.port.write_fd() == 99
    bench.link.room = 100
    bench.port.on_writable(1.01)
    assert b"".join(bench.link.gone) == NEXT
    assert bench.port.write_fd() is None


def test_an_answer_does_not_cut_into_a_frame_that_is_leaving() -> None:
    bench = Bench().opened()
    bench.link.room = 4
    bench.told(("pad", Beep()), now_s=1.0)
    assert bench.hears(NEXT, 1.01) == []
    bench.link.room = 100
    bench.port.on_writable(1.02)
    assert b"".join(bench.link.gone) == BEEP + NEXT


def test_a_link_that_takes_nothing_for_long_is_lost() -> None:
    bench = Bench().opened()
    bench.link.room = 0
    bench.told(("pad", Beep()), now_s=1.0)
    assert bench.port.due_s() == pytest.approx(11.0)
    bench.port.step(10.9)
    with pytest.raises(LinkLost, match="port line: takes no bytes"):
        bench.port.step(11.0)
    assert bench.link.discarded == 1, "closing the port must not wait for what is stuck"


def test_a_cut_frame_lapses_with_silence_and_the_next_is_heard() -> None:
    bench = Bench(silence_ms=30).opened()
    bench.hears(bytes.fromhex("FF 68 20 20 68 03") + NEXT, 1.0)
    assert bench.link.gone == []
    assert bench.port.due_s() == pytest.approx(1.03)
    assert bench.steps(1.031) == [NEXT]
    assert bench.events == [("pad", KeyPressed("call_next"))]


def test_bytes_that_came_while_the_loop_was_busy_are_no_silence() -> None:
    bench = Bench(silence_ms=30).opened()
    bench.hears(NEXT[:6], 1.0)
    bench.link.coming = NEXT[6:]
    assert bench.steps(1.5) == [NEXT]
    assert bench.port.counts.rubbish_bytes == 0


def test_rubbish_is_told_once_until_a_good_frame(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench().opened()
    with caplog.at_level(logging.WARNING):
        for at in range(5):
            bench.hears(b"\x00\x01\x02", 1.0 + at)
        assert len(caplog.records) == 1
        assert caplog.messages[0].startswith("port line: 3 bytes that are no frame")
        bench.hears(NEXT, 7.0)
        bench.hears(b"\x00", 8.0)
    assert len(caplog.records) == 2
    assert bench.port.counts.rubbish_bytes == 16


def test_strangers_are_counted_and_told_once_an_address(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench().opened()
    stranger = bytes.fromhex("FF 68 03 03 68 04 01 0C 11 16")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert bench.hears(stranger, 1.0) == []
    assert bench.port.counts.strangers == 3
    assert len(caplog.records) == 1
    assert "check addresses" in caplog.messages[0]
    assert [device for device, _ in bench.events] == ["line"]


def test_the_line_is_in_trouble_until_a_stranger_was_not_heard_for_ten_minutes() -> None:
    bench = Bench().opened()
    stranger = bytes.fromhex("FF 68 03 03 68 04 01 0C 11 16")
    bench.hears(stranger, 1.0)
    bench.hears(stranger, 500.0)
    (trouble,) = bench.events
    assert trouble[0] == "line" and isinstance(trouble[1], PortTrouble)
    assert trouble[1].detail.startswith("a ff68 frame from no device of this line: ff 68 03")
    bench.steps(1099.0)
    assert bench.port.due_s() == 1100.0 and len(bench.events) == 1
    bench.steps(1100.0)
    assert bench.events[1:] == [("line", PortTrouble())]
    assert bench.port.due_s() is None


def test_a_frame_of_ours_that_makes_no_sense_is_echoed_and_counted() -> None:
    bench = Bench().opened()
    senseless = bytes.fromhex("FF 68 03 03 68 03 01 05 09 16")
    assert bench.hears(senseless, 1.0) == [senseless]
    assert bench.port.counts.senseless == 1
    assert bench.events == []


def test_an_adapter_that_hears_itself_does_not_press_keys() -> None:
    bench = Bench(hears_itself=True).opened()
    assert bench.hears(NEXT, 1.0) == [NEXT]
    assert bench.hears(NEXT[:6], 1.01) == []
    assert bench.hears(NEXT[6:], 1.02) == []
    assert bench.port.counts.frames == 1
    assert bench.hears(NEXT, 2.0) == [NEXT]
    assert len(bench.events) == 2


def test_a_lost_link_is_raised_and_a_new_one_fills_the_devices_again() -> None:
    bench = Bench().opened()
    bench.told(("pad", ShowNumbers(5, "A001")), ("strip", ShowRom("t")), ("eval", OpenRating("q")), now_s=1.0)
    bench.link.lost = True
    with pytest.raises(LinkLost):
        bench.port.on_readable(2.0)
    bench.port.close()
    bench.port.close()
    assert bench.link.closed == 1
    assert (bench.port.read_fd(), bench.port.due_s()) == (None, None)
    bench.port.handle("strip", ShowText((Segment("A002"),), "new"), 3.0)
    bench.link = ByteLink()
    bench.events.clear()
    bench.port.open(4.0)
    for at in range(1, 30):
        bench.steps(4.0 + at / 10)
    sent = bench.link.gone
    assert bytes.fromhex("FF 68 08 08 68 03 02 0A 0A 05 00 00 01 1F 16") in sent
    assert START not in sent, "nobody could withdraw the question meanwhile"
    assert bench.told(("eval", OpenRating("q")), now_s=8.0) == [START]
    assert any(frame.startswith(b"\xa0\x90\x03\xa5") and b"A\x000\x000\x002" in frame for frame in sent)
    assert ROM not in sent
    assert [message.state for _, message in bench.events[:3]] == ["ready", "ready", "init"]  # type: ignore[attr-defined]


def test_a_silent_strip_degrades_and_gets_well() -> None:
    bench = Bench().opened()
    bench.told(("strip", ShowRom("t")), now_s=1.0)
    for at in range(1, 10):
        bench.steps(1.0 + at / 5)
    assert bench.link.gone == [ROM] * 3
    shown, health = bench.events[-1], bench.events[-2]
    assert shown == ("strip", Shown("t", False))
    assert (health[1].state, health[1].code) == ("degraded", "no_answer")  # type: ignore[attr-defined]
    bench.hears(ACK, 5.0)
    assert bench.events[-1] == ("strip", DeviceHealth("ready"))


def test_an_unanswered_question_lapses() -> None:
    bench = Bench().opened()
    bench.told(("eval", OpenRating("q")), now_s=1.0)
    bench.steps(61.0)
    assert bench.events == [("eval", RatingLapsed("q"))]


def test_a_connection_under_way_is_waited_for() -> None:
    bench = Bench()
    bench.link.up = False
    bench.port.open(0.0)
    assert bench.events == []
    assert bench.port.write_fd() == 99
    bench.link.up = True
    bench.port.on_writable(0.2)
    assert len(bench.events) == 3
    assert bench.port.write_fd() is None


@pytest.mark.parametrize("device", ["pad", "eval", "strip"])
def test_a_command_of_another_device_is_a_callers_fault(device: str) -> None:
    class Foreign(Message, frozen=True):  # type: ignore[misc]
        pass

    with pytest.raises(TypeError, match="Foreign is no command"):
        Bench().opened().port.handle(device, Foreign(), 1.0)


def test_digits_that_are_none_are_a_callers_fault_and_change_nothing() -> None:
    bench = Bench().opened()
    with pytest.raises(ValueError, match="keypad shows"):
        bench.port.handle("pad", ShowDigits("hello"), 1.0)
    assert bench.steps(60.0) == []


def test_two_devices_of_one_name_are_refused() -> None:
    devices = [Keypad("pad", KeypadSettings(address=at), lambda *_: None) for at in (1, 2)]
    with pytest.raises(ValueError, match="two devices of the same name"):
        LinePort("line", LineSettings(url="bytes"), devices)


def test_the_queue_keeps_order_place_and_bounds() -> None:
    queue = LineQueue()
    for number in range(ANSWERS_MAX + 3):
        queue.answer(bytes([number]))
    assert queue.dropped_answers == 3
    assert queue.take_answer() == b"\x03"
    queue.post(Post("a", "text", b"1", 0))
    queue.post(Post("b", "text", b"2", 0))
    queue.post(Post("a", "text", b"3", 0))
    assert [queue.take_post().frame, queue.take_post().frame] == [b"3", b"2"]
    assert not queue.has_posts
