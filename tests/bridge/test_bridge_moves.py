"""The link proves that it moves: kept alive while connected, tried while the broker is away."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from edge.broker import RunningBroker
from mqtt_bridge import keeper as keeper_module
from mqtt_bridge.keeper import Keeper
from mqtt_bridge.settings import BrokerAddress

LOG = logging.getLogger("hall.bridge")


def test_a_link_whose_beginning_fails_is_tried_again(
    mosquitto: RunningBroker, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        tries = 0
        up = asyncio.Event()

        def on_up() -> None:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise KeyError("a defect")
            up.set()

        address = BrokerAddress(port=mosquitto.port)
        keeper = Keeper(address, "one", None, lambda _incoming: None, log=LOG, on_up=on_up)
        keeper.start()
        await up.wait()
        assert keeper.moves
        await keeper.stop()

    run(story())
    assert "broke down; it is tried again" in caplog.text


def test_a_link_moves_while_the_broker_is_there_and_while_it_is_away(
    mosquitto: RunningBroker, party: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        pad = party(mosquitto.port, "pad", keepalive_s=2)
        assert pad.bridge.moves, "not started, so nothing is asked of it"
        await pad.start()
        assert pad.bridge.moves
        mosquitto.kill()
        await pad.link(False)
        assert pad.bridge.moves
        monkeypatch.setattr(keeper_module, "TRY_S", -1.0)
        assert not pad.bridge.moves, "a try that takes too long"
        monkeypatch.undo()
        assert pad.bridge.moves
        task = pad.bridge._keeper._task
        task.cancel()
        await asyncio.wait([task])
        assert not pad.bridge.moves, "nobody tries any more"

    run(story())


def test_a_connection_that_nobody_keeps_alive_does_not_move(
    mosquitto: RunningBroker, party: Any, run: Any
) -> None:
    async def story() -> None:
        pad = await party(mosquitto.port, "pad", keepalive_s=2).start()
        connection = pad.bridge._keeper.connection
        connection._timer.cancel()
        connection.moved_s -= 3
        assert not pad.bridge.moves
        await pad.bridge.stop()

    run(story())
