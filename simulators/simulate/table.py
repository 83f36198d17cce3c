"""The figures as a manager reads them: minutes, per cent, names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulators.simulate.columns import Row, columns
from simulators.simulate.site_days import SitePlan

Figures = Mapping[str, Any]
NOTHING = "–"
_HEAD = ("等候（分钟） waits (min)", "visits", "mean", "±95%", "median", "p90", "no-shows")
_LEVELS = ("非常满意", "满意", "基本满意", "不满意", "非常不满意")


def one_queue_table(figures: Figures) -> str:
    """The figures of one queue."""
    rows = [_HEAD, *(_wait_row(name, waits) for name, waits in figures["classes"].items())]
    return "\n".join((*columns(rows), "", *_one_queue_lines(figures), _estimate_line(figures["estimate"])))


def _one_queue_lines(figures: Figures) -> Iterator[str]:
    counted = figures["hours"] - figures["warmup_h"]
    yield f"{counted:g} hours counted, {figures['windows']} windows, load {_pct(figures['load'])}"
    yield f"on average {figures['waiting_mean']:.2f} waiting; {_pct(figures['p_wait'])} had to wait"
    yield f"windows in use {_pct(figures['utilisation'])} of the time"


def site_table(plan: SitePlan, figures: Figures) -> str:
    """The figures of a site's days."""
    return "\n".join(
        (*_head(plan, figures), "", *columns(_wait_rows(plan, figures)), "", *_foot(plan, figures))
    )


def _head(plan: SitePlan, figures: Figures) -> Iterator[str]:
    site, days = plan.site.site, figures["days"]
    yield f"{site.name} {site.name_en}".rstrip()
    comprehensive = sum(window.comprehensive for window in plan.windows)
    yield (
        f"{figures['windows']} windows open (the hall has {plan.windows_of_hall}), "
        f"{comprehensive} comprehensive; days from a Monday on: {days}; seed {plan.seed}"
    )
    yield f"{figures['visits']} numbers, {figures['visits'] / days:.0f} a day"
    if figures["share_served"] < 0.9995:
        away = _pct(1.0 - figures["share_served"])
        yield f"not counted: {away} of all people want a service that none of these windows takes"


def _wait_rows(plan: SitePlan, figures: Figures) -> Iterator[Row]:
    yield _HEAD
    yield _wait_row("全部 all", figures["wait"])
    for title, group, names in (
        ("类别 class", "classes", plan.catalogue.classes),
        ("队列 queue", "queues", plan.catalogue.queues),
    ):
        yield (title,)
        for key, waits in figures[group].items():
            yield _wait_row(f"  {names[key].name} {names[key].name_en}".rstrip(), waits)


def _foot(plan: SitePlan, figures: Figures) -> Iterator[str]:
    rows: list[Row] = [("窗口 windows", "open", "in use")]
    rows.append(("全部 all", f"{figures['windows']}", _pct(figures["utilisation"])))
    for kind in figures["kinds"]:
        rows.append((f"  {_kind_name(plan, kind)}", f"{kind['windows']}", _pct(kind["utilisation"])))
    yield from columns(rows)
    yield ""
    waiting, busy = figures["waiting_peak"], figures["windows_busy_peak"]
    yield f"most at once: {waiting:.0f} waiting, {busy:.0f} windows in use"
    yield from _left_over(figures)
    yield _estimate_line(figures["estimate"])
    pairs = zip(_LEVELS, figures["ratings"].values(), strict=True)
    yield "评价 ratings: " + ", ".join(f"{name} {count}" for name, count in pairs)


def _left_over(figures: Figures) -> Iterator[str]:
    if figures["last_visit_ends_s"] is not None:
        yield f"the latest visit ended at {_time(figures['last_visit_ends_s'])}"
    never = figures["visits"] - figures["called"]
    if never:
        yield f"{never} numbers were never called: the day was over"
    yield f"{figures['no_shows']} did not come when called, {figures['gave_up']} of them tired of waiting"
    if figures["turned_away"]:
        yield f"{sum(figures['turned_away'].values())} came and got no number"


def _estimate_line(estimate: Figures) -> str:
    if not estimate["count"]:
        return "nobody had to wait: no estimate to judge"
    return (
        f"told waits were off by {_min(estimate['told_rms_s'])} min (root mean square; by the queue's length "
        f"alone {_min(estimate['plain_rms_s'])}); {_pct(estimate['in_range'])} were within the range told"
    )


def _wait_row(name: str, waits: Figures) -> Row:
    keys = ("wait_mean_s", "wait_ci95_s", "wait_median_s", "wait_p90_s")
    return (name, f"{waits['visits']}", *(_min(waits[key]) for key in keys), f"{waits['no_shows']}")


def _kind_name(plan: SitePlan, kind: Figures) -> str:
    names = [plan.catalogue.queues[queue].name for queue in kind["queues"]]
    return "、".join((*names, "综窗 comprehensive") if kind["comprehensive"] else names)


def _min(seconds: float | None) -> str:
    return NOTHING if seconds is None else f"{seconds / 60:.1f}"


def _pct(part: float | None) -> str:
    return NOTHING if part is None else f"{part * 100:.0f} %"


def _time(of_day_s: float) -> str:
    return f"{int(of_day_s // 3600):02d}:{int(of_day_s % 3600 // 60):02d}"
