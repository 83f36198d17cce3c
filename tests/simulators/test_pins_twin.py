"""The twin of buttons and lamps against the product's port, on a real socket and a real event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.base import Message
from devices.button.messages import Pressed
from devices.button.settings import ButtonSettings
from devices.lamp.messages import SetLamp
from devices.lamp.settings import LampSettings
from devices.pins_port import PinsPort
from edge.guard import Guard
from edge.loop import PortRunner
from simulators.pins.interface_socket import PinsTwin
from simulators.pins.model import Panel, bounce
from simulators.pins.twin import ButtonTwin

PATIENCE_S = 20.0


@asynccontextmanager
async def counter(path: Path) -> AsyncIterator[tuple[PortRunner, PinsTwin, asyncio.Queue[Message]]]:
    """A node's port with the button "call" on 17 and the lamp "lamp" on 27; the queue has what is said."""
    said: asyncio.Queue[Message] = asyncio.Queue()

    def take(device: str, message: Message) -> None:
        if device == "call":
            said.put_nowait(message)

    buttons, lamps = {"call": ButtonSettings(pin=17)}, {"lamp": LampSettings(pin=27, blink_ms=100)}
    port = PinsPort("pins", f"mock-gpio:{path}", buttons, lamps, take)
    runner = PortRunner(port, take, asyncio.get_running_loop(), Guard())
    async with PinsTwin(str(path)) as twin:
        runner.start()
        await said.get()  # ready
        await twin.until(lambda panel: 17 in panel.inputs and 27 in panel.outputs)
        try:
            yield runner, twin, said
        finally:
            runner.stop()


def test_presses_bouncing_or_not_are_one_press_each(tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path / "s") as (_, twin, said):
            for seed in (None, 1, 2, 3):
                await twin.press(17, bounce_seed=seed)
                assert await said.get() == Pressed("call_next")
            twin.hold(17)
            assert await said.get() == Pressed("call_next")
            twin.release(17)
            assert said.empty()
            assert not twin.errors

    asyncio.run(asyncio.wait_for(story(), PATIENCE_S))


def test_the_face_of_a_button_follows_the_finger(tmp_path: Path) -> None:
    """The node says a level once, when it begins to watch; what a finger does is known here."""

    async def story() -> None:
        async with counter(tmp_path / "s") as (_, twin, _):
            button = ButtonTwin("call", twin, 17)
            faces = [button.face]
            button.on_change = lambda: faces.append(button.face)
            await button.press()
            assert faces[:3] == ["[■]", "[▼]", "[■]"]

    asyncio.run(asyncio.wait_for(story(), PATIENCE_S))


def test_the_lamp_is_seen_from_outside(tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path / "s") as (runner, twin, _):
            assert (twin.lamp(27), twin.panel.face()) == (False, "[17] (27 ○)")
            runner.handle("lamp", SetLamp("on"))
            await twin.until(lambda panel: panel.lit(27))
            assert twin.panel.face() == "[17] (27 ●)"
            twin.panel.broken_lamps.add(27)
            assert twin.lamp(27) is False
            runner.handle("lamp", SetLamp("blink"))
            await twin.until(lambda panel: len(panel.history) >= 6)
            levels = [high for _, high in twin.panel.history]
            assert levels[:6] == [False, True, False, True, False, True]

    asyncio.run(asyncio.wait_for(story(), PATIENCE_S))


def test_a_stuck_button_stays_down_and_an_unplugged_one_is_never_pressed(tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path / "s") as (_, twin, said):
            twin.unplugged = True
            await twin.press(17)
            twin.unplugged = False
            twin.panel.stuck.add(17)
            await twin.press(17)
            assert await said.get() == Pressed("call_next")
            await twin.press(17)  # it is down already
            twin.panel.stuck.clear()
            await twin.press(17)  # still down; now it comes up
            assert said.empty()
            await twin.press(17)
            assert await said.get() == Pressed("call_next")
            assert twin.panel.face() == "[17] (27 ○)"

    asyncio.run(asyncio.wait_for(story(), PATIENCE_S))


def test_the_twin_comes_back_when_the_node_does(tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path / "s") as (runner, twin, said):
            runner.handle("lamp", SetLamp("on"))
            await twin.until(lambda panel: panel.lit(27))
            runner.stop()
            twin.panel.outputs.clear()
            await twin.press(17)  # lost: nobody is there
        async with counter(tmp_path / "s") as (_, twin, said):
            await twin.press(17)
            assert await said.get() == Pressed("call_next")
            assert said.empty()

    asyncio.run(asyncio.wait_for(story(), PATIENCE_S))


def test_what_the_node_refuses_is_kept(tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path / "s") as (_, twin, said):
            twin.hold(5)
            await twin.press(17)
            await said.get()
            await twin.until(lambda panel: bool(twin.errors))
            assert list(twin.errors) == ["error pin 5 is no input here"]

    asyncio.run(asyncio.wait_for(story(), PATIENCE_S))


def test_a_seed_bounces_always_in_the_same_way_and_ends_closed() -> None:
    assert bounce(7) == bounce(7)
    assert bounce(7) != bounce(8)
    for changes in (0, 1, 8, 9):
        way = bounce(3, changes)
        assert [closed for closed, _ in way] == [at % 2 == 0 for at in range(len(way))]
        assert way[-1] == (True, 0.0)
        assert len(way) == changes - changes % 2 + 1
        assert all(0.0002 <= stays_s <= 0.004 for _, stays_s in way[:-1])


@pytest.mark.parametrize(
    ("line", "inputs", "outputs"),
    [("in 17 1", {17: True}, {}), ("out 5 0", {}, {5: False}), ("nonsense", {}, {})],
)
def test_lines_of_the_node(line: str, inputs: dict[int, bool], outputs: dict[int, bool]) -> None:
    twin = PinsTwin("nowhere", Panel())
    twin.see(line)
    assert (twin.panel.inputs, twin.panel.outputs) == (inputs, outputs)
    assert list(twin.errors) == ([] if inputs or outputs else ["nonsense"])
