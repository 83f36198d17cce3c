"""The figures as a table for people."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.measure.outcome import Check, Outcome, Row, Spread

_HEAD = f"{'':34} {'ours':>9} {'p99':>9} {'floor':>9} {'p99':>9} {'ratio':>6} {'p99':>6}  target"


def lines_of(outcome: Outcome) -> Iterator[str]:
    """One figure: a heading, a line a row, then what is told apart."""
    yield outcome.name
    for row in outcome.rows:
        yield from _row(row)
    for told in outcome.told:
        yield f"    {told.what}: {_number(told.value)} {told.unit}".rstrip()
    for note in outcome.notes:
        yield f"    ({note})"


def heading() -> str:
    """Above all figures."""
    return _HEAD


def _row(row: Row) -> Iterator[str]:
    name = f"  {row.what}, {row.unit}"
    text = f"{name:34} {_spread(row.ours)} {_spread(row.floor)} {_ratio(row.ratio)} {_ratio(row.ratio_p99)}"
    first, *rest = [_check(check) for check in row.checks] or [""]
    yield f"{text}  {first}".rstrip()
    for check in rest:
        yield f"{'':89}{check}"


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return f"{'–':>9} {'–':>9}"
    return f"{_number(spread.median):>9} {_number(spread.p99):>9}"


def _ratio(ratio: float | None) -> str:
    return f"{'–' if ratio is None else f'{ratio:.2f}':>6}"


def _check(check: Check) -> str:
    sign = "≤" if check.sense == "at most" else "≥"
    verdict = "met" if check.met else f"MISSED: {_number(check.value)}"
    return f"{check.what} {sign} {_number(check.limit)} {check.unit} {verdict}".replace("  ", " ")


def _number(value: float) -> str:
    """Three digits that count, and no more than the measure is worth."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{places}f}"
