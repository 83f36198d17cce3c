"""The bench in a real Chromium: keys are clicked, strips and papers are seen, processes are killed."""

from __future__ import annotations

import asyncio
import base64
import calendar
import io
import re
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from simulators.bench_page.cli import bench_plan
from simulators.bench_page.looks import dots_of
from simulators.bench_page.run import BenchHall, bench_hall

SEEN_MS = 20_000
"""Far longer than anything takes that is waited for here."""


OUTPUTS = """
[[ports]]
id = "wall"
node = "core"
url = "framebuffer:/dev/fb0"

[[devices]]
id = "board"
kind = "board"
port = "wall"

[[ports]]
id = "sound"
node = "core"
url = "alsa:default"

[[devices]]
id = "voice"
kind = "announcer"
port = "sound"
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's, without what needs a display or its own user."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("Chromium is not installed: `make test` installs it")
    expect.set_options(timeout=SEEN_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def opened(browser: Browser, url: str) -> AsyncIterator[Page]:
    """A page that must say nothing wrong until it is closed."""
    page = await browser.new_page(viewport={"width": 1600, "height": 1000})
    page.set_default_timeout(SEEN_MS)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(url)
    yield page
    await page.close()
    assert not wrong
    assert all(one.startswith((url, "data:")) for one in asked), "an asset from elsewhere"


@pytest.fixture()
def bench(tmp_path: Path, site_toml: str) -> Callable[[], Any]:
    """`async with bench() as (hall, page):` a hall that runs, and a browser that looks at it."""

    @asynccontextmanager
    async def both() -> AsyncIterator[tuple[BenchHall, Page]]:
        site = tmp_path / "site.toml"
        site.write_text(site_toml + OUTPUTS, encoding="utf-8")
        async with (
            bench_hall(bench_plan(site, tmp_path / "out")) as hall,
            chromium() as browser,
            opened(browser, hall.url) as page,
        ):
            await expect(page.locator("#link")).to_have_text("已连接")
            for node in ("core", "east"):
                await expect(page.locator(f"[data-node={node}][data-life=ready]")).to_be_visible()
            await expect(strip(page)).to_have_attribute("aria-label", "1号窗口 暂未开放")
            yield hall, page

    return both


def strip(page: Page) -> Any:
    return page.locator("hall-strip[data-device=strip-1]")


def chip(page: Page, device: str, state: str, code: str = "") -> Any:
    return page.locator(f'[data-chip={device}][data-state={state}][data-code="{code}"]')


async def log_in(page: Page) -> None:
    """As a clerk types."""
    keypad = page.locator("[data-device=keypad-1]")
    for digit in "1001":
        await keypad.locator(f'[data-digit="{digit}"]').click()
    await keypad.locator("[data-key=confirm]").click()
    await expect(strip(page)).to_have_attribute("aria-label", "社保窗口 工号1001")


async def take(page: Page, code: str = "101") -> None:
    """A citizen takes a number, and the paper comes out."""
    papers = page.locator("[data-device=printer] .paper")
    before = await papers.count()
    await page.locator("[data-device=tickets] select").select_option(f"{code} start")
    await expect(papers).to_have_count(before + 1)


async def lit(page: Page) -> bytes:
    """The lamps of the strip as the page paints them: a byte a dot, 1 red, 2 green, 3 yellow."""
    script = """canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const lamp = (at) => (data[at] > 128 ? 1 : 0) + (data[at + 1] > 128 ? 2 : 0);
        return Array.from({ length: data.length / 4 }, (_, at) => lamp(at * 4));
    }"""
    return bytes(await strip(page).locator("canvas").evaluate(script))


def lamps(dots: str) -> bytes:
    """The same of what the server tells."""
    return bytes(byte >> shift & 3 for byte in base64.b64decode(dots) for shift in (6, 4, 2, 0))


def test_a_key_is_clicked_and_the_strip_lights_up(run: Any, bench: Any) -> None:
    async def body() -> None:
        async with bench() as (hall, page):
            await log_in(page)
            await take(page)
            paper = page.locator("[data-device=printer] .paper img")
            await expect(paper).to_have_js_property("naturalWidth", 576)
            before = await lit(page)
            await page.locator("[data-device=keypad-1] [data-key=next]").click()
            await expect(strip(page)).to_have_attribute("aria-label", "请A001号到1号窗口")
            after = await lit(page)
            assert after != before
            assert after == lamps(dots_of(hall.stage.places["1"].strip.segments, (192, 16)))

            voice = page.locator(".speaker[data-device=voice]")
            await expect(voice.locator("output")).to_contain_text("A001-1")
            async with page.expect_response("**/sound/voice/*.wav") as heard:
                await voice.locator("button").click()
            assert (await heard.value).ok
            await expect(page.locator("hall-board img")).to_have_js_property("naturalWidth", 1920)
            await page.locator("[data-device=keypad-1] .digits").click()  # back to this counter's line

            course = page.locator("#presses details").first
            for step in ("key", "echo", "request", "answer", "state", "strip"):
                await expect(
                    course.locator(f"[data-step={step}]").first, await course.inner_text()
                ).to_be_attached()
            moments = [float(one) for one in await course.locator(".ms").all_inner_texts()]
            assert moments == sorted(moments)
            assert moments[-1] > 0

            lines = page.locator("#monitor tbody tr")
            await expect(page.locator("#monitor select")).to_have_value("port-line")
            await expect(lines.filter(has_text="keypad-1 按键 下一位").first).to_be_attached()
            await expect(lines.filter(has_text="strip-1 文字 请A001号到1号窗口").first).to_be_attached()

            for session in hall.page.sessions:
                for at in range(1000):
                    session.tell_line({"at": at, "way": "<", "hex": "00", "frames": []})
                session.flush()
            await expect(lines).to_have_count(300)
            await expect(page.locator("#monitor .missed")).to_have_text(re.compile("未显示 7[0-9]{2}"))

            await page.locator("[data-device=keypad-1] [data-key=start]").click()
            await page.locator("[data-device=keypad-1] [data-key=evaluate]").click()
            await expect(page.locator("[data-device=evaluator-1]")).to_have_attribute("data-lamp", "open")
            await page.locator('[data-device=evaluator-1] [data-grade="3"]').click()
            await expect(page.locator("[data-device=evaluator-1]")).to_have_attribute("data-lamp", "thanks")
            for step in ("key", "thanks", "record", "receipt"):
                await expect(course.locator(f"[data-step={step}]").first).to_be_attached()
            await expect(page.locator("#toast")).to_be_hidden()
            await take(page, "201")
            await page.locator("[data-device=button-3] button").click()
            await page.locator("[data-jump='3']").click()
            await expect(page.locator("[data-device=lamp-3]")).to_have_attribute("lit", "")

    run(body())


def test_trouble_made_on_the_page_is_said_by_the_node(run: Any, bench: Any) -> None:
    async def body() -> None:
        async with bench() as (_, page):
            await expect(chip(page, "printer", "ready")).to_be_visible()
            await page.locator("[data-hand=take_paper]").click()
            await expect(chip(page, "printer", "degraded", "paper_out")).to_be_visible()
            await page.locator("[data-hand=new_roll]").click()
            await expect(chip(page, "printer", "ready")).to_be_visible()

            await page.locator("[data-chip=strip-1]").click()
            await page.locator('[data-fault="port-line/unplug"]').check()
            await expect(chip(page, "strip-1", "lost", "port_lost")).to_be_visible()
            await page.locator('[data-fault="port-line/unplug"]').uncheck()
            await expect(chip(page, "strip-1", "ready")).to_be_visible()
            await page.locator('[data-fault="strip-1/power_off"]').check()
            await expect(page.locator("[data-chip=strip-1] .troubles")).to_contain_text("断电")
            await page.locator('[data-fault="strip-1/power_off"]').uncheck()
            await page.locator("dialog .close").click()

            await page.locator("[data-device=keypad-1] [data-digit='9']").click()
            await page.locator("[data-device=keypad-1] [data-key=line]").click()
            await page.locator("#language").click()
            await expect(page.locator("#link")).to_have_text("connected")
            await expect(page.locator("[data-device=keypad-1] [data-key=next]")).to_have_text("next")

    run(body())


def test_processes_are_killed_and_started_and_a_page_comes_back_by_itself(run: Any, bench: Any) -> None:
    async def body() -> None:
        async with bench() as (hall, page):
            await log_in(page)
            east = page.locator("[data-node=east]")
            await east.locator("button").click()
            await expect(east).to_have_attribute("data-life", "lost")
            await expect(east).to_have_attribute("off", "")
            await east.locator("button").click()
            await expect(east).to_have_attribute("data-life", "ready")
            await expect(strip(page)).to_have_attribute("aria-label", "社保窗口 工号1001")

            broker = page.locator("[data-node=broker]")
            await broker.locator("button").click()
            await expect(broker).to_have_attribute("off", "")
            assert not hall.processes.broker.alive
            hall.observer.lives.clear()
            await broker.locator("button").click()
            await expect(broker).not_to_have_attribute("off", "")
            assert await hall.observer.until(lambda: hall.observer.ready >= {"core", "east"}, SEEN_MS / 1000)
            await take(page)

            await hall.server.stop()
            await expect(page.locator("#link")).to_contain_text("重连")
            hall.processes.nodes[0].on_change()
            await hall.server.start()
            await expect(page.locator("#link")).to_have_text("已连接")
            await page.locator("[data-device=keypad-1] [data-key=next]").click()
            # A001, or one that the ticket machine gave while the coordinator was not back yet
            await expect(strip(page)).to_have_attribute(
                "aria-label", re.compile("请[A-Z][0-9]{3}号到1号窗口")
            )

    run(body())


def test_the_speed_of_time_is_changed_while_the_hall_runs(run: Any, bench: Any) -> None:
    async def body() -> None:
        async with bench() as (hall, page):
            pace, board = hall.processes.pace, hall.stage.boards["board"]
            await board.changed(lambda one: one.pictures, SEEN_MS / 1000)
            before, began_s = board.pictures, pace.hall_s()
            speed = page.locator("#speed select")
            await speed.select_option("200")
            # its clock, which its node draws anew every minute of the hall: three in a second of life
            await board.changed(lambda one: one.pictures > before + 3, SEEN_MS / 1000)
            assert pace.hall_s() > began_s + 180
            await speed.select_option("1")
            await expect(speed).to_have_value("1")
            while len(pace.runs) > 1:  # the new run has been told, and begins in a moment
                await asyncio.sleep(pace.runs[1].origin_s - time.time())
            await page.locator("[data-node=east] button").click()
            await expect(page.locator("[data-node=east]")).to_have_attribute("data-life", "lost")
            await page.locator("[data-node=east] button").click()
            await expect(page.locator("[data-node=east]")).to_have_attribute("data-life", "ready")
            await log_in(page)
            for at_ms in (hall.observer.windows["1"]["at_ms"], hall.observer.devices["tickets"]["since_ms"]):
                assert began_s + 180 < at_ms / 1000 <= pace.hall_s() + 1
            shown = await page.locator("#clock").inner_text()
            offset_s = 8 * 3600
            clock_s = calendar.timegm(time.strptime(shown, "%Y-%m-%d %H:%M:%S")) - offset_s
            assert abs(pace.hall_s() - clock_s) < 5

    run(body())


def test_boards_and_loudspeakers_have_faults_too_and_their_node_says_what_it_learns(
    run: Any, bench: Any
) -> None:
    async def body() -> None:
        async with bench() as (_, page):
            await log_in(page)
            await take(page)
            await expect(page.locator("hall-board img")).to_have_js_property("naturalWidth", 1920)
            await switch(page, "voice", "unplug", True)
            await switch(page, "board", "refuse", True)
            await page.locator("[data-device=keypad-1] [data-key=next]").click()
            await expect(chip(page, "voice", "lost", "no_sound")).to_be_visible()
            await expect(chip(page, "board", "lost", "port_lost")).to_be_visible()
            await expect(page.locator(".speaker[data-device=voice]")).to_have_attribute("away", "")
            await switch(page, "board", "refuse", False)
            await switch(page, "voice", "unplug", False)
            await expect(chip(page, "board", "ready")).to_be_visible()
            await page.locator("[data-device=keypad-1] [data-key=recall]").click()
            await expect(chip(page, "voice", "degraded", "no_voice")).to_be_visible()  # it chimes again
            await expect(page.locator(".speaker[data-device=voice] output")).to_contain_text("A001-1")

            await switch(page, "board", "power_off", True)
            await expect(page.locator("hall-board")).to_contain_text("断电")
            await expect(page.locator("hall-board img")).to_be_hidden()
            await switch(page, "board", "power_off", False)
            await expect(page.locator("hall-board img")).to_be_visible()

    run(body())


async def switch(page: Page, device: str, fault: str, on: bool) -> None:
    """A fault's switch, behind the device's mark."""
    await page.locator(f"[data-chip={device}]").click()
    await page.locator(f'[data-fault="{device}/{fault}"]').set_checked(on)
    await page.locator("dialog .close").click()
    await expect(page.locator(f"[data-chip={device}] .troubles")).to_have_text(
        re.compile("✖" if on else "^$")
    )


def test_a_boards_single_lamps_can_be_seen(run: Any, bench: Any) -> None:
    async def body() -> None:
        async with bench() as (hall, page):
            await expect(page.locator("hall-board img")).to_have_js_property("naturalWidth", 1920)
            await page.locator("hall-board .screen").click(position={"x": 8, "y": 8})
            panel = page.locator("hall-panel")
            await expect(panel.locator("output")).to_have_text("0…109 × 0…69")
            shown = hall.stage.boards["board"].shown
            picture = Image.open(io.BytesIO(shown)).convert("RGB").crop((0, 0, 110, 70))
            assert await lamps_of(panel, 8) == picture.tobytes()
            assert len(picture.getcolors()) > 1, "something stands there"
            await panel.press("ArrowRight")
            await expect(panel.locator("output")).to_have_text("16…125 × 0…69")
            await panel.locator("button").click()
            await expect(panel.locator("output")).to_contain_text("× 0…139")
            await page.locator("dialog .close").click()

    run(body())


async def lamps_of(panel: Any, size: int) -> bytes:
    """Red, green and blue in the middle of each lamp, row by row; it is dark where four of them meet."""
    script = """(canvas, size) => {
        const { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        const at = (x, y) => [...data.slice((y * width + x) * 4, (y * width + x) * 4 + 3)];
        const found = [];
        for (let y = size / 2; y < height; y += size) {
            for (let x = size / 2; x < width; x += size) found.push(...at(x, y));
        }
        return { found, between: at(size, size) };
    }"""
    seen = await panel.locator("canvas").evaluate(script, size)
    assert max(seen["between"]) < 16
    return bytes(seen["found"])
