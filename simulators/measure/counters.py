"""The counters of a hall in virtual time: what clerks and citizens press goes through keypad and evaluator.

    a clerk's command ── keys ── frame ── Keypad (wire, machine) ── desk ── request ── rules
    rules ── window's state ── desk ── Strip, Keypad, Evaluator (machine, wire) ── frame ── acknowledgement

The drivers, desks and messages are the product's own; only links and journal are left out. What no key stands
for here (a clerk logs in by name, a held visit of several is taken back) goes to the rules at once.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from devices.base import DeviceHealth
from devices.base import Message as DeviceMessage
from devices.evaluator.driver import Evaluator
from devices.keypad.driver import Keypad
from devices.line_device import LineDevice
from devices.strip.driver import Strip
from edge.asker import Answered, Make
from edge.desks.directory import Directory
from edge.desks.window import WindowDesk
from edge.hall import commands as c
from edge.hall.hall import Event, Hall, Refused
from edge.requests import command_of, command_of_record
from edge.settings.model import Device, Site
from edge.states import StateWriter
from mqtt_bridge import messages as m
from mqtt_bridge.payloads import encode
from mqtt_bridge.topics import Topic
from simulators.demo.keys import keys_for
from simulators.evaluator import interface_ff68 as pad_bytes
from simulators.keypad import interface_ff68 as key_bytes
from simulators.keypad.model import Press
from simulators.simulate.ground import Ground
from simulators.strip import interface_a090 as strip_bytes

ACTIONS: dict[type, str] = {
    c.CallNext: "call_next",
    c.Recall: "recall",
    c.Begin: "begin",
    c.NoShow: "no_show",
    c.Hold: "hold",
    c.AskRating: "ask_rating",
    c.Finish: "finish",
    c.Logout: "logout",
}
_DRIVERS: dict[str, Callable[..., LineDevice]] = {"keypad": Keypad, "evaluator": Evaluator, "strip": Strip}
_SITE, _NODE = "day", "core"


class Counters:
    """All counters of a site. Takes the place of `ground.ask`, and hears every event."""

    def __init__(self, site: Site, ground: Ground) -> None:
        self.counts: Counter[str] = Counter()
        self._ground = ground
        self._rules = ground.ask
        self._writer = StateWriter(1, lambda visit, number: "")
        self._directory = Directory(site)
        self._ids = itertools.count(1)
        self._found: list[Event] | Refused | None = None
        self._drivers: dict[str, LineDevice] = {}
        self._desks: dict[str, WindowDesk] = {}
        self._places: dict[str, dict[str, Device]] = {}
        self._of: dict[str, WindowDesk] = {}
        windows = {window.id for window in site.windows}
        for device in site.devices:
            if device.kind in _DRIVERS and device.window in windows:
                self._build(device)
        for window, there in self._places.items():
            self._furnish(window, there)
        ground.listeners.append(self._listen)
        ground.ask = self.act  # type: ignore[method-assign]  # the people of the floor act by this call alone

    def _build(self, device: Device) -> None:
        self._places.setdefault(device.window, {})[device.kind] = device
        self._drivers[device.id] = _DRIVERS[device.kind](device.id, device.settings, self._said)

    def _furnish(self, window: str, there: dict[str, Device]) -> None:
        kinds = {device.id: kind for kind, device in there.items()}
        desk = self._desks[window] = WindowDesk(self, window, kinds, lambda: self._directory)
        self._of.update(dict.fromkeys(kinds, desk))
        for device in there.values():
            driver = self._drivers[device.id]
            driver.opened(_Wire(self, driver, device.settings), self.now_s)
        desk.link(1)

    @property
    def now_s(self) -> float:
        """Virtual time."""
        return self._ground.agenda.now_s

    # --- people act ----------------------------------------------------------------------------------

    def act(self, command: c.Command) -> list[Event]:
        """By a key where one stands for it, else by the rules at once. Raises Refused."""
        if not self._press(command):
            self.counts["without a key"] += 1
            return self._rules(command)
        if isinstance(self._found, Refused):
            raise self._found
        return self._found or []

    def _press(self, command: Any) -> bool:
        """Whether a press came through to the rules."""
        place = self._places.get(getattr(command, "window", ""), {})
        self._found = None
        if isinstance(command, c.Rate) and "evaluator" in place:
            self._grade(place["evaluator"], command.level)
        elif (action := ACTIONS.get(type(command))) and "keypad" in place:
            self._key(place["keypad"], action)
        return self._found is not None

    def _key(self, device: Device, action: str) -> None:
        settings: Any = device.settings
        digits, _, key = keys_for(settings, action).rpartition(" ")
        frame = key_bytes.frame_of(settings.address, Press(digits, key))
        self.counts["keys"] += 1
        self._drivers[device.id].heard(frame, self.now_s)

    def _grade(self, device: Device, level: int) -> None:
        settings: Any = device.settings
        if level in settings.grades:
            self.counts["grades"] += 1
            frame = pad_bytes.frame_of(settings.address, settings.grades.index(level))
            self._drivers[device.id].heard(frame, self.now_s)

    def _said(self, device: str, message: DeviceMessage) -> None:
        if not isinstance(message, DeviceHealth):
            self._of[device].said(device, message)

    # --- the hall shows ------------------------------------------------------------------------------

    def _listen(self, hall: Hall, event: Event) -> None:
        desk = self._desks.get(window := getattr(event, "window", ""))
        if desk is not None:
            self.counts["states"] += 1
            desk.hear(Topic(_SITE, _NODE, "state/window", (window,)), self._writer.window(hall, window))

    # --- what a desk may do --------------------------------------------------------------------------

    def tell(self, device: str, message: DeviceMessage) -> bool:
        """Give a command to a driver."""
        self._drivers[device].handle(message, self.now_s)
        return True

    def ask(self, make: Make, answered: Answered) -> None:
        """A request is decided at once."""
        request = make(f"day-{next(self._ids)}", self.now_ms())
        command = command_of(request)
        code = "ok"
        try:
            self._found = self._rules(command) if command is not None else []
        except Refused as refusal:
            self._found, code = refusal, refusal.code
        answered(m.Answer(request.id, code))

    def keep(self, record: m.Record, done: Callable[[Exception | None], None]) -> None:
        """A record is kept, here without a journal, and applied."""
        encode(record)
        command = command_of_record(msgspec.structs.replace(record, id=f"00000000-{next(self._ids)}"))
        done(None)
        if command is not None:
            self._found = self._rules(command)

    def now_ms(self) -> int:
        """Hall time."""
        return int(self.now_s * 1000)

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        """In virtual time."""
        self._ground.agenda.after(delay_s, action)

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        """The same: this hall runs as life does."""
        self._ground.agenda.after(delay_s, action)


class _Wire:
    """A driver's outbox: every text is acknowledged as soon as it has left."""

    def __init__(self, counters: Counters, driver: LineDevice, settings: Any) -> None:
        self._counters = counters
        self._driver = driver
        self._settings = settings

    def answer(self, frame: bytes) -> None:
        self._counters.counts["frames"] += 1

    def post(self, slot: str, frame: bytes, reply_s: float) -> None:
        self._counters.counts["frames"] += 1
        self._driver.sent(slot, self._counters.now_s)
        if reply_s:
            self._driver.heard(strip_bytes.acknowledgement(self._settings.address), self._counters.now_s)
