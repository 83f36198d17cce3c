"""Benches for tests: twins from the text of a bench file, each bench with a control socket."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from display.fonts import TEXT_FACE
from simulators.bench.bench import Bench
from simulators.bench.control import Control
from simulators.sim.bench_file import parse_bench


async def open_bench(stack: AsyncExitStack, at: Path, toml: str) -> dict[str, Any]:
    """Raises SettingsError with all that is wrong in the text, NameTaken."""
    bench = await stack.enter_async_context(Bench(parse_bench(toml, "hall_twin"), TEXT_FACE))
    return await controlled(stack, at, bench)


async def controlled(stack: AsyncExitStack, at: Path, bench: Bench) -> dict[str, Any]:
    """Serve a bench at `at`/control. Returns its devices: kind and port by name. Raises NameTaken."""
    control = Control(bench, str(at / "control"))
    await control.start()
    stack.push_async_callback(control.stop)
    return {"devices": {one.id: [one.kind, one.port] for one in bench.plan.devices}}
