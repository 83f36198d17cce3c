"""`hall apply` while the hall runs: what citizens, clerks and technicians see of it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


async def apply(hall: Any, file: Path) -> tuple[int, str]:
    """As typed: exit code, and all that was said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edge", "apply", str(file), "--broker", f"127.0.0.1:{hall.port}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def test_a_new_service_name_and_a_new_notice(run: Any, whole: Any, site_toml: str) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.log_in("1")
            await hall.take()
            new = hall.folder / "new.toml"
            changed = site_toml.replace("养老金", "养老保险").replace("欢迎光临", "今日延时服务")
            new.write_text("\ufeff" + changed, encoding="utf-8")  # as some editors save it
            code, said = await apply(hall, new)
            assert (code, said) == (0, f"{new} is in force\n")
            await hall.until(lambda: hall.seen.hall["notices"][0]["text"] == "今日延时服务")
            await hall.nodes["east"].says("site file 2 in force")
            assert await hall.take("101") == "A002"
            assert "养老保险" in hall.stage.machines[0].printer.papers[-1].text
            assert await hall.call("1") == "请A001号到1号窗口"
            assert "console" not in hall.seen.lives, "the command leaves nothing behind"

    run(body())


def test_a_service_that_is_new_can_be_taken_at_once(run: Any, whole: Any, site_toml: str) -> None:
    async def body() -> None:
        async with whole() as hall:
            new = hall.folder / "new.toml"
            extra = '[[services]]\nid = "card"\nname = "社保卡"\nqueue = "social"\ncode = "102"\n\n'
            new.write_text(site_toml.replace("[[windows]]", extra + "[[windows]]", 1), encoding="utf-8")
            assert (await apply(hall, new))[0] == 0
            await hall.nodes["east"].says("site file 2 in force")
            assert await hall.take("102") == "A001"
            assert "社保卡" in hall.stage.machines[0].printer.papers[-1].text

    run(body())


def test_what_a_running_hall_cannot_take_is_refused_with_its_reason(
    run: Any, whole: Any, site_toml: str
) -> None:
    async def body() -> None:
        async with whole() as hall:
            new = hall.folder / "new.toml"
            new.write_text(site_toml.replace("address = 100", "address = 101"), encoding="utf-8")
            code, said = await apply(hall, new)
            assert code == 1
            assert 'device "tickets" changes: address: start its node again' in said
            new.write_text(site_toml.replace('prefix = "B"', 'prefix = "A"'), encoding="utf-8")
            code, said = await apply(hall, new)
            assert code == 1
            assert said.startswith("hall apply: the site file has mistakes")
            assert "site_version" not in hall.seen.hall or hall.seen.hall["site_version"] == 1

    run(body())


def test_without_a_coordinator_it_says_so(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.nodes["core"].stop()
            code, said = await apply(hall, hall.site_file)
            assert code == 1
            assert "coordinator did not answer" in said
            hall.broker.stop()
            code, said = await apply(hall, hall.site_file)
            assert code == 1
            assert f"no broker at 127.0.0.1:{hall.port}" in said

    run(body())
