"""`hall torture`: days of trouble in virtual time, each from its seed; is every promise kept?

hall torture --first-seed 1 --seeds 100
hall torture --replay 17
hall torture --state torture.json --minutes 60
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.torture.day import Outcome

SEEDS = 10


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Put `torture` among the commands."""
    parser = commands.add_parser(
        "torture",
        help="days of trouble in virtual time: is every promise kept?",
        description="Runs whole hall days in one process and in virtual time: the product's own nodes over a "
        "simulated network, broker, disks and devices, with people and troubles drawn from a seed. "
        "Exit code 1 when a promise was broken; the seed's short story says how.",
    )
    parser.add_argument("--first-seed", type=int, default=1, metavar="N", help="the first seed (1)")
    parser.add_argument("--seeds", type=int, metavar="N", help=f"how many seeds in all ({SEEDS})")
    parser.add_argument("--minutes", type=float, metavar="M", help="begin no more seeds after so long")
    parser.add_argument("--replay", type=int, metavar="SEED", help="one seed alone, with its story")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="go on where this file says, and keep the counts in it"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command: 0 every promise was kept, 1 one was broken, 2 an option is wrong."""
    from edge.failure import Failure
    from simulators.torture.count import Count, CountError, run_seeds

    if options.replay is not None:
        return _replay(options.replay, as_json=options.json)
    if options.state is not None and options.minutes is None and options.seeds is None:
        raise Failure("--state goes on for ever: give --minutes or --seeds too", 2)
    try:
        count = Count.read(options.state, options.first_seed)
    except CountError as error:
        raise Failure(str(error)) from error
    seeds = options.seeds if options.seeds is not None or options.minutes is not None else SEEDS
    say = (lambda _: None) if options.json else _say
    run_seeds(count, seeds, options.minutes, say, options.state)
    _print(json.dumps(count.figures(), ensure_ascii=False, indent=2) if options.json else count.text())
    return 1 if count.broken else 0


def _replay(seed: int, *, as_json: bool) -> int:
    from simulators.torture.count import as_dict
    from simulators.torture.day import run_day

    outcome = run_day(seed)
    if as_json:
        _print(json.dumps(as_dict(outcome), ensure_ascii=False, indent=2))
    else:
        _say(outcome)
    return 0 if outcome.is_kept else 1


def _say(outcome: Outcome) -> None:
    """A line for a seed that kept every promise, a short story for one that did not."""
    from simulators.torture.story import clock

    if outcome.is_kept:
        _print(
            f"seed {outcome.seed}: {outcome.visits} visits, {outcome.events} events, "
            f"{outcome.ratings} ratings, {outcome.faults} troubles; all promises kept ({outcome.cpu_s:.1f} s)"
        )
        return
    _print(f"seed {outcome.seed} at {clock(outcome.at_s)}: promise {outcome.promise} is broken")
    _print(f"  {outcome.text}")
    for sentence in outcome.story:
        _print(f"    {sentence}")
    _print(f"  again: hall torture --replay {outcome.seed}")


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
