"""The line owner against twins on real wires: three dialects on one line, and all that can go wrong there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from devices.base import DeviceHealth
from devices.evaluator.driver import Evaluator
from devices.evaluator.messages import Graded, OpenRating, Thank
from devices.evaluator.settings import EvaluatorSettings
from devices.keypad.driver import Keypad
from devices.keypad.messages import Beep, KeyPressed, ShowNumbers
from devices.keypad.settings import KeypadSettings
from devices.line import LinePort
from devices.line_settings import LineSettings
from devices.strip.driver import Strip
from devices.strip.messages import Segment, Shown, ShowText
from devices.strip.settings import StripSettings
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.line import LineTwin
from simulators.strip.twin import StripTwin
from simulators.wires.framing import Framing

CALL = ShowText((Segment("请"), Segment("A001", "green"), Segment("号")), "call-1")
SHORT_S = 5.0


class Hall:
    """Keypad 3, evaluator 0x83 and strip 3 on one line, their drivers at its near end."""

    def __init__(self, pump: Any, path: Path, **twin: Any) -> None:
        self.pump = pump
        self.keypad = KeypadTwin(3, repeat_s=0.1)
        self.evaluator = EvaluatorTwin(0x83, keypad=3, repeat_s=0.1)
        self.strip = StripTwin(3, rom="12号窗口")
        self.second = KeypadTwin(4, repeat_s=0.13)
        twins = [self.keypad, self.evaluator, self.strip, self.second]
        self.line = LineTwin(path, twins, **twin)

    def port(self, *, ack: Any = "frame", **changes: Any) -> LinePort:
        emit = self.pump.emit
        devices = [
            Keypad("pad", KeypadSettings(address=3, repeat_ms=1500), emit),
            Keypad("pad-4", KeypadSettings(address=4, repeat_ms=1500), emit),
            Evaluator("eval", EvaluatorSettings(address=0x83, ack=ack), emit),
            Strip("strip", StripSettings(address=3, reply_ms=250), emit),
        ]
        return LinePort("line-1", LineSettings(url=self.line.url, **changes), devices)

    def pressed(self, device: str = "pad") -> list[KeyPressed]:
        return list(self.pump.said(device, KeyPressed))

    def run(self, scenario: Coroutine[Any, Any, None], **settings: Any) -> None:
        async def whole() -> None:
            async with self.line, self.pump:
                self.pump.drive(self.port(**settings))
                await scenario

        asyncio.run(whole())


@pytest.mark.parametrize("where", ["pty", "socket"])
@pytest.mark.parametrize("paced", [True, False])
def test_a_visit_over_three_dialects_on_one_line(pump: Any, tmp_path: Path, where: str, paced: bool) -> None:
    path = tmp_path / "line" if where == "pty" else "socket://127.0.0.1:0"
    hall = Hall(pump, path, paced=paced)  # type: ignore[arg-type]
    keypad, evaluator, strip = hall.keypad, hall.evaluator, hall.strip

    async def visit() -> None:
        await pump.until(lambda: pump.said("pad", DeviceHealth))
        keypad.press("next")
        await pump.until(hall.pressed)
        await keypad.changed(lambda twin: not twin.is_busy, SHORT_S)
        pump.handle("strip", CALL)
        pump.handle("pad", ShowNumbers(5, "A001"))
        pump.handle("pad", Beep())
        await strip.changed(lambda twin: twin.text == "请A001号", SHORT_S)
        await keypad.changed(lambda twin: twin.shown == "__5001" and twin.model.beeps == 1, SHORT_S)
        await pump.until(lambda: pump.said("strip", Shown))
        keypad.press("evaluate")
        await evaluator.changed(lambda twin: twin.is_open, SHORT_S)
        pump.handle("eval", OpenRating("visit-1"))
        evaluator.press(3)
        await pump.until(lambda: pump.said("eval", Graded))
        assert evaluator.thanked == 0
        pump.handle("eval", Thank("visit-1"))
        await evaluator.changed(lambda twin: twin.is_thanking, SHORT_S)

    hall.run(visit())
    assert hall.pressed() == [KeyPressed("call_next"), KeyPressed("ask_rating")]
    assert pump.said("eval", Graded) == [Graded("visit-1", 5)]
    assert pump.said("strip", Shown) == [Shown("call-1", True)]
    assert pump.said("strip", DeviceHealth)[-1] == DeviceHealth("ready")
    assert [each.colour for each in strip.segments] == ["red", "green", "red"]
    assert pump.port.counts.strangers == 0


@pytest.mark.parametrize("ack", ["frame", "short"])
def test_both_forms_of_acknowledgement_are_thanks(pump: Any, tmp_path: Path, ack: str) -> None:
    hall = Hall(pump, tmp_path / "line")

    async def rate() -> None:
        pump.handle("eval", OpenRating("q"))
        await hall.evaluator.changed(lambda twin: twin.is_open, SHORT_S)
        hall.evaluator.press(0)
        await pump.until(lambda: pump.said("eval", Graded))
        pump.handle("eval", Thank("q"))
        await hall.evaluator.changed(lambda twin: twin.is_thanking, SHORT_S)

    hall.run(rate(), ack=ack)
    assert pump.said("eval", Graded) == [Graded("q", 2)]


def test_a_pad_repeats_until_it_is_thanked_and_is_counted_once(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line")

    async def rate() -> None:
        pump.handle("eval", OpenRating("q"))
        await hall.evaluator.changed(lambda twin: twin.is_open, SHORT_S)
        hall.evaluator.press(1)
        await hall.evaluator.changed(lambda twin: twin.model.sent >= 4, SHORT_S)
        pump.handle("eval", Thank("q"))
        await hall.evaluator.changed(lambda twin: twin.is_thanking, SHORT_S)

    hall.run(rate())
    assert pump.said("eval", Graded) == [Graded("q", 3)]


def test_a_keypad_whose_frames_are_garbled_repeats_until_one_gets_through(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line")
    hall.keypad.faults.garble = 7

    async def press() -> None:
        hall.keypad.press("next")
        await hall.keypad.changed(lambda twin: twin.model.sent >= 3, SHORT_S)
        assert hall.pressed() == []
        hall.keypad.faults.garble = None
        await hall.keypad.changed(lambda twin: not twin.is_busy, SHORT_S)

    hall.run(press())
    assert hall.pressed() == [KeyPressed("call_next")]
    assert pump.port.counts.rubbish_bytes >= 30


def test_noise_before_every_frame_does_not_hide_it(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line")
    hall.keypad.faults.noise = 3

    async def press() -> None:
        for keys in ("next", "recall", "6 confirm", "1024 next"):
            hall.keypad.press(keys)
            await hall.keypad.changed(lambda twin: not twin.is_busy, SHORT_S)

    hall.run(press())
    assert [each.action for each in hall.pressed()] == ["call_next", "recall", "no_show", "call_number"]


def test_two_keypads_at_once_joined_are_both_heard(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line")

    async def press() -> None:
        hall.keypad.press("next")
        hall.second.press("recall")
        await hall.keypad.changed(lambda twin: not twin.is_busy, SHORT_S)
        await hall.second.changed(lambda twin: not twin.is_busy, SHORT_S)

    hall.run(press())
    assert hall.pressed() == [KeyPressed("call_next")]
    assert hall.pressed("pad-4") == [KeyPressed("recall")]


def test_two_keypads_over_each_other_are_heard_when_they_repeat(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line", collisions=True)

    async def press() -> None:
        hall.keypad.press("next")
        hall.second.press("recall")
        await hall.keypad.changed(lambda twin: not twin.is_busy, SHORT_S)
        await hall.second.changed(lambda twin: not twin.is_busy, SHORT_S)

    hall.run(press())
    assert hall.pressed() == [KeyPressed("call_next")]
    assert hall.pressed("pad-4") == [KeyPressed("recall")]
    assert hall.keypad.model.sent >= 2
    assert pump.port.counts.rubbish_bytes >= 10


@pytest.mark.parametrize(
    "dirt",
    [
        bytes(range(256)),
        bytes.fromhex("FF 68 03 03 68 03"),  # cut
        bytes.fromhex("FF 68 20 20 68 03 01"),  # cut, with a length that would swallow the next three
        bytes.fromhex("A0 90 03"),  # cut acknowledgement
        b"\xff\x68" * 50,
    ],
)
def test_dirt_on_the_line_costs_no_press(pump: Any, tmp_path: Path, dirt: bytes) -> None:
    hall = Hall(pump, tmp_path / "line")

    async def press() -> None:
        hall.line.noise(dirt)
        hall.keypad.press("next")
        await hall.keypad.changed(lambda twin: not twin.is_busy, SHORT_S)

    hall.run(press())
    assert hall.pressed() == [KeyPressed("call_next")]


def test_a_keypad_with_a_wrong_address_is_a_stranger(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line")
    hall.keypad.faults.wrong_address = 77

    async def strangers() -> None:
        hall.keypad.press("next")
        await hall.keypad.changed(lambda twin: twin.model.sent >= 3, SHORT_S)

    hall.run(strangers())
    assert pump.port.counts.strangers >= 1
    assert hall.pressed() == []


def test_a_silent_strip_is_known_and_gets_well(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line")
    hall.strip.faults.silent = True

    async def show() -> None:
        pump.handle("strip", CALL)
        await pump.until(lambda: pump.said("strip", Shown))
        assert pump.said("strip", Shown) == [Shown("call-1", False)]
        assert pump.said("strip", DeviceHealth)[-1].code == "no_answer"
        hall.strip.faults.silent = False
        pump.handle("strip", ShowText((Segment("A002"),), "call-2"))
        await pump.until(lambda: len(pump.said("strip", Shown)) == 2)

    hall.run(show())
    assert pump.said("strip", Shown)[-1] == Shown("call-2", True)
    assert pump.said("strip", DeviceHealth)[-1] == DeviceHealth("ready")
    assert hall.strip.model.shows >= 4


def test_keys_work_beside_a_strip_that_is_late(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line")
    hall.strip.faults.late_s = 0.08

    async def show() -> None:
        pump.handle("strip", CALL)
        hall.keypad.press("next")
        await hall.keypad.changed(lambda twin: not twin.is_busy, SHORT_S)
        await pump.until(lambda: pump.said("strip", Shown))

    hall.run(show())
    assert pump.said("strip", Shown) == [Shown("call-1", True)]


def test_an_unplugged_line_is_lost_and_comes_back_under_another_name(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line")

    async def unplug() -> None:
        pump.handle("strip", CALL)
        pump.handle("pad", ShowNumbers(1, "A001"))
        await pump.until(lambda: pump.said("strip", Shown))
        hall.line.unplug()
        hall.strip.power_cut()
        hall.keypad.power_cut()
        await pump.until(lambda: pump.lost)
        assert "port line-1" in str(pump.lost)
        assert hall.strip.text == "12号窗口"
        hall.line.replug(tmp_path / "other")
        pump.events.clear()
        pump.drive(hall.port())
        pump.handle("strip", CALL)
        await hall.strip.changed(lambda twin: twin.text == "请A001号", SHORT_S)

    hall.run(unplug())
    assert DeviceHealth("ready") in pump.said("pad")


def test_a_port_that_comes_back_fills_strip_and_digits_by_itself(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line")

    async def unplug() -> None:
        pump.handle("strip", CALL)
        pump.handle("pad", ShowNumbers(1, "A001"))
        await hall.keypad.changed(lambda twin: twin.shown == "__1001", SHORT_S)
        hall.line.unplug()
        await pump.until(lambda: pump.lost)
        hall.strip.power_cut()
        hall.keypad.power_cut()
        pump.drive(pump.port)
        assert "No such file" in str(pump.lost)
        hall.line.replug()
        pump.drive(pump.port)
        await hall.strip.changed(lambda twin: twin.text == "请A001号", SHORT_S)
        await hall.keypad.changed(lambda twin: twin.shown == "__1001", SHORT_S)

    hall.run(unplug())


def test_a_wrong_baud_rate_is_seen_by_both_ends(pump: Any, tmp_path: Path) -> None:
    hall = Hall(pump, tmp_path / "line", baud=4800)

    async def press() -> None:
        pump.handle("strip", CALL)
        await hall.strip.changed(lambda twin: twin.strange == Framing(9600), SHORT_S)
        hall.keypad.press("next")
        await hall.keypad.changed(lambda twin: twin.model.sent >= 3, SHORT_S)

    hall.run(press())
    assert hall.strip.face == "!! 波特率 9600"
    assert hall.strip.text == "12号窗口"
    assert hall.pressed() == []
    assert pump.port.counts.rubbish_bytes > 0


def test_a_ticket_keypad_has_a_port_of_its_own(pump: Any, tmp_path: Path) -> None:
    keypad = KeypadTwin(1)

    async def take() -> None:
        path = tmp_path / "tickets"
        async with LineTwin(path, [keypad]), pump:
            device = Keypad("kiosk", KeypadSettings(address=1, use="tickets"), pump.emit)
            pump.drive(LinePort("tickets", LineSettings(url=str(path)), [device]))
            keypad.press("12 evaluate")
            keypad.press("12 recall")
            await pump.until(lambda: len(pump.said("kiosk", KeyPressed)) == 2)

    asyncio.run(take())
    assert pump.said("kiosk", KeyPressed) == [
        KeyPressed("query", "12"),
        KeyPressed("take", "12", "elderly"),
    ]


def test_sixteen_windows_share_a_line_without_losing_a_press(pump: Any, tmp_path: Path) -> None:
    addresses = range(1, 17)
    keypads = [KeypadTwin(address) for address in addresses]
    strips = [StripTwin(address) for address in addresses]

    async def busy() -> None:
        path = tmp_path / "line"
        async with LineTwin(path, [*keypads, *strips]), pump:
            devices = [
                device
                for address in addresses
                for device in (
                    Keypad(f"pad-{address}", KeypadSettings(address=address), pump.emit),
                    Strip(f"strip-{address}", StripSettings(address=address), pump.emit),
                )
            ]
            pump.drive(LinePort("line", LineSettings(url=str(path)), devices))
            for address in addresses:
                pump.handle(f"strip-{address}", ShowText((Segment(f"A{address:03}"),), "t"))
            for keypad in keypads:
                keypad.press("next")
            for keypad in keypads:
                await keypad.changed(lambda twin: not twin.is_busy, SHORT_S)
            for address in addresses:
                name = f"strip-{address}"
                await pump.until(lambda name=name: pump.said(name, Shown))

    asyncio.run(busy())
    for address in addresses:
        assert pump.said(f"pad-{address}", KeyPressed) == [KeyPressed("call_next")]
        assert pump.said(f"strip-{address}", Shown) == [Shown("t", True)]
        assert strips[address - 1].text == f"A{address:03}"
