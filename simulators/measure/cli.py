"""`hall measure`: each figure beside its floor, for people and for programs.

hall measure
hall measure press_to_strip drain --json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from simulators.measure.figures import FIGURES, KEYPAD_LIMIT_MS, Bench
from simulators.measure.outcome import Outcome, as_data


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Put `measure` among the commands."""
    listed = "\n".join(f"  {name:16} {figure.text}" for name, figure in FIGURES.items())
    parser = commands.add_parser(
        "measure",
        help="each figure beside its floor, in one run",
        description="Measures this machine: each figure, and the least it could cost with bare parts.",
        epilog=f"figures:\n{listed}\n\nexit code: 0 all targets met, 1 a target is missed, 2 bad arguments",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to measure; none = all")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="a few repeats, which prove nothing")
    parser.add_argument("--dir", type=Path, metavar="DIR", help="where journals are laid, for another disk")
    parser.add_argument(
        "--mqtt-io",
        type=Path,
        metavar="PYTHON",
        help="a Python that has mqtt-io, for its row in node",
    )
    parser.add_argument("--hops", type=Path, metavar="FILE.png", help="draw where the time of a press goes")
    parser.add_argument(
        "--keypad-limit",
        type=float,
        default=KEYPAD_LIMIT_MS,
        metavar="MS",
        help=f"an echo later than this is of no use to a keypad ({KEYPAD_LIMIT_MS:g})",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command: 0 all targets met, 1 one is missed, 2 an option is wrong."""
    from simulators.measure.machine import machine

    names = _names(options.names)
    where = _folder(options.dir)
    say = _hush if options.json else _say
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="hall-measure-", dir=where) as folder:
        about = machine(Path(folder))
        _head(about, say, options.quick)
        for name in names:
            outcomes.append(_measure(name, _bench(Path(folder), options), say))
    missed = [f"{one.name}: {what}" for one in outcomes for what in one.missed]
    if options.json:
        _say(json.dumps(_data(about, outcomes, options.quick), ensure_ascii=False, indent=2))
    else:
        _say(f"\n{len(missed)} targets missed" + (f": {'; '.join(missed)}" if missed else ""))
    return 1 if missed else 0


def _bench(folder: Path, options: argparse.Namespace) -> Bench:
    return Bench(folder, options.quick, options.mqtt_io, options.hops, options.keypad_limit)


def _names(given: list[str]) -> list[str]:
    from edge.failure import Failure
    from edge.settings.problems import did_you_mean

    for name in given:
        if name not in FIGURES:
            hint = did_you_mean(name, list(FIGURES)) or f"there are {', '.join(FIGURES)}"
            raise Failure(f"no figure {name!r}; {hint}", 2)
    return list(dict.fromkeys(given)) or list(FIGURES)


def _folder(given: Path | None) -> Path | None:
    from edge.failure import Failure

    if given is not None and not given.is_dir():
        raise Failure(f"--dir {given}: no such folder", 2)
    return given


def _head(about: dict[str, Any], say: Any, quick: bool) -> None:
    from simulators.measure.table import heading

    say(f"{about['cores']} cores {about['machine']}, Python {about['python']}, journals on {about['disk']}")
    if quick:
        say("--quick: a few repeats, the numbers prove nothing")
    say(heading())


def _measure(name: str, bench: Bench, say: Any) -> Outcome:
    from edge.broker import BrokerFailed
    from edge.failure import Failure
    from simulators.measure.children import ChildFailed
    from simulators.measure.table import lines_of

    try:
        outcome = FIGURES[name].load()(bench)
    except (BrokerFailed, ChildFailed, TimeoutError) as error:
        raise Failure(f"{name}: {error}") from error
    for line in lines_of(outcome):
        say(line)
    return outcome


def _data(about: dict[str, Any], outcomes: list[Outcome], quick: bool) -> dict[str, Any]:
    return {"machine": about, "quick": quick, "figures": [as_data(outcome) for outcome in outcomes]}


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _hush(text: str) -> None:
    """Programs get one object and nothing else."""
