"""The line owner against twins on a real pty: three dialects on one wire."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

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

CALL = ShowText((Segment("请"), Segment("A001", "green"), Segment("号")), "call-1")


def line_port(pump: Any, path: Path | str, **changes: Any) -> LinePort:
    devices = [
        Keypad("pad", KeypadSettings(address=3), pump.emit),
        Evaluator("eval", EvaluatorSettings(address=0x83), pump.emit),
        Strip("strip", StripSettings(address=3), pump.emit),
    ]
    return LinePort("line-1", LineSettings(url=str(path), **changes), devices)


def twins() -> tuple[KeypadTwin, EvaluatorTwin, StripTwin]:
    return KeypadTwin(3), EvaluatorTwin(0x83, keypad=3), StripTwin(3, rom="12号窗口")


def test_a_visit_over_three_dialects_on_one_line(pump: Any, tmp_path: Path) -> None:
    keypad, evaluator, strip = twins()

    async def visit() -> None:
        path = tmp_path / "line"
        async with LineTwin(path, [keypad, evaluator, strip]), pump:
            pump.drive(line_port(pump, path))
            keypad.press("next")
            await pump.until(lambda: pump.said("pad", KeyPressed))
            await keypad.changed(lambda twin: not twin.is_busy, 2)
            pump.handle("strip", CALL)
            pump.handle("pad", ShowNumbers(5, "A001"))
            pump.handle("pad", Beep())
            await strip.changed(lambda twin: twin.text == "请A001号", 2)
            await keypad.changed(lambda twin: twin.shown == "__5001" and twin.model.beeps == 1, 2)
            await pump.until(lambda: pump.said("strip", Shown))
            keypad.press("evaluate")
            await evaluator.changed(lambda twin: twin.is_open, 2)
            pump.handle("eval", OpenRating("visit-1"))
            evaluator.press(3)
            await pump.until(lambda: pump.said("eval", Graded))
            assert evaluator.thanked == 0
            pump.handle("eval", Thank("visit-1"))
            await evaluator.changed(lambda twin: twin.is_thanking, 2)

    asyncio.run(visit())
    assert pump.said("pad", KeyPressed) == [KeyPressed("call_next"), KeyPressed("ask_rating")]
    assert pump.said("eval", Graded) == [Graded("visit-1", 5)]
    assert pump.said("strip", Shown) == [Shown("call-1", True)]
    assert pump.said("strip", DeviceHealth)[-1] == DeviceHealth("ready")
    assert [each.colour for each in strip.segments] == ["red", "green", "red"]
