"""A node that has just started hears every state, also where the broker kept only some of them."""

from __future__ import annotations

from typing import Any

import pytest

from edge import coordinator
from mqtt_bridge import messages as m


def test_a_started_node_is_told_everything_once(
    run: Any, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "NEWCOMER_S", 0.0)

    async def body() -> None:
        async with office() as hall:
            hall.ear.said.clear()
            hall.send(m.Life("ready", "east-1"), node="east")
            hall.send(m.Life("degraded", "west-1", detail="disk full"), node="west")
            await hall.ear.until(lambda: {state.window for state in hall.ear.of(m.WindowState)} == {"1", "2"})
            assert len(hall.ear.of(m.BoardState)) == 1, "once for both"
            hall.ear.said.clear()
            hall.send(m.Life("ready", "east-1"), node="east")
            hall.send(m.Life("lost", "west-1"), node="west")
            hall.send(m.Life("degraded", "east-2", detail="broke down"), node="east")
            await hall.ear.until(lambda: hall.ear.of(m.BoardState))
            assert len(hall.ear.of(m.BoardState)) == 1, "a life heard again is no news"

    run(body())
