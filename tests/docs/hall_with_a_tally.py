"""Runs a hall of one node with a tally: a press on a button, and the twin counts who waits.

Started by test_adding_a_device.py inside the copy that has the new device: arguments are the site file and
an empty folder.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from display.fonts import TEXT_FACE
from edge.broker import start_broker
from simulators.line import LineTwin
from simulators.pins.interface_socket import PinsTwin
from simulators.printer.twin import PrinterTwin
from simulators.tally.twin import TallyTwin

TAKE_NUMBER = 17  # the button's pin in examples/minimal.toml
LONGEST_S = 30.0


async def main(site: Path, folder: Path) -> str:
    """What the tally shows at last."""
    wires = folder / "wires"
    wires.mkdir()
    tally = TallyTwin(7)
    with start_broker() as broker:
        async with (
            LineTwin(wires / "line", [tally]),
            LineTwin(wires / "printer", [PrinterTwin("printer", font=TEXT_FACE)]),
            PinsTwin(f"{wires / 'pins'}.sock") as pins,
        ):
            node = await _start(site, folder, wires, f"{broker.host}:{broker.port}")
            try:
                await tally.changed(lambda twin: twin.text == "   0", LONGEST_S)
                await _press_until_counted(pins, tally)
                return tally.text
            finally:
                node.terminate()
                await node.wait()


async def _start(site: Path, folder: Path, wires: Path, broker: str) -> Any:
    given = {"site": site, "node": "hall", "data": folder, "wires": wires, "broker": broker}
    options = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "edge", "node", *options)


async def _press_until_counted(pins: PinsTwin, tally: TallyTwin) -> None:
    """A press while the node still comes up is refused, as it should be; then people press again."""
    async with asyncio.timeout(LONGEST_S):
        while tally.text == "   0":
            await pins.press(TAKE_NUMBER)
            try:
                await tally.changed(lambda twin: twin.text != "   0", 2.0)
            except TimeoutError:
                continue


if __name__ == "__main__":
    shown = asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
    if not shown.strip().isdigit() or int(shown) < 1:
        sys.exit(f"the tally shows {shown!r}")
