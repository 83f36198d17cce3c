"""`python -m simulators.soak --state FILE`: three hall-days at ten times the speed of life, and its nodes.

A demonstration's hall that never closes runs for twenty-four of its hours: as long as three days are open,
with one midnight. After its warm-up each node must hold the same descriptors and, within 2 MB, the memory.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from edge.settings.load import load_site
from simulators.demo.plan import DemoPlan, choose_windows, load_scale, services_of
from simulators.demo.run import run
from simulators.progress import Part, Progress

SITE = Path("examples/chaotian.toml")
HOURS, SPEED, WINDOWS = 24.0, 10.0, 8
SAMPLES = 200
MOST_GROWTH_MB = 2.0
MOST_LOG_MB = 4.0
"""A journal's log is taken into its file long before this."""
MOST_KEPT_KB = 20.0
"""In all journals together, for each number that was issued."""


class Sample(NamedTuple):
    """One node at one moment."""

    memory_mb: float
    descriptors: int


class Held(NamedTuple):
    """A node after its warm-up and at the end: in the second fifth of the time and in the last.

    Descriptors are the median; memory is the lower quartile: a picture that is being drawn comes and goes.
    """

    node: str
    first: Sample
    last: Sample

    @property
    def growth_mb(self) -> float:
        """Memory it gained."""
        return self.last.memory_mb - self.first.memory_mb

    @property
    def broken(self) -> list[str]:
        """What grew that must not."""
        more = self.last.descriptors - self.first.descriptors
        return [
            *([f"{self.node} holds {more:+} descriptors"] if more else []),
            *([f"{self.node} grew by {self.growth_mb:.2f} MB"] if self.growth_mb > MOST_GROWTH_MB else []),
        ]


class Watcher:
    """Looks at the nodes that this process started, now and then."""

    def __init__(self, every_s: float, data: Path) -> None:
        self.samples: dict[str, list[Sample]] = {}
        self.longest_log_mb = 0.0
        self._every_s = every_s
        self._data = data

    async def watch(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(self._every_s)
            for node, process in _nodes():
                if (sample := _look(process)) is not None:
                    self.samples.setdefault(node, []).append(sample)
            logs = [log.stat().st_size for log in self._data.glob("*-wal")]
            self.longest_log_mb = max([self.longest_log_mb, *(size / 1e6 for size in logs)])

    def held(self) -> list[Held]:
        """Each node that was seen often enough."""
        found = [(node, seen, len(seen) // 5) for node, seen in sorted(self.samples.items())]
        return [Held(node, _usual(seen[n : 2 * n]), _usual(seen[-n:])) for node, seen, n in found if n]


def _usual(samples: list[Sample]) -> Sample:
    memory = sorted(one.memory_mb for one in samples)
    return Sample(memory[len(memory) // 4], sorted(one.descriptors for one in samples)[len(samples) // 2])


def _nodes() -> Iterator[tuple[str, Path]]:
    """Nodes among our children: name and place in /proc."""
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in children.read_text().split():
            process = Path("/proc") / pid
            try:
                words = (process / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if "--node" in words:
                yield words[words.index("--node") + 1], process


def _look(process: Path) -> Sample | None:
    try:
        status = (process / "status").read_text()
        descriptors = sum(1 for _ in (process / "fd").iterdir())
    except OSError:
        return None  # it has just ended
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return Sample(int(found[1]) * 1024 / 1e6, descriptors) if found else None


# --- the hall ------------------------------------------------------------------------------------------


def always_open(text: str) -> str:
    """A site file without hours, and without a profile of the day: people come at any hour."""
    text = re.sub(r"^\[hours\]\n(?:(?!\[).*\n)*", "", text, flags=re.M)
    return re.sub(r"^\[\[people\.arrivals\]\]\n(?:(?!\[).*\n)*", "", text, flags=re.M)


def plan_of(folder: Path, hours: float, speed: float, windows: int, seed: int) -> DemoPlan:
    """The hall and its day, in `folder`."""
    file = folder / "site.toml"
    file.write_text(always_open(SITE.read_text(encoding="utf-8")), encoding="utf-8")
    site = load_site(file)
    chosen = choose_windows(site, windows)
    services = services_of(site, chosen)
    now_s = time.time()
    return DemoPlan(
        site=site,
        site_file=file,
        windows=chosen,
        services=services,
        speed=speed,
        seed=seed,
        start_s=now_s,
        origin_s=now_s,
        lasts_s=hours * 3600,
        scale=load_scale(site, chosen, services, now_s),
        out=folder,
    )


async def soak(plan: DemoPlan) -> tuple[int, list[str], Watcher]:
    """Run it; how much was lost, the report's lines, and what was seen of the nodes."""
    watcher = Watcher(plan.lasts_s / plan.speed / SAMPLES, plan.out / "data")
    watching = asyncio.ensure_future(watcher.watch())
    lines: list[str] = []
    try:
        lost = await run(dataclasses.replace(plan, origin_s=time.time()), live_view=False, say=lines.append)
    finally:
        watching.cancel()
    return lost, lines, watcher


def part_of(folder: Path, hours: float, speed: float, windows: int, seed: int) -> Part:
    """One soak in `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    lost, lines, watcher = asyncio.run(soak(plan_of(folder, hours, speed, windows, seed)))
    numbers = max((int(one[1]) for one in re.finditer(r"(\d+) numbers", "\n".join(lines))), default=0)
    held, kept_kb = watcher.held(), _kept_kb(folder / "data")
    broken = [text for one in held for text in one.broken] if held else ["no node was seen"]
    broken += [f"{lost} lost: see report.txt"] if lost else []
    broken += [] if watcher.longest_log_mb <= MOST_LOG_MB else [f"a log of {watcher.longest_log_mb:.1f} MB"]
    broken += [] if kept_kb <= MOST_KEPT_KB * max(numbers, 50) else [f"journals of {kept_kb:.0f} kB"]
    counts = {
        "hours of the hall": round(hours),
        "numbers": numbers,
        "nodes": len(held),
        "most growth in kB": round(max((one.growth_mb for one in held), default=0.0) * 1000),
        "descriptors more": max((one.last.descriptors - one.first.descriptors for one in held), default=0),
        "journals in kB": round(kept_kb),
        "longest log in kB": round(watcher.longest_log_mb * 1000),
    }
    return Part(1, counts, broken)


def _kept_kb(data: Path) -> float:
    return sum(file.stat().st_size for file in data.glob("*.db")) / 1000


def main() -> int:
    """Exit code 1 when something grew or was lost."""
    parser = argparse.ArgumentParser(prog="python -m simulators.soak", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="what came of it")
    parser.add_argument("--hours", type=float, default=HOURS, help="of the hall (24)")
    parser.add_argument("--speed", type=float, default=SPEED, help="hall time to life (10)")
    parser.add_argument("--windows", type=int, default=WINDOWS, help="staffed (8)")
    options = parser.parse_args()

    def part(seed: int) -> Part:
        folder = options.state.resolve().with_suffix("")
        return part_of(folder, options.hours, options.speed, options.windows, seed)

    return Progress(options.state, 1, "soaks").run(part)


if __name__ == "__main__":
    sys.exit(main())
