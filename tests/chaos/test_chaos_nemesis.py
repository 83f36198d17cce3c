"""A blow that cannot be dealt ends the run: else nothing would have been tried."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace
from typing import Any

import pytest

from simulators.chaos.nemesis import Nemesis


@pytest.mark.parametrize("is_over", [True, False], ids=["long ago", "just now"])
def test_what_goes_wrong_in_a_blow_is_raised_in_the_end(is_over: bool) -> None:
    async def blow(target: str) -> None:
        raise OSError(f"{target} cannot be hit")

    async def body() -> None:
        processes: Any = SimpleNamespace(nodes={}, broker=None)
        stage: Any = SimpleNamespace(lines=[])
        nemesis = Nemesis(processes, stage, random.Random(1))
        nemesis._deal("hit", "", "east", blow)
        if is_over:
            await asyncio.wait(list(nemesis._hurt.values()))
            assert not nemesis._hurt
        with pytest.raises(OSError, match="east cannot be hit"):
            await nemesis.rest()

    asyncio.run(body())
