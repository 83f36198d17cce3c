"""Which windows are open when only some are staffed, with the hall's own mix of them. Pure.

    windows = crew(site, 8)                # settings of 8 windows, in the order of the hall
    services = services_served(site, windows)

Rules: windows that call the same queues are of one kind. Each kind is opened in proportion to its share, and
at least once as long as the number allows, those whose people are most first. A number above that of the
site file adds windows of each kind, with labels that go on where the hall's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from edge.settings.model import Site, Window
from simulators.people.citizen import Crowd, service_weights

Kind = tuple[tuple[str, ...], bool]


def kinds_of(windows: Iterable[Window]) -> dict[Kind, list[Window]]:
    """Windows by what they call: (queues in order of their ids, comprehensive)."""
    kinds: dict[Kind, list[Window]] = {}
    for window in windows:
        kinds.setdefault((tuple(sorted(window.queues)), window.comprehensive), []).append(window)
    return kinds


def crew(site: Site, count: int) -> tuple[Window, ...]:
    """`count` windows of the hall, or more than it has. Raises `ValueError` below 1."""
    if count < 1:
        raise ValueError("a hall needs at least one window")
    kinds = kinds_of(site.windows)
    seats = _seats(site, kinds, count)
    opened = [window for kind, many in seats.items() for window in kinds[kind][:many]]
    added = [window for kind, many in seats.items() for window in _copies(kinds[kind], many)]
    order = {window.id: index for index, window in enumerate(site.windows)}
    known = sorted(opened, key=lambda window: order[window.id])
    first = len(site.windows) + 1
    return (*known, *(_renamed(window, first + index) for index, window in enumerate(added)))


def services_served(site: Site, windows: Iterable[Window]) -> tuple[str, ...]:
    """Ids of the services that at least one of `windows` may take."""
    open_windows = list(windows)
    queues = {queue for window in open_windows for queue in window.queues}
    comprehensive = any(window.comprehensive for window in open_windows)
    return tuple(one.id for one in site.services if one.queue in queues or (comprehensive and one.accepted))


def share_served(site: Site, windows: Iterable[Window]) -> float:
    """The share of all people who come for something that `windows` take, 0 to 1."""
    return Crowd(site, services_served(site, windows)).share


def _seats(site: Site, kinds: dict[Kind, list[Window]], count: int) -> dict[Kind, int]:
    """How many windows of each kind, by the highest average, each kind wanted having one first."""
    pull = {kind: _pull(site, kind) for kind in kinds}
    seats = dict.fromkeys(kinds, 0)
    for kind in sorted(kinds, key=lambda kind: -pull[kind])[:count]:
        seats[kind] = 1
    for _ in range(count - sum(seats.values())):
        neediest = max(kinds, key=lambda kind: len(kinds[kind]) / (seats[kind] + 0.5))
        seats[neediest] += 1
    return seats


def _pull(site: Site, kind: Kind) -> float:
    """How many people a kind of window could serve, as a share."""
    queues, comprehensive = kind
    weights = service_weights(site)
    return sum(
        weights.get(one.id, 0.0)
        for one in site.services
        if one.queue in queues or (comprehensive and one.accepted)
    )


def _copies(kind: Sequence[Window], many: int) -> list[Window]:
    """Windows beyond those the hall has of a kind."""
    return [kind[index % len(kind)] for index in range(len(kind), many)]


def _renamed(window: Window, number: int) -> Window:
    return replace(window, id=f"extra-{number}", label=f"{number}")
