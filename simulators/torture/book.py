"""The hall's own books: what the coordinator has made durable (`reader.py`), event by event, in a small model
of the hall that was written apart from the product's own rules.

The model knows what no hall may do, whatever its rules: issue a number twice, have a ticket at two windows or
two tickets at one, rate twice, call in the wrong order. A second witness of the rules, as twins are of wires.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.torture.world import World


@dataclass
class Visit:
    """What the books say of one ticket."""

    id: str
    number: str
    queue: str
    priority: str
    issued_s: float
    accepted: bool
    state: str = "waiting"
    window: str = ""
    sent: str = ""  # to a window or a queue by a clerk: out of the order of its queue
    calls: list[tuple[float, str]] = field(default_factory=list)  # when, window
    served_at: set[str] = field(default_factory=set)
    ratings: dict[str, int] = field(default_factory=dict)
    printed: str = ""
    is_told: bool = True  # the present store knows of it


@dataclass
class Call:
    """One call, or call again: the `index`-th of its window."""

    at_s: float
    number: str
    visit: str
    window: str
    index: int


class Book:
    """Takes what the coordinator's store says. `on_event(kind, body)` hears of each event after that."""

    def __init__(self, world: World, windows: set[str], accepted: set[str]) -> None:
        self.visits: dict[str, Visit] = {}
        self.windows: dict[str, str] = {}  # window -> visit there
        self.calls: dict[str, list[Call]] = {}  # by window
        self._windows = windows
        self._leased: set[tuple[str, str]] = set()  # prefix and source, by the present store
        self.closed = set(windows)
        self.paused: set[str] = set()
        self.days = 0
        self.events = 0
        self.on_event: list[Callable[[str, dict[str, Any]], None]] = []
        self._world = world
        self._accepted = accepted
        self.leases: dict[str, list[tuple[int, int, str]]] = {}  # prefix -> first, last, to whom

    # --- what the store says -----------------------------------------------------------------------------

    def lost(self) -> None:
        """The store is gone: what was is true all the same, but the hall must be told of it again."""
        for visit in self.visits.values():
            visit.ratings, visit.is_told = {}, False
            if visit.state in ("waiting", "calling", "serving", "held"):
                visit.state, visit.window, visit.sent = "lost", "", ""
        self._leased.clear()
        self.windows, self.paused = {}, set()
        self.closed = set(self._windows)

    def take(self, kind: str, event: dict[str, Any]) -> None:
        """An event is durable."""
        self.events += 1
        self._take(kind, event)
        for hear in self.on_event:
            hear(kind, event)

    def _breaks(self, promise: str, visit: Visit | None, text: str, *more: str) -> None:
        about = (*((visit.number,) if visit else ()), *more)
        self._world.breaks(promise, about, text)

    def _take(self, kind: str, event: dict[str, Any]) -> None:
        take = getattr(self, f"_on_{kind.lower()}", None)
        visit = self.visits.get(event.get("visit", ""))
        number = visit.number if visit else event.get("number", "")
        about = (number, label_of(event.get("window", "")))
        self._world.tell(
            about, "in the books: %s %s %s", kind, event.get("visit", ""), event.get("window", "")
        )
        if take is not None:
            take(event)

    # --- the model ---------------------------------------------------------------------------------------

    def _on_daystarted(self, event: dict[str, Any]) -> None:
        self.days += 1
        if not event["keep_all"]:
            for visit in self.visits.values():
                if visit.state in ("waiting", "held"):
                    visit.state = "over"

    def state_of(self, window: str) -> tuple[str, str]:
        """What a window is doing, and with which number: "closed", "paused", "idle", "calling", "serving"."""
        visit = self.visits.get(self.windows.get(window, ""))
        if window in self.closed:
            return "closed", ""
        if visit is not None:
            return visit.state, visit.number
        return ("paused" if window in self.paused else "idle"), ""

    def _on_numberissued(self, event: dict[str, Any]) -> None:
        self._issue(event, event["at_s"], {event["service"], *event["items"]})

    def _on_issuedalone(self, event: dict[str, Any]) -> None:
        visit = self.visits.get(event["visit"])
        if visit is not None and not visit.is_told:
            self._is_told(visit, "waiting")
            return
        self._issue(event, event["issued_s"], {event["service"]})

    def _on_ticketrebuilt(self, event: dict[str, Any]) -> None:
        visit = self._known(event)
        if visit.state == "withdrawn":
            self._breaks("1", visit, f"{visit.id} was withdrawn, and is there again")
        if not visit.is_told:
            self._is_told(visit, "done" if event["served_at"] else "waiting")

    def _is_told(self, visit: Visit, state: str) -> None:
        """A new store knows it, out of the order of its queue until it is called."""
        visit.is_told, visit.state, visit.sent = True, state, "lost before"

    def _on_callrebuilt(self, event: dict[str, Any]) -> None:
        visit, window = self._known(event), event["window"]
        if not any(call.visit == visit.id for call in self.calls.get(window, ())):
            self._breaks("2", visit, f"{visit.id} was never called to {window}, and the books say so")
        visit.served_at.add(window)
        before = self.visits.get(self.windows.get(window, ""))
        if event["last"] and before is not None and before is not visit:
            before.state, self.windows[window] = "done", ""
        if visit.state == "waiting":
            visit.state = "done"
        if not event["over"]:
            self.windows.pop(visit.window, None) if visit.state == "calling" else None
            visit.state, visit.window = "calling", window
            self.windows[window] = visit.id

    def _issue(self, event: dict[str, Any], issued_s: float, services: set[str]) -> None:
        if event["visit"] in self.visits:
            self._breaks("1", self.visits[event["visit"]], f"{event['visit']} was issued twice by the hall")
        self.visits[event["visit"]] = Visit(
            event["visit"],
            event["number"],
            event["queue"],
            event["priority"],
            issued_s,
            services <= self._accepted,
        )

    def _on_withdrawn(self, event: dict[str, Any]) -> None:
        visit = self.visits.get(event["visit"])
        if visit is not None:
            visit.state = "withdrawn"

    def _on_numbersleased(self, event: dict[str, Any]) -> None:
        leases = self.leases.setdefault(event["prefix"], [])
        first, last, source = event["first"], event["last"], event["source"]
        lease = (event["prefix"], source)
        if lease not in self._leased:  # the answer may be lost with the store that gave it
            leases[:] = [one for one in leases if one[2] != source]
        if any(first <= end and start <= last for start, end, _ in leases):
            text = f"{event['prefix']}{first} to {last} are leased twice"
            self._world.breaks("1", (source,), text)
        leases.append((first, last, source))
        self._leased.add(lease)

    def _on_clockset(self, event: dict[str, Any]) -> None:
        for visit in self.visits.values():
            if visit.issued_s > event["since_s"]:
                visit.issued_s += event["by_s"]

    def _on_called(self, event: dict[str, Any]) -> None:
        visit, window = self._known(event), event["window"]
        if visit.window and visit.state in ("calling", "serving"):
            self._breaks("2", visit, f"{visit.id} is called to {window} and still at {visit.window}")
        if self.windows.get(window):
            self._breaks("2", visit, f"{window} calls {visit.id} and still has {self.windows[window]}")
        if event["how"] == "next":
            self._check_order(visit, window)
        visit.state, visit.window, visit.sent = "calling", window, ""
        self.windows[window] = visit.id
        self._call(visit, window)

    def _call(self, visit: Visit, window: str) -> None:
        visit.calls.append((self._world.now_s, window))
        calls = self.calls.setdefault(window, [])
        calls.append(Call(self._world.now_s, visit.number, visit.id, window, len(calls)))

    def _check_order(self, visit: Visit, window: str) -> None:
        """Of those who wait in its queue with the same claim, nobody was before it."""
        if visit.sent:
            return
        for other in self.visits.values():
            if (
                other.state == "waiting"
                and not other.sent
                and (other.queue, other.priority, other.accepted)
                == (visit.queue, visit.priority, visit.accepted)
                and other.issued_s < visit.issued_s
            ):
                self._breaks("order", visit, f"{visit.number} is called before {other.number}", other.number)

    def _on_recalled(self, event: dict[str, Any]) -> None:
        visit = self._here(event)
        if visit.state != "calling":
            self._breaks("2", visit, f"{visit.id} is called again while it is {visit.state}")
        self._call(visit, event["window"])

    def _on_begun(self, event: dict[str, Any]) -> None:
        visit = self._here(event)
        visit.state = "serving"
        visit.served_at.add(event["window"])

    def _on_missed(self, event: dict[str, Any]) -> None:
        self._leaves(event, "missed")

    def _on_held(self, event: dict[str, Any]) -> None:
        self._leaves(event, "held")

    def _on_finished(self, event: dict[str, Any]) -> None:
        self._leaves(event, "done")

    def _on_transferred(self, event: dict[str, Any]) -> None:
        visit = self._leaves(event, "waiting")
        visit.sent = event["to_window"] or event["to_queue"]
        visit.queue = event["to_queue"] or visit.queue

    def _on_loggedin(self, event: dict[str, Any]) -> None:
        self.closed.discard(event["window"])
        self.paused.discard(event["window"])

    def _on_windowpaused(self, event: dict[str, Any]) -> None:
        self.paused.add(event["window"])

    def _on_windowresumed(self, event: dict[str, Any]) -> None:
        self.paused.discard(event["window"])

    def _on_loggedout(self, event: dict[str, Any]) -> None:
        self.closed.add(event["window"])
        for visit in self.visits.values():
            if visit.sent == event["window"]:
                visit.sent = "somewhere"

    def _on_resumed(self, event: dict[str, Any]) -> None:
        visit, window = self._known(event), event["window"]
        if self.windows.get(window) or visit.state != "held":
            self._breaks("2", visit, f"{visit.id}, {visit.state}, goes on at {window}")
        visit.state, visit.window = "serving", window
        self.windows[window] = visit.id

    def _on_ratinggiven(self, event: dict[str, Any]) -> None:
        visit = self._known(event)
        if event["item"] in visit.ratings:
            self._breaks("3", visit, f"{visit.id} is rated twice in the books")
        was_called = any(call.visit == visit.id for call in self.calls.get(event["window"], ()))
        is_rebuilt = bool(event.get("given_s")) and was_called
        if event["window"] not in visit.served_at and visit.window != event["window"] and not is_rebuilt:
            self._breaks("3", visit, f"{visit.id} is rated at {event['window']}, where it never was")
        visit.ratings[event["item"]] = event["level"]

    def _on_printmarked(self, event: dict[str, Any]) -> None:
        self._known(event).printed = event["outcome"]

    def _known(self, event: dict[str, Any]) -> Visit:
        visit = self.visits.get(event["visit"])
        if visit is None:
            self._breaks("2", None, f"the books speak of {event['visit']}, which was never issued")
            visit = Visit(event["visit"], event["visit"].partition("-")[2], "", "", 0.0, False)
        return visit

    def _here(self, event: dict[str, Any]) -> Visit:
        visit = self._known(event)
        if self.windows.get(event["window"]) != visit.id:
            self._breaks(
                "2", visit, f"{visit.id} is not at {event['window']}, and something happens to it there"
            )
        return visit

    def _leaves(self, event: dict[str, Any], state: str) -> Visit:
        visit = self._here(event)
        if state != "missed":
            visit.served_at.add(event["window"])
        visit.state = state
        self.windows[event["window"]] = ""
        return visit


def label_of(window: str) -> str:
    """The label of a window of the torture hall: its id is the label behind a "w"."""
    return window.removeprefix("w")
