"""The figures of one queue as plain numbers, for programs. Durations are seconds; None = nobody can say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from simulators.simulate.confidence import BATCHES
from simulators.simulate.one_queue import Plan
from simulators.simulate.tally import Foretold, Tally, Waits


def one_queue_figures(plan: Plan, tally: Tally) -> dict[str, Any]:
    """One JSON object. `wait_ci95_s` is the half width of the 95 % confidence interval of the mean."""
    return {
        "classes": {one.name: _of_class(tally.classes.get(one.name, Waits())) for one in plan.classes},
        "waiting_mean": tally.waiting.average(),
        "p_wait": tally.all.had_to_wait.mean,
        "p_wait_ci95": tally.all.had_to_wait.half_width(BATCHES, correlated=True),
        "utilisation": tally.busy.average() / plan.windows,
        "estimate_relative_squared_error": tally.foretold.relative(tally.foretold.told_sq),
        "estimate": estimate_figures(tally.foretold),
        "visits": tally.all.issued,
        "windows": plan.windows,
        "load": plan.load,
        "hours": plan.hours,
        "warmup_h": plan.warmup_h,
        "seed": plan.seed,
    }


def estimate_figures(foretold: Foretold) -> dict[str, Any]:
    """How true the told waits were, beside those of the queue's length alone and of playing ahead."""
    return {
        "count": foretold.count,
        "told_relative_squared_error": foretold.relative(foretold.told_sq),
        "plain_relative_squared_error": foretold.relative(foretold.plain_sq),
        "forward_relative_squared_error": foretold.relative(foretold.forward_sq),
        "told_rms_s": foretold.rms_s(foretold.told_sq),
        "plain_rms_s": foretold.rms_s(foretold.plain_sq),
        "in_range": share(foretold.in_range, foretold.count),
    }


def wait_figures(waits: Waits, batches: int, correlated: bool) -> dict[str, Any]:
    """Mean, confidence, median and 90th percentile of the waits of a group."""
    ordered = sorted(waits.all_s)
    return {
        "wait_mean_s": waits.batches.mean,
        "wait_ci95_s": waits.batches.half_width(batches, correlated),
        "wait_median_s": quantile(ordered, 0.5),
        "wait_p90_s": quantile(ordered, 0.9),
        "p_wait": waits.had_to_wait.mean,
        "p_wait_ci95": waits.had_to_wait.half_width(batches, correlated),
        "visits": waits.issued,
        "no_shows": waits.missed,
    }


def quantile(ordered: Sequence[float], at: float) -> float | None:
    """By nearest rank; None of nothing."""
    return ordered[max(math.ceil(at * len(ordered)) - 1, 0)] if ordered else None


def share(part: float, whole: float) -> float | None:
    """`part` of `whole`; None of nothing."""
    return part / whole if whole else None


def _of_class(waits: Waits) -> dict[str, Any]:
    return wait_figures(waits, BATCHES, correlated=True)
