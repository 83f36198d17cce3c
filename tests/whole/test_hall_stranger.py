"""The keypad of examples/stranger_keypad.py, which knows only the contract, at a window of a real hall."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from edge.hall import events as e

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "stranger_keypad.py"


def test_a_strangers_keypad_calls_serves_and_is_refused(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            await hall.log_in("1")
            await hall.take()
            pad = await asyncio.create_subprocess_exec(
                sys.executable,
                *(str(SCRIPT), "127.0.0.1", str(hall.port), "whole", "1"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            assert pad.stdin and pad.stdout

            async def says(wanted: str) -> None:
                async with asyncio.timeout(15):
                    while wanted not in (await pad.stdout.readline()).decode():
                        pass

            try:
                await says("idle - waiting 1")
                pad.stdin.write(b"1\n")
                await says("calling A001 waiting 0")
                await hall.strip("1", "请A001号到1号窗口")
                pad.stdin.write(b"6\n")
                await says("idle -")
                pad.stdin.write(b"2\n")
                await says("There is no")
                pad.stdin.close()
                assert await pad.wait() == 0
            finally:
                if pad.returncode is None:
                    pad.kill()
        return hall

    hall = run(body())
    done = [event for event in hall.books() if isinstance(event, e.Called | e.Finished)]
    assert [type(event) for event in done] == [e.Called, e.Finished]
