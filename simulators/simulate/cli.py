"""`hall simulate`: a hall in virtual time, for its manager and for programs.

hall simulate --site examples/chaotian.toml --windows 55 --days 5 --plot monday.png
hall simulate --windows 3 --class ordinary=exponential:28/h --service exponential:24/h --json
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge.settings.model import Site
    from simulators.simulate.site_days import SitePlan, SiteRun

WARMUP_SHARE = 0.05  # of the hours, where nothing else is said
_SITE_ONLY = ("days", "plot")
_QUEUE_ONLY = ("classes", "service", "hours", "warmup", "order", "longest_wait")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Put `simulate` among the commands."""
    parser = commands.add_parser(
        "simulate",
        help="a hall in virtual time: how many windows on a Monday?",
        description="Runs the rules of the hall with simulated people, without wires. With --site the hall "
        "of a site file and the people of its [people]; else one queue before windows that never close.",
    )
    parser.add_argument("--site", type=Path, metavar="FILE", help="a site file")
    parser.add_argument(
        "--windows", type=int, metavar="N", help="windows open; default: all of the site file"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same people (1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    _add_site_options(parser.add_argument_group("with a site file"))
    _add_queue_options(parser.add_argument_group("one queue, without a site file"))
    parser.set_defaults(run=run)


def _add_site_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--days", type=int, metavar="N", help="days the hall is open, from a Monday on (5)")
    group.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the day")


def _add_queue_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--class",
        dest="classes",
        action="append",
        metavar="NAME=ARRIVALS[,rate=R][,no_show=P][,patience=DIST]",
        help="a class of citizens, as priority=exponential:4/h,rate=4; once for each class",
    )
    group.add_argument(
        "--service", metavar="DIST", help="constant:300s, exponential:24/h, lognormal:8min,cv=0.6"
    )
    group.add_argument("--hours", type=float, metavar="H", help="hours to simulate (1000)")
    group.add_argument("--warmup", type=float, metavar="H", help="hours of them not counted (5 %%)")
    group.add_argument("--order", choices=("accumulating", "alternating"), help="who is next (accumulating)")
    group.add_argument("--longest-wait", type=float, metavar="MIN", help="who waited longer goes first")


def run(options: argparse.Namespace) -> int:
    """Run the command: 0 done, 2 an option is wrong, 1 a file is."""
    from edge.failure import Failure
    from simulators.simulate.options import OptionError

    try:
        _refuse_mixed(options)
        text = _site(options) if options.site else _queue(options)
    except OptionError as error:
        raise Failure(str(error), 2) from error
    sys.stdout.write(text + "\n")
    return 0


def _refuse_mixed(options: argparse.Namespace) -> None:
    """An option of the other form would be ignored, and nobody would notice."""
    from simulators.simulate.options import OptionError

    foreign, why = (_QUEUE_ONLY, "is not for --site") if options.site else (_SITE_ONLY, "needs --site FILE")
    for name in foreign:
        if getattr(options, name) is not None:
            written = "class" if name == "classes" else name.replace("_", "-")
            raise OptionError(f"--{written} {why}")


def _queue(options: argparse.Namespace) -> str:
    from simulators.simulate.figures import one_queue_figures
    from simulators.simulate.one_queue import Plan, simulate
    from simulators.simulate.options import OptionError, check, parse_classes, parse_service
    from simulators.simulate.table import one_queue_table

    if options.windows is None or options.service is None:
        missing = "--windows N" if options.windows is None else "--service DIST, as exponential:24/h"
        raise OptionError(f"give --site FILE, or {missing}")
    hours = 1000.0 if options.hours is None else options.hours
    plan = Plan(
        windows=options.windows,
        classes=parse_classes(options.classes or ()),
        service=parse_service(options.service),
        hours=hours,
        warmup_h=hours * WARMUP_SHARE if options.warmup is None else options.warmup,
        seed=options.seed,
        rule=options.order or "accumulating",
        longest_wait_s=(options.longest_wait or 0.0) * 60.0,
    )
    figures = one_queue_figures(plan, simulate(check(plan)))
    return as_json(figures) if options.json else one_queue_table(figures)


def _site(options: argparse.Namespace) -> str:
    from simulators.simulate.options import OptionError, check_windows
    from simulators.simulate.site_days import plan_site, simulate_site
    from simulators.simulate.site_figures import site_figures
    from simulators.simulate.table import site_table

    site = _load(options.site)
    days = 5 if options.days is None else options.days
    if options.windows is not None:
        check_windows(options.windows)
    try:
        plan = plan_site(site, options.windows, days, options.seed)
    except ValueError as error:
        raise OptionError(str(error)) from error
    outcome = simulate_site(plan)
    if options.plot is not None:
        _draw(options.plot, plan, outcome)
    figures = site_figures(plan, outcome)
    return as_json(figures) if options.json else site_table(plan, figures)


def _load(path: Path) -> Site:
    from edge.failure import Failure
    from edge.settings.load import load_site
    from edge.settings.problems import SettingsError

    try:
        return load_site(path)
    except SettingsError as error:
        raise Failure(str(error)) from error


def _draw(path: Path, plan: SitePlan, outcome: SiteRun) -> None:
    from edge.failure import Failure
    from simulators.simulate.plot import draw_days

    try:
        draw_days(plan, outcome.tally).save(path)
    except (OSError, ValueError) as error:
        raise Failure(f"the plot {path} cannot be written: {error}") from error


def as_json(figures: dict[str, Any]) -> str:
    """One object; a number that is none would be no JSON, and raises ValueError."""
    return json.dumps(figures, ensure_ascii=False, allow_nan=False, indent=2)
