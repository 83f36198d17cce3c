"""Several twins on one wire: what each hears, and how to wait for them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import serial

from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.line import LineTwin
from simulators.strip.twin import StripTwin
from simulators.twin import Twin

SHORT_S = 5.0
BEEP = bytes.fromhex("FF 68 02 02 68 03 03 06 16")
CALL = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")


class Ear(Twin):
    """A device that only listens."""

    def __init__(self) -> None:
        super().__init__("ear")
        self.heard = b""

    def on_bytes(self, data: bytes) -> None:
        self.heard += data


def test_each_twin_hears_the_driver_and_its_neighbours_but_not_itself(tmp_path: Path) -> None:
    keypad, evaluator, strip, ear = KeypadTwin(3), EvaluatorTwin(0x83, keypad=3), StripTwin(3), Ear()

    async def scenario() -> None:
        async with LineTwin(tmp_path / "line", [keypad, evaluator, strip, ear]) as line:
            with serial.Serial(line.url, 9600, timeout=0) as port:
                port.write(BEEP + CALL)
                await strip.changed(lambda twin: twin.text == "请A001号", SHORT_S)
                await keypad.changed(lambda twin: twin.model.beeps == 1, SHORT_S)
                keypad.press("evaluate")
                await evaluator.changed(lambda twin: twin.is_open, SHORT_S)

    asyncio.run(scenario())
    assert ear.heard.startswith(BEEP + CALL)
    assert bytes.fromhex("A0 90 03 A5 AA") in ear.heard
    assert ear.heard.endswith(bytes.fromhex("FF 68 03 03 68 03 01 0B 0F 16"))
    assert keypad.is_busy  # its own frame is no echo


def test_twins_repeat_by_the_clock_of_their_line(tmp_path: Path) -> None:
    keypad = KeypadTwin(3, repeat_s=0.02, repeats_max=3)

    async def scenario() -> None:
        async with LineTwin(tmp_path / "line", [keypad]):
            keypad.press("next")
            await keypad.changed(lambda twin: twin.model.given_up == 1, SHORT_S)

    asyncio.run(scenario())
    assert keypad.model.sent == 4


def test_waiting_in_vain_says_what_the_face_shows() -> None:
    strip = StripTwin(3, rom="12号窗口")

    async def scenario() -> None:
        await strip.changed(lambda twin: twin.text == "12号窗口", 0)
        await strip.changed(lambda twin: twin.text == "A001", 0.01)

    with pytest.raises(TimeoutError, match=r"strip-3 still shows '▌12号窗口▐' after 0.01 s"):
        asyncio.run(scenario())


def test_many_may_wait_for_one_twin(tmp_path: Path) -> None:
    strip = StripTwin(3)

    async def scenario() -> list[Any]:
        waits = [strip.changed(lambda twin: twin.text, SHORT_S) for _ in range(3)]
        gathered = asyncio.gather(*waits)
        await asyncio.sleep(0)
        strip.hear(CALL, 0.0)
        return list(await gathered)

    assert asyncio.run(scenario()) == [strip] * 3
    assert strip._waiting == []


def test_a_wrong_baud_rate_stands_in_face_and_log(tmp_path: Path) -> None:
    strip = StripTwin(3)

    async def scenario() -> None:
        async with LineTwin(tmp_path / "line", [strip]) as line:
            with serial.Serial(line.url, 19200, timeout=0) as port:
                port.write(CALL)
                await strip.changed(lambda twin: twin.strange, SHORT_S)
                assert strip.face == "!! 波特率 19200"
                port.baudrate = 9600
                port.write(CALL)
                await strip.changed(lambda twin: twin.text == "请A001号", SHORT_S)

    asyncio.run(scenario())
    assert strip.face == "▌请A001号▐"
    assert list(strip.log) == ["driver speaks 19200 8N1, this line 9600 8N1", "driver speaks 9600 8N1"]


def test_a_line_stops_twice_and_takes_its_name_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        line = LineTwin(tmp_path / "line", [KeypadTwin(3)])
        await line.start()
        assert (tmp_path / "line").is_symlink()
        await line.stop()
        await line.stop()

    asyncio.run(scenario())
    assert not (tmp_path / "line").is_symlink()
