"""The smallest hall, as its example has it: one node, which starts the broker itself."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

NO_NUMBERS = "本机暂时不能取号"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "minimal.toml"


def always_open(port: int) -> str:
    """The example, open at any hour, with a broker on a free port."""
    text = EXAMPLE.read_text(encoding="utf-8")
    hours = text.index("[hours]")
    end = text.index("# --- what people come for")
    return (text[:hours] + text[end:]).replace("embedded = true", f"embedded = true\nport = {port}")


@pytest.fixture()
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def first_number(pins: Any, printer: Any) -> Any:
    """The first paper with a number: a machine that has just started says that it has none yet."""
    text: Any = (NO_NUMBERS,)
    while NO_NUMBERS in text:
        await pins.press(17)
        text = (await printer.next_ticket(10)).text
    return text


def test_press_the_button_take_the_paper_call_and_serve(
    run: Any, whole_class: Any, tmp_path: Path, free_port: int
) -> None:
    async def body() -> None:
        hall = whole_class(tmp_path, always_open(free_port))
        hall.data.mkdir()
        await hall.stage.start()
        node = await hall.start_node("hall", broker="")
        try:
            await node.says("ready")
            (pins,) = {one.pins for one in hall.stage.bench.devices.values() if one.kind == "button"}
            await pins.until(lambda panel: 17 in panel.inputs)
            (printer,) = hall.stage.printers.values()
            assert "A001" in await first_number(pins, printer)
            await pins.press(17)
            assert "A002" in (await printer.next_ticket(10)).text
            keypad = hall.place("1").keypad
            await keypad.changed(lambda twin: twin.shown.startswith("002") or "2" in twin.shown, 10)
            hall.press("1", "login", "1001")
            hall.press("1", "call_next")
            await keypad.changed(lambda twin: "001" in twin.shown[3:], 10)
            assert not any("lost" in line for line in node.lines), node.lines
        finally:
            assert await node.stop() == 0
            await hall.stage.stop()

    run(body())
