"""The figures of a site's days as plain numbers. Durations are seconds; None = nobody can say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from edge.settings.model import Window
from simulators.people.crew import Kind, kinds_of
from simulators.simulate.figures import estimate_figures, share, wait_figures
from simulators.simulate.site_days import SitePlan, SiteRun
from simulators.simulate.tally import Waits


def site_figures(plan: SitePlan, run: SiteRun) -> dict[str, Any]:
    """One JSON object. Classes and queues are in the order of the site file; `kinds` are windows alike."""
    tally, days = run.tally, len(plan.days_s)
    latest = [tally.last_end_s[day] - plan.days_s[day] for day in tally.last_end_s]
    return {
        "site": plan.site.site.id,
        "days": days,
        "windows": len(plan.windows),
        "seed": plan.seed,
        "share_served": plan.share,
        "visits": tally.all.issued,
        "called": tally.all.batches.count,
        "turned_away": run.turned_away,
        "no_shows": tally.all.missed,
        "gave_up": run.gave_up,
        "wait": _waits(tally.all, days),
        "classes": _groups(tally.classes, plan.catalogue.classes, days),
        "queues": _groups(tally.queues, plan.catalogue.queues, days),
        "waiting_peak": tally.waiting.peak,
        "windows_busy_peak": tally.busy.peak,
        "utilisation": share(tally.busy.total, tally.open.total),
        "kinds": _kinds(plan, run),
        "last_visit_ends_s": max(latest, default=None),
        "estimate": estimate_figures(tally.foretold),
        "ratings": {str(level): tally.ratings[level] for level in (5, 4, 3, 2, 1)},
    }


def _waits(waits: Waits, days: int) -> dict[str, Any]:
    return wait_figures(waits, days, correlated=False)


def _groups(groups: Mapping[str, Waits], order: Mapping[str, object], days: int) -> dict[str, Any]:
    return {name: _waits(groups[name], days) for name in order if name in groups}


def _kinds(plan: SitePlan, run: SiteRun) -> list[dict[str, Any]]:
    """Windows that call the same queues: how many, and the share of their open time in use."""
    return [_kind(kind, windows, run) for kind, windows in kinds_of(plan.windows).items()]


def _kind(kind: Kind, windows: list[Window], run: SiteRun) -> dict[str, Any]:
    queues, comprehensive = kind
    used, opened = run.tally.window_busy, run.tally.window_open
    use_s = math.fsum(used[window.id].total for window in windows if window.id in used)
    open_s = math.fsum(opened[window.id].total for window in windows if window.id in opened)
    return {
        "queues": list(queues),
        "comprehensive": comprehensive,
        "windows": len(windows),
        "utilisation": share(use_s, open_s),
    }
