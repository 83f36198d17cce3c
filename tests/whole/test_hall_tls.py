"""A whole hall whose broker speaks TLS alone and knows each node by its certificate."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.hall import events as e

ROOT = Path(__file__).resolve().parents[2]
RULES = "pattern write hall/1/+/%u/#\npattern read hall/1/#\n"
SETTINGS = ("require_certificate true", "use_identity_as_username true", "use_username_as_clientid true")


@pytest.fixture()
def hall_with_tls(
    whole_class: Any, site_toml: str, authority: Any, tls_broker: Any, tmp_path: Path
) -> Callable[[], AbstractAsyncContextManager[Any]]:
    """Each node has a copy of the site file, which names its own certificate; so has the console."""
    rules = tmp_path / "rules"
    rules.write_text(RULES)

    def site_of(name: str) -> str:
        own = {"ca_file": authority.ca_file, **authority.issue(name)}
        keys = "".join(f'{setting} = "{file}"\n' for setting, file in own.items())
        return f"{site_toml}\n[broker]\nport = 8883\n{keys}"

    class HallWithTls(whole_class):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(tmp_path, site_of("core"))
            ears = authority.issue("ears")
            self.ears_tls = (authority.ca_file, ears["certificate_file"], ears["key_file"])
            self.files = {name: tmp_path / f"{name}.toml" for name in ("core", "east", "console")}
            for name, file in self.files.items():
                file.write_text(site_of(name), encoding="utf-8")
            self.brokers = contextlib.ExitStack()

        def start_broker(self) -> None:
            self.broker = self.brokers.enter_context(
                tls_broker(*SETTINGS, f"acl_file {rules}", port=self.port)
            )
            self.port = self.broker.port

        async def start_node(self, node: str, *options: str, **more: Any) -> Any:
            return await super().start_node(node, *options, site_file=self.files[node], **more)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Any]:
        hall = HallWithTls()
        with hall.brokers:
            try:
                await hall.start()
                yield hall
            finally:
                await hall.stop()

    return opened


async def typed(*command: str, until: str = "") -> tuple[int, str]:
    """A command: exit code, and all that was said. `until` it says this, where it would go on for ever."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edge", *command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(15):
        async for line in process.stdout:
            said += line.decode()
            if until and until in said:
                process.terminate()
                until = ""
        return await process.wait(), said


def test_a_day_from_the_press_to_the_rating(run: Any, hall_with_tls: Any) -> None:
    async def body() -> Any:
        async with hall_with_tls() as hall:
            await hall.log_in()
            assert await hall.take() == "A001"
            assert await hall.take() == "A002"
            assert await hall.call("1") == "请A001号到1号窗口"
            await hall.ask_rating("1")
            await hall.rate("1")
            hall.broker.kill()
            for node in ("core", "east"):
                await hall.nodes[node].says("broker away")
            hall.seen.windows.clear()
            hall.start_broker()
            await hall.until(lambda: len(hall.seen.windows) == 3)
            await hall.insist("2", "call_next", lambda: hall.window("2").get("ticket") == "A002")
            await hall.strip("2", "请A002号到2号窗口")
            await hall.until(lambda: "rating" not in hall.window("1"))
        return hall

    hall = run(body())
    assert [event.window for event in hall.books() if isinstance(event, e.RatingGiven)] == ["1"]


def test_a_technicians_commands_speak_tls_too(run: Any, hall_with_tls: Any) -> None:
    async def body() -> None:
        async with hall_with_tls() as hall:
            at = ("--broker", f"127.0.0.1:{hall.port}")
            file = hall.files["console"]
            file.write_text(file.read_text().replace("欢迎光临", "今日延时服务"), encoding="utf-8")
            code, said = await typed("apply", str(file), *at)
            assert (code, said) == (0, f"{file} is in force\n")
            await hall.until(lambda: hall.seen.hall["notices"][0]["text"] == "今日延时服务")
            _, said = await typed("watch", "--site", str(file), *at, until="今日延时服务")
            assert "今日延时服务" in said
            code, said = await typed(
                *("doctor", "--site", str(hall.files["east"]), "--node", "east", *at),
                *("--data", str(hall.data)),
            )
            assert said.count("正常 ok    证书 certificate") == 4
            assert "the node that runs is logged in" in said

    run(body())


def test_a_node_without_a_certificate_says_so_and_is_not_let_in(
    run: Any, hall_with_tls: Any, tmp_path: Path
) -> None:
    async def body() -> None:
        async with hall_with_tls() as hall:
            await hall.nodes["east"].stop()
            text = hall.files["east"].read_text()
            hall.files["east"].write_text(
                "".join(
                    line
                    for line in text.splitlines(keepends=True)
                    if not line.startswith(("certificate_file", "key_file"))
                )
            )
            east = await hall.start_node("east")
            said = await east.says("trying again until it is back")
            assert "wants a certificate of this node's own; name it in [broker] certificate_file" in said
            assert hall.seen.lives["east"] != "ready"

    run(body())
