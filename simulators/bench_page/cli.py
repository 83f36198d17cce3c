"""`hall bench`."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import time
from pathlib import Path
from typing import Any

from edge.broker import BrokerFailed
from edge.failure import Failure
from edge.run_node import read_site
from edge.web import LOOPBACK, PortTaken
from simulators.bench_page.run import run
from simulators.demo.cli import SITE, bounded, folder_for, give_voice, say
from simulators.demo.plan import SPEEDS, DemoPlan, opening_s, services_of

PORT = 8055


def add(commands: argparse._SubParsersAction[Any]) -> None:
    """The command's options."""
    text = "a whole hall in the browser: press its keys, see its strips, pull its plugs"
    parser = commands.add_parser("bench", help=text, description=text)
    parser.add_argument("--site", type=Path, default=SITE, metavar="FILE", help=f"default {SITE}")
    parser.add_argument("--host", default=LOOPBACK, help=f"who may open the page works the hall ({LOOPBACK})")
    parser.add_argument("--port", type=int, default=PORT, help=f"of the page; 0 takes a free one ({PORT})")
    parser.add_argument("--speed", type=float, default=1.0, help="hall time to life, to begin with (1)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="journals and logs; default demo-output/<time>"
    )
    parser.add_argument("--embedded", action="store_true", help="the embedded broker, even beside Mosquitto")
    parser.set_defaults(run=bench)


def bench(options: argparse.Namespace) -> int:
    """Stand until told to stop."""
    bounded("--port", options.port, 0, 65_535)
    bounded("--speed", options.speed, *SPEEDS)
    plan = bench_plan(options.site, options.out, options.speed, embedded=options.embedded)
    try:
        give_voice(plan.out / "data")
        asyncio.run(run(dataclasses.replace(plan, origin_s=time.time()), options.host, options.port, say))
    except (BrokerFailed, PortTaken) as error:
        raise Failure(str(error)) from error
    return 0


def bench_plan(site_file: Path, out: Path | None, speed: float = 1.0, *, embedded: bool = False) -> DemoPlan:
    """All windows of a site, from its opening on, for as long as somebody looks. Raises Failure."""
    site = read_site(site_file)
    windows = tuple(window.id for window in site.windows)
    return DemoPlan(
        site=site,
        site_file=site_file.resolve(),
        windows=windows,
        services=services_of(site, windows),
        speed=speed,
        seed=1,
        start_s=opening_s(site),
        origin_s=time.time(),
        lasts_s=0.0,
        scale=1.0,
        out=folder_for(out),
        broker="embedded" if embedded else "auto",
    )
