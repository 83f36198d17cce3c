"""A keypad that knows nothing of our code works a window, on a real broker."""

from __future__ import annotations

import ast
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from edge.broker import RunningBroker
from mqtt_bridge.examples import EXAMPLES
from mqtt_bridge.messages import Answer, Ask, Life, WindowState
from mqtt_bridge.topics import every

SCRIPT = Path(__file__).parent.parent.parent / "examples" / "stranger_keypad.py"
IDLE = msgspec.structs.replace(
    next(message for _, message in EXAMPLES if isinstance(message, WindowState)),
    phase="idle",
    ticket="",
    visit="",
    calls=0,
)


@asynccontextmanager
async def keypad(port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        "127.0.0.1",
        str(port),
        "chaotian",
        "w12",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_it_imports_nothing_of_ours_and_is_short() -> None:
    text = SCRIPT.read_text()
    tree = ast.parse(text)
    modules = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert modules == {"itertools", "json", "sys", "time", "uuid", "paho.mqtt.client"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert len(text.splitlines()) < 70


def test_a_clerk_calls_recalls_and_is_refused(any_broker: RunningBroker, party: Any, run: Any) -> None:
    async def story() -> None:
        hub = party(any_broker.port, "hub", every("chaotian", "request"), every("chaotian", "life"))
        hub.bridge._now_ms = lambda: time.time_ns() // 1_000_000
        await hub.start()
        hub.bridge.publish("state/window", ("w12",), IDLE)

        async def asked() -> Ask:
            message = await hub.next("request")
            assert isinstance(message, Ask)
            return message

        async with keypad(any_broker.port) as pad:
            assert pad.stdin
            assert pad.stdout
            assert (await hub.until(lambda topic, _one: topic.node == "pad-w12"))[1].state == "ready"
            assert await pad.stdout.readline() == b"idle - waiting 4\n"

            pad.stdin.write(b"1\n")
            call = await asked()
            calling = msgspec.structs.replace(IDLE, version=813, phase="calling", ticket="A001", waiting=3)
            hub.bridge.publish("state/window", ("w12",), calling)
            hub.bridge.publish("answer", ("pad-w12",), Answer(call.id, "ok", ticket="A001"))
            assert await pad.stdout.readline() == b"calling A001 waiting 3\n"

            pad.stdin.write(b"x\n2\n")
            recall = await asked()
            assert (type(call).__name__, type(recall).__name__) == ("CallNext", "Recall")
            assert call.id != recall.id
            no = Answer(recall.id, "nobody_here", text="窗口现在没有办事群众", text_en="There is no visit")
            hub.bridge.publish("answer", ("pad-w12",), no)
            assert (await pad.stdout.readline()).decode() == "窗口现在没有办事群众 There is no visit\n"

            pad.stdin.close()
            assert await pad.wait() == 0
            life = (await hub.until(lambda topic, _one: topic.kind == "life" and topic.node == "pad-w12"))[1]
            assert isinstance(life, Life)
            assert life.state == "disconnected"
        assert hub.bridge.refused == {}
        await hub.bridge.stop()

    run(story())
