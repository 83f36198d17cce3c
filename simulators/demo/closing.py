"""The end of a demonstration: the report, and a folder with what came out of the machines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.hall.report import day_report, spread
from edge.report import lines, read_hall
from simulators.demo.audit import Audit
from simulators.demo.plan import DemoPlan
from simulators.demo.stage import Stage
from simulators.demo.world import Seen


def save_papers(stage: Stage, folder: Path) -> int:
    """Every ticket as a picture: tickets/<printer>-<number in order>.png."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, printer in stage.printers.items():
        for order, paper in enumerate(printer.papers, start=1):
            paper.image.save(folder / f"{name}-{order:03}.png")
            count += 1
    return count


def save_boards(stage: Stage, folder: Path) -> list[Path]:
    """The last picture of each hall board, as `<board>.png`."""
    saved = []
    for name, board in stage.boards.items():
        if board.shown is not None:
            saved.append(folder / f"{name}.png")
            saved[-1].write_bytes(board.shown)
    return saved


def report(plan: DemoPlan, speed: float, journal: Path, seen: Seen, audit: Audit) -> Iterator[str]:
    """The report, a line at a time; its last line counts what was lost. `speed`: of time, at the end."""
    hall = read_hall(journal)
    classes = {one.id: one.name for one in hall.catalogue.classes.values()}
    queues = {one.id: one.name for one in hall.catalogue.queues.values()}
    length = f"{plan.lasts_s / 60:g} min at ×{plan.speed:g}"
    length += f", ×{speed:g} at the end" if speed != plan.speed else ""
    yield f"{plan.site.site.name}: {len(plan.windows)} windows, {length}, seed {plan.seed}"
    yield from lines(day_report(hall, hall.now_s), classes, queues)
    yield _presses(seen)
    yield (
        f"walked away {seen.walked_away}   no-shows {seen.no_shows}   asked first {seen.quoted}"
        f"   refused presses {seen.refused}"
    )
    yield f"seen from outside: {audit.numbers} numbers, {audit.calls} calls, {audit.ratings} ratings"
    yield from (f"  {one}" for one in audit.lost)
    yield f"lost {len(audit.lost)}"


def _presses(seen: Seen) -> str:
    times = spread(seen.press_to_strip_s)
    if not times.count:
        return "press to strip: no call"
    wire = "wire time at 9600 baud included"
    return (
        f"press to strip: median {times.median_s * 1000:.0f} ms, p90 {times.p90_s * 1000:.0f} ms,"
        f" {times.count} x ({wire})"
    )
