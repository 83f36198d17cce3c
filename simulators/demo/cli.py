"""`hall demo`."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import os
import sys
import time
from pathlib import Path
from typing import Any

from edge.broker import BrokerFailed
from edge.failure import Failure
from edge.run_node import read_site
from edge.voice import VoiceError, make_clips
from simulators.demo.plan import SPEEDS, DemoPlan, choose_windows, load_scale, opening_s, services_of
from simulators.demo.processes import ChildDied
from simulators.demo.run import run

SITE = Path("examples/chaotian.toml")
LASTS_S = 60.0


def add(commands: argparse._SubParsersAction[Any]) -> None:
    """The command's options."""
    parser = commands.add_parser("demo", help="a whole hall on this machine: broker, nodes, twins and people")
    parser.add_argument("--site", type=Path, default=SITE, metavar="FILE", help=f"default {SITE}")
    parser.add_argument("--windows", type=int, default=8, metavar="N", help="staffed windows (8)")
    parser.add_argument("--speed", type=float, default=60.0, help="hall time to life (60)")
    parser.add_argument("--minutes", type=float, default=0.0, help="hall time to play (60 s of life)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed brings the same people (1)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default demo-output/<time>")
    parser.add_argument("--embedded", action="store_true", help="the embedded broker, even beside Mosquitto")
    parser.add_argument("--plain", action="store_true", help="no live view, only the report")
    parser.set_defaults(run=demo)


def demo(options: argparse.Namespace) -> int:
    """Play, report; exit code 1 when anything was lost."""
    plan = _plan(options)
    live_view = sys.stdout.isatty() and not options.plain
    try:
        give_voice(plan.out / "data")
        plan = dataclasses.replace(plan, origin_s=time.time())
        lost = asyncio.run(run(plan, live_view=live_view, say=say))
    except (BrokerFailed, ChildDied, RuntimeError) as error:
        raise Failure(str(error)) from error
    return 1 if lost else 0


def give_voice(data: Path) -> None:
    """The default clips, made once and kept; where espeak-ng is missing, announcers chime."""
    data.mkdir(parents=True, exist_ok=True)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hall-edge" / "voice"
    try:
        make_clips(cache)
    except (VoiceError, OSError) as error:
        say(f"no voice, a chime instead: {error}")
    else:
        (data / "voice").symlink_to(cache, target_is_directory=True)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _plan(options: argparse.Namespace) -> DemoPlan:
    site = read_site(options.site)
    bounded("--windows", options.windows, 1, len(site.windows))
    bounded("--speed", options.speed, *SPEEDS)
    bounded("--minutes", options.minutes, 0, 24 * 60)
    windows = choose_windows(site, options.windows)
    services = services_of(site, windows)
    start_s = opening_s(site)
    return DemoPlan(
        site=site,
        site_file=options.site.resolve(),
        windows=windows,
        services=services,
        speed=options.speed,
        seed=options.seed,
        start_s=start_s,
        origin_s=0.0,
        lasts_s=options.minutes * 60 or LASTS_S * options.speed,
        scale=load_scale(site, windows, services, start_s),
        out=folder_for(options.out),
        broker="embedded" if options.embedded else "auto",
    )


def bounded(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise Failure(f"{name} is {least:g} to {most:g}, and not {value:g}", 2)


def folder_for(given: Path | None) -> Path:
    folder = given or Path("demo-output") / time.strftime("%Y%m%d-%H%M%S")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        used = any(folder.iterdir())
    except OSError as error:
        raise Failure(f"{folder} cannot be made: {error.strerror}; give another with --out") from error
    if used:
        raise Failure(f"{folder} holds files already; give an empty or a new folder with --out", 2)
    return folder.resolve()
