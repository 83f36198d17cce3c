"""Makes docs/pictures/bench*.png, and measures what the bench in the browser costs:

    PYTHONPATH=. .venv/bin/python docs/make_bench_pictures.py

A hall of 55 windows runs with its page in Debian's Chromium. The pictures are taken while a few people are
served; then each of the strips is given another text 30 times a second for LOAD_S, as its twin would decode
it, and the CPU of the server's process and of Chromium's is read before and after. Then nothing happens for
as long.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Coroutine, Iterable
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page, async_playwright, expect

from simulators.bench_page.cli import bench_plan
from simulators.bench_page.run import BenchHall, bench_hall
from simulators.demo.cli import give_voice
from simulators.strip.model import Piece
from simulators.strip.twin import StripTwin

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
LOAD_S = 20.0
A_SECOND = 30
LOOK_MS = 1_500  # for papers to come out and boards to be drawn
COLOURS = 96
TICKS = os.sysconf("SC_CLK_TCK")


async def main() -> None:
    """All of it."""
    with tempfile.TemporaryDirectory() as folder:
        plan = bench_plan(ROOT / "examples" / "chaotian.toml", Path(folder) / "out")
        give_voice(plan.out / "data")
        async with bench_hall(plan) as hall, async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            page = await browser.new_page(viewport={"width": 1600, "height": 1000})
            await page.goto(hall.url)
            nodes = {node.id for node in plan.site.nodes}
            if not await hall.observer.until(lambda: hall.observer.ready >= nodes, 60.0):
                raise RuntimeError("the hall is not ready")
            await pictures(page)
            await measure(page, hall)
            await browser.close()


async def pictures(page: Page) -> None:
    """A few people are served; trouble is made."""
    expect.set_options(timeout=20_000)
    for window in ("1", "2"):
        await page.select_option(f"[data-device=keypad-{window}] select", f"100{window} confirm")
        await expect(strip_of(page, window)).to_have_attribute("aria-label", f"综合窗口 工号100{window}")
    for index in (1, 2, 3):
        await page.select_option("[data-device=ticket-keys-1] select", index=index)
        await expect(page.locator("[data-device=printer-1] .paper")).to_have_count(index)
    for window in ("2", "1"):
        await page.click(f"[data-device=keypad-{window}] [data-key=next]")
        await expect(strip_of(page, window)).to_have_attribute(
            "aria-label", f"请A00{3 - int(window)}号到{window}号窗口"
        )
    await page.click("[data-device=keypad-1] [data-key=evaluate]")
    await page.wait_for_timeout(LOOK_MS)
    await picture(page, "bench")
    await page.click("[data-hand=take_paper] >> nth=0")
    await page.evaluate("document.getElementById('lobby').scrollIntoView({ behavior: 'instant' })")
    await page.wait_for_timeout(LOOK_MS)
    await picture(page, "bench-lobby")
    await page.click("[data-jump='1']")
    await page.click("[data-chip=strip-1]")
    await page.check("[data-fault='strip-1/no_ack']")
    await page.wait_for_timeout(LOOK_MS)
    await picture(page, "bench-faults")
    await page.uncheck("[data-fault='strip-1/no_ack']")
    await page.click("dialog .close")
    await page.click("hall-board .screen >> nth=0", position={"x": 60, "y": 85})
    await page.wait_for_timeout(LOOK_MS)
    await picture(page, "bench-lamps")
    await page.click("dialog .close")


async def picture(page: Page, name: str) -> None:
    """In few colours, as it has few."""
    shot = Image.open(io.BytesIO(await page.screenshot()))
    shot.convert("RGB").quantize(COLOURS).save(PICTURES / f"{name}.png", optimize=True)


def strip_of(page: Page, window: str) -> Locator:
    """The strip at a window."""
    return page.locator(f"[data-window='{window}'] hall-strip")


async def measure(page: Page, hall: BenchHall) -> None:
    """CPU of both ends under load, and at rest."""
    await page.select_option("#monitor select", "")
    await page.evaluate(COUNT)
    strips = [place.strip for place in hall.stage.places.values() if place.strip is not None]
    await told("load", page, load(strips))
    await told("rest", page, asyncio.sleep(LOAD_S))


async def load(strips: list[StripTwin]) -> None:
    """Another text on each, so many times a second."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for count in range(int(LOAD_S * A_SECOND)):
        for strip in strips:
            strip.model.show((Piece(f"请A{count:03}号到", "red"), Piece(f"{strip.address}号窗口", "green")))
            strip.notice()
        await asyncio.sleep(max(began_s + (count + 1) / A_SECOND - loop.time(), 0.0))


async def told(what: str, page: Page, work: Coroutine[None, None, None]) -> None:
    """One line of figures for what happens meanwhile."""
    us, browser = [os.getpid()], chromium()
    loop = asyncio.get_running_loop()
    await page.evaluate("window.told = 0; window.bytes = 0; window.frames = 0")
    began_s, ours_s, theirs_s = loop.time(), cpu_s(us), cpu_s(browser)
    await work
    took_s, ours_s, theirs_s = loop.time() - began_s, cpu_s(us) - ours_s, cpu_s(browser) - theirs_s
    messages, size, frames = await page.evaluate("[window.told, window.bytes, window.frames]")
    sys.stdout.write(
        f"{what}: {took_s:.1f} s; messages {messages / took_s:.1f}/s, {size / took_s / 1e6:.2f} MB/s, "
        f"frames drawn {frames / took_s:.1f}/s; of a core: server {ours_s / took_s:.1%}, "
        f"Chromium {theirs_s / took_s:.1%}; server {rss_mb(us):.0f} MB, "
        f"page {await heap_mb(page):.1f} MB of heap\n"
    )


COUNT = """() => {
    window.told = 0; window.bytes = 0; window.frames = 0;
    const parse = JSON.parse;
    JSON.parse = (text) => { window.told++; window.bytes += text.length; return parse(text); };
    const frame = () => { window.frames++; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""


async def heap_mb(page: Page) -> float:
    return float(await page.evaluate("performance.memory.usedJSHeapSize")) / 1e6


def chromium() -> list[int]:
    """Its processes, which are children of children of ours."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(status.parent.name)] = int(fields[1])
    family = {os.getpid()}
    for _ in range(8):
        family |= {child for child, parent in parents.items() if parent in family}
    return [pid for pid in family if "chromium" in name(pid)]


def name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def cpu_s(pids: Iterable[int]) -> float:
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def rss_mb(pids: Iterable[int]) -> float:
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6 for pid in pids)


asyncio.run(main())
