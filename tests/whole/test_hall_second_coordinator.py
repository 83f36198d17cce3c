"""A second coordinator started by mistake: refused, by name, and the first one is not disturbed."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest

TAKEN = "coordinates this site since"


@pytest.mark.parametrize("case", ["another node", "the same node"])
def test_it_is_refused_and_names_the_holder(run: Any, whole: Any, tmp_path: Path, case: str) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.log_in("1")
            await hall.take()
            lines = len(hall.nodes["core"].lines)
            first = hall.nodes["core"]
            site_file = tmp_path / "copy.toml"
            node = "east" if case == "another node" else "core"
            site_file.write_text(
                hall.site_file.read_text().replace('coordinator = "core"', f'coordinator = "{node}"')
            )
            second = await hall.start_node(node, "--data", str(tmp_path / "other"), site_file=site_file)
            assert await second.ended() == 3
            assert TAKEN in second.lines[-1]
            assert "'core'" in second.lines[-1]
            hall.nodes["core"] = first
            await hall.until(lambda: hall.seen.lives["core"] == "ready")
            assert await hall.call("1") == "请A001号到1号窗口"
            assert first.lines[lines:] == [], "it did not even notice"

    run(body())


def test_a_node_started_twice_on_one_folder_is_refused(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            first = hall.nodes["east"]
            second = await hall.start_node("east")
            assert await second.ended() == 1
            assert "is in use: another hall process runs with it" in second.lines[-1]
            hall.nodes["east"] = first
            await hall.log_in("1")

    run(body())


def test_of_two_started_by_one_switch_exactly_one_acts(run: Any, whole: Any, tmp_path: Path) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.nodes["core"].stop()
            hall.seen.lives.clear()
            both = await asyncio.gather(
                hall.start_node("core"),
                hall.start_node("core", "--data", str(tmp_path / "other")),
            )
            ends = [asyncio.ensure_future(one.ended()) for one in both]
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            assert [end.result() for end in done] == [3]
            (winner,) = (one for one, end in zip(both, ends, strict=True) if not end.done())
            await winner.says("ready")
            hall.nodes["core"] = winner
            await hall.until(lambda: hall.seen.lives.get("core") == "ready")
            await hall.insist("1", "finish", lambda: True)
            await hall.log_in("1")

    run(body())


def test_one_that_hung_and_was_replaced_gives_way(
    run: Any, whole: Any, site_toml: str, tmp_path: Path
) -> None:
    """It wakes beside nodes that have heard of a higher epoch than its own."""

    async def body() -> None:
        async with whole(site_toml + '[[nodes]]\nid = "spare"\n') as hall:
            await hall.log_in("1")
            assert await hall.take() == "A001"
            first, before = hall.nodes["core"], hall.window("1")["epoch"]
            first.process.send_signal(signal.SIGSTOP)
            hall.broker.stop()
            hall.start_broker()
            site_file = tmp_path / "other.toml"
            site_file.write_text(
                hall.site_file.read_text().replace('coordinator = "core"', 'coordinator = "spare"')
            )
            second = await hall.start_node("spare", site_file=site_file)
            await hall.ready("spare")
            await hall.until(lambda: hall.window("1")["epoch"] > before)
            epoch = hall.window("1")["epoch"]
            lives = hall.seen.topics["core/life"]
            first.process.send_signal(signal.SIGCONT)
            await hall.until(lambda: hall.seen.topics["core/life"] > lives)
            await hall.log_in("1")
            assert await hall.take() > "A001"
            assert hall.window("1")["epoch"] == epoch
            assert not [line for line in second.lines if "stops acting" in line or "a later one" in line]
            assert await first.stop() == 0

    run(body())


def test_the_role_goes_on_with_another_node_after_a_clean_end(run: Any, whole: Any, tmp_path: Path) -> None:
    """A spare machine with an empty store takes over, nodes follow it and tell it who is called."""

    async def body() -> None:
        async with whole() as hall:
            await hall.log_in("1")
            await hall.take()
            await hall.call("1")
            await hall.nodes["core"].stop()
            await hall.start_node("core", "--data", str(tmp_path / "spare"))
            await hall.ready("core")
            await hall.until(lambda: hall.window("1")["phase"] == "closed")
            await hall.strip("1", "暂未开放")
            hall.press("1", "login", "1001")
            await hall.strip("1", "请A001号到1号窗口")

    run(body())
