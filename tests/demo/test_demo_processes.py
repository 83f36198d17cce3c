"""Nodes of a demonstration are killed and started by hand; one that ends by itself is told."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from edge.clock import steady
from edge.pace import Pace, Run
from simulators.demo.processes import ChildDied, NodeProcess

LIVES = "import sys, time; print('at work', flush=True); time.sleep(60)"
ENDS = "print('no disk', flush=True); raise SystemExit(4)"
LONG_S = 20.0
PACE = Pace(Run(0.0, 0.0, 1.0), steady())


def run(folder: Path, script: str, scenario: str) -> NodeProcess:
    async def body() -> NodeProcess:
        node = NodeProcess("east", [sys.executable, "-c", script], folder / "east.log", PACE)
        changed = asyncio.Event()
        node.on_change = changed.set
        async with asyncio.timeout(LONG_S):
            await node.start()
            ended = asyncio.ensure_future(node.ended())
            try:
                if scenario == "dies":
                    with pytest.raises(ChildDied, match=r"east ended by itself with code 4(?s:.*)no disk"):
                        await ended
                    return node
                for _ in range(3):
                    while node.last != "at work" or not node.runs:
                        changed.clear()
                        await changed.wait()
                    await node.kill()
                    assert not node.runs
                    assert node.code == -9
                    await node.start()
                    await node.start()  # twice is once
                assert not ended.done()
            finally:
                ended.cancel()
                await node.stop()
        return node

    return asyncio.run(body())


def test_a_node_killed_by_hand_comes_back_and_nobody_is_alarmed(tmp_path: Path) -> None:
    assert not run(tmp_path, LIVES, "killed").runs
    assert (tmp_path / "east.log").read_text().count("at work") >= 3, "its log goes on"


def test_a_node_that_ends_by_itself_is_told_with_its_last_words(tmp_path: Path) -> None:
    run(tmp_path, ENDS, "dies")
