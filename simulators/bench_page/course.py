"""The course of a press through the hall, hop by hop, as it can be seen from outside, with milliseconds.

A press begins where a key goes down, and is followed for FOLLOW_S: what happens at the same counter, and to
the request that its node sent, belongs to it. Steps, in the order in which they come:

    key      down, and the frame on its way        echo     the node has heard it (keypads)
    request  on the broker                         answer   of the coordinator, on the broker
    state    of the window, new on the broker      strip    shows another text
    beep     the keypad refuses                    digits   the keypad shows others
    paper    leaves the slot                       thanks   the pad thanks: the rating is kept
    record   on the broker                         receipt  the coordinator has it for good
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from edge.settings.model import Site
from simulators.demo.stage import Place, Stage
from simulators.device import Device
from simulators.evaluator.model import Lamp
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.pins.twin import ButtonTwin
from simulators.printer.twin import PrinterTwin
from simulators.strip.twin import StripTwin

FOLLOW_S: Final = 5.0
KEPT: Final = 4
"""Presses of each counter, and of each ticket machine."""
STEPS_MAX: Final = 16


@dataclass
class Course:
    """One press. `steps`: name, milliseconds since the key, and what was seen."""

    place: str
    device: str
    keys: str
    began_s: float
    steps: list[tuple[str, float, str]] = field(default_factory=list)
    request: str = ""

    def told(self) -> dict[str, Any]:
        """As it is now, for the page."""
        return {
            "place": self.place,
            "device": self.device,
            "keys": self.keys,
            "at": self.began_s,
            "steps": list(self.steps),
        }


class Courses:
    """The last presses at each place. `changed(place)`: there is more to tell of it."""

    def __init__(
        self, site: Site, stage: Stage, clock: Callable[[], float], changed: Callable[[str], None]
    ) -> None:
        self._clock = clock
        self._changed = changed
        self._node_of = {port.id: port.node for port in site.ports}
        self._place_of: dict[str, str] = {}  # device -> window, or the ticket keypad beside it
        self._of_place: dict[str, Course] = {}
        self._nodes: dict[str, str] = {one.id: self._node_of[one.port] for one in site.devices}
        self._seen: dict[str, Any] = {}
        self._devices = stage.bench.devices
        for place in stage.places.values():
            self._stand(place)
        for machine in stage.machines:
            self._place_of[machine.keypad.name] = self._place_of[machine.printer_name] = machine.keypad.name
        for one in site.devices:
            if one.kind == "button" and not one.window:
                self._place_of[one.id] = one.id
        self._kept: dict[str, deque[Course]] = {place: deque(maxlen=KEPT) for place in self.places}
        for device in self._devices.values():
            self._seen[device.name] = _seen(device)

    @property
    def places(self) -> set[str]:
        """Windows, ticket machines (their keypad's name), buttons that stand alone."""
        return set(self._place_of.values())

    def told(self, place: str) -> list[dict[str, Any]]:
        """The last presses there, newest first."""
        return [course.told() for course in reversed(self._kept[place])]

    def look(self, device: Device) -> None:
        """A device may look otherwise."""
        place = self._place_of.get(device.name)
        if place is None:
            return
        before, now = self._seen.get(device.name), _seen(device)
        if before == now:
            return
        self._seen[device.name] = now
        match device:
            case KeypadTwin():
                self._keypad(device, place, before, now)
            case EvaluatorTwin():
                self._pad(device, place, now)
            case ButtonTwin() if now:
                self._begin(place, device.name, "")
            case StripTwin():
                self._step(place, "strip", device.text)
            case PrinterTwin():
                self._step(place, "paper", next(iter(device.papers[-1].text), "") if device.papers else "")

    def heard(self, levels: list[str], body: dict[str, Any]) -> None:
        """A message passed on the broker."""
        match levels:
            case [node, "request"]:
                self._request(node, body)
            case [_, "answer", _]:
                self._answer(body)
            case [_, "state", "window", window]:
                self._step(window, "state", f"{body.get('phase', '')} {body.get('ticket', '')}".strip())
            case [node, "record"]:
                for record in body.get("records", [body]):
                    self._step(self._of_record(node, record), "record", record.get("type", ""))
            case [_, "receipt", node]:
                self._receipt(node)

    # --- devices -------------------------------------------------------------------------------------

    def _stand(self, place: Place) -> None:
        for twin in (place.keypad, place.evaluator, place.strip):
            if twin is not None:
                self._place_of[twin.name] = place.window
        for device in self._devices.values():
            if isinstance(device, ButtonTwin) and (device.pins, device.pin) == (
                place.button,
                place.button_pin,
            ):
                self._place_of[device.name] = place.window

    def _keypad(self, keypad: KeypadTwin, place: str, before: Any, now: Any) -> None:
        (was_busy, had_beeped, showed), (is_busy, beeps, shows) = before, now
        if is_busy and not was_busy:
            last = keypad.model.last
            self._begin(place, keypad.name, f"{last.digits} {last.key}".strip() if last else "")
        if was_busy and not is_busy:
            self._step(place, "echo", "")
        if beeps > had_beeped:
            self._step(place, "beep", "")
        if shows != showed:
            self._step(place, "digits", shows)

    def _pad(self, pad: EvaluatorTwin, place: str, lamp: Any) -> None:
        if lamp is Lamp.SENDING:
            self._begin(place, pad.name, str(pad.model.last))
        elif lamp is Lamp.THANKS:
            self._step(place, "thanks", "")

    # --- messages ------------------------------------------------------------------------------------

    def _request(self, node: str, body: dict[str, Any]) -> None:
        place = body.get("window") or self._machine_at(node)
        course = self._living(place)
        if course is not None and not course.request:
            course.request = body.get("id", "")
            self._step(place, "request", body.get("type", ""))

    def _answer(self, body: dict[str, Any]) -> None:
        for place, course in self._of_place.items():
            if course.request and course.request == body.get("id"):
                self._step(place, "answer", body.get("text") or body.get("code", ""))

    def _of_record(self, node: str, record: dict[str, Any]) -> str:
        return str(record.get("window") or self._machine_at(node))

    def _receipt(self, node: str) -> None:
        """What it covers is not known to a page: it ends the presses of that node whose record was seen."""
        for place, course in self._of_place.items():
            names = [name for name, _, _ in course.steps]
            if self._nodes.get(course.device) == node and "record" in names and "receipt" not in names:
                self._step(place, "receipt", "")

    def _machine_at(self, node: str) -> str:
        """The ticket machine of a node whose press is under way."""
        for place in self._of_place:
            if place in self._nodes and self._nodes[place] == node and self._living(place) is not None:
                return place
        return ""

    # --- courses -------------------------------------------------------------------------------------

    def _begin(self, place: str, device: str, keys: str) -> None:
        course = Course(place, device, keys, self._clock())
        course.steps.append(("key", 0.0, keys))
        self._of_place[place] = course
        self._kept[place].append(course)
        self._changed(place)

    def _step(self, place: str, name: str, words: str) -> None:
        course = self._living(place)
        if course is not None and len(course.steps) < STEPS_MAX:
            course.steps.append((name, round((self._clock() - course.began_s) * 1000, 1), words))
            self._changed(place)

    def _living(self, place: str) -> Course | None:
        course = self._of_place.get(place)
        return course if course is not None and self._clock() - course.began_s <= FOLLOW_S else None


def _seen(device: Device) -> Any:
    """What of a device makes a step when it changes."""
    match device:
        case KeypadTwin():
            return device.is_busy, device.model.beeps, device.shown
        case EvaluatorTwin():
            return device.model.lamp
        case StripTwin():
            return device.text
        case PrinterTwin():
            return device.model.forgotten + len(device.papers)
        case ButtonTwin():
            return not device.pins.panel.inputs.get(device.pin, True)
        case _:
            return None
