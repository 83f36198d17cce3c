"""The words of `hall simulate` for one queue, made into a plan. Every error is a plain sentence.

    --class NAME=ARRIVALS[,rate=R][,no_show=P][,patience=DIST]

`cv=…` belongs to the lognormal distribution just before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from simulators.people.distributions import Distribution, DistributionError, parse, parse_number
from simulators.simulate.one_queue import ClassPlan, Plan

CLASS_FORM = "NAME=ARRIVALS[,rate=R][,no_show=P][,patience=DIST], as priority=exponential:4/h,rate=4"
MOST_WINDOWS = 1000
MOST_HOURS = 1_000_000
MOST_VISITS = 20_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_KEYS = ("rate", "no_show", "patience")
_LEAST_RATE, _MOST_RATE = 0.1, 100.0  # as in a site file


class OptionError(ValueError):
    """An option that cannot be used. The message says which, and the right form."""


def parse_class(text: str) -> ClassPlan:
    """One `--class`. Raises `OptionError`."""
    name, equals, rest = text.partition("=")
    if not equals or not _NAME.fullmatch(name):
        raise OptionError(f'--class "{text}": write {CLASS_FORM}')
    arrivals, options = _parts(rest)
    try:
        return ClassPlan(
            name,
            parse(arrivals),
            parse_number(options.get("rate", "1"), _LEAST_RATE, _MOST_RATE, "rate"),
            parse_number(options.get("no_show", "0"), 0.0, 1.0, "no_show"),
            parse(options["patience"]) if "patience" in options else None,
        )
    except DistributionError as error:
        raise OptionError(f"--class {name}: {error}") from error


def parse_service(text: str) -> Distribution:
    """`--service`. Raises `OptionError`."""
    try:
        return parse(text)
    except DistributionError as error:
        raise OptionError(f"--service: {error}") from error


def check(plan: Plan) -> Plan:
    """The plan, if it can be run. Raises `OptionError`."""
    _check_bounds(plan)
    names = [one.name for one in plan.classes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise OptionError(f'--class "{twice}" is given twice')
    visits = sum(plan.hours * 3600.0 / one.arrivals.mean_s for one in plan.classes)
    if visits > MOST_VISITS:
        raise OptionError(
            f"that is {visits:,.0f} visits; at most {MOST_VISITS:,} are simulated: lower --hours"
        )
    endless = any(one.patience is None for one in plan.classes)
    if plan.load >= 1.0 and endless:
        needed = int(plan.load * plan.windows) + 1
        raise OptionError(
            f"{_windows(plan.windows)} cannot do this work (load {plan.load:.2f}): the queue would grow "
            f"without end. Give at least {_windows(needed)}, or every class a patience"
        )
    return plan


def check_windows(windows: int) -> None:
    """`--windows`. Raises `OptionError`."""
    if not 1 <= windows <= MOST_WINDOWS:
        raise OptionError(f"--windows must be from 1 to {MOST_WINDOWS}, not {windows}")


def _check_bounds(plan: Plan) -> None:
    check_windows(plan.windows)
    if not 0.0 < plan.hours <= MOST_HOURS:
        raise OptionError(f"--hours must be more than 0 and at most {MOST_HOURS:,}, not {plan.hours:g}")
    if not 0.0 <= plan.warmup_h < plan.hours:
        raise OptionError(f"--warmup must be at least 0 and less than the {plan.hours:g} hours of --hours")
    if not plan.longest_wait_s >= 0.0:
        raise OptionError("--longest-wait must be at least 0 minutes (0 = no bound)")


def _parts(rest: str) -> tuple[str, dict[str, str]]:
    """The distribution of arrivals, and the options after it by key."""
    first, *more = rest.split(",")
    arrivals, options, last = first, dict[str, str](), ""
    for part in more:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise OptionError(f'--class: "{part}" is no option; write {CLASS_FORM}')
        if key == "cv" and last == "":
            arrivals = f"{arrivals},{part}"
        elif key == "cv":
            options[last] = f"{options[last]},{part}"
        elif key in _KEYS and key not in options:
            options[key], last = value, key
        else:
            known = (
                "is given twice" if key in options else f"is not known; there are {', '.join(_KEYS)} and cv"
            )
            raise OptionError(f'--class: "{key}" {known}')
    return arrivals, options


def _windows(count: int) -> str:
    return "1 window" if count == 1 else f"{count} windows"


def parse_classes(texts: Iterable[str]) -> tuple[ClassPlan, ...]:
    """All `--class` of a command line. Raises `OptionError`."""
    classes = tuple(parse_class(text) for text in texts)
    if not classes:
        raise OptionError(f"--class is missing; write --class {CLASS_FORM}")
    return classes
