"""A window: its keypad or button, strip, evaluator and lamp."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devices.base import Message as DeviceMessage
from devices.button.messages import LongPressed, Pressed
from devices.evaluator.messages import CloseRating, Graded, OpenRating, Thank
from devices.keypad.messages import Beep, KeyPressed, KeysUnknown, ShowNumbers, ShowResult
from devices.lamp.messages import LampState, SetLamp
from devices.strip.messages import Shown, ShowText
from edge.desks.base import Host
from edge.desks.directory import Directory
from edge.desks.presses import Press, request_of
from edge.desks.texts import strip_text
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic


class WindowDesk:
    """One window's devices. `devices` maps a device's name to its kind."""

    def __init__(
        self, host: Host, window: str, devices: Mapping[str, str], directory: Callable[[], Directory]
    ) -> None:
        self._host = host
        self._window = window
        self._devices = devices
        self._directory = directory
        self._state: m.WindowState | None = None
        self._question = ""
        self._live = False
        self.wants: tuple[tuple[str, ...], ...] = (("state/window", window),)

    # --- the hall speaks -------------------------------------------------------------------------

    def hear(self, topic: Topic, message: m.Message) -> None:
        """The window's state: shown on everything that can show it."""
        if isinstance(message, m.WindowState):
            self._state = message
            self._show_strip(message)
            self._show_numbers(message)
            self._show_lamp(message)
            self._show_question(message.rating)

    def _tell(self, kind: str, message: DeviceMessage) -> None:
        for name, its_kind in self._devices.items():
            if its_kind == kind:
                self._host.tell(name, message)

    def _show_strip(self, state: m.WindowState) -> None:
        token = f"{state.visit}#{state.calls}" if state.phase == "calling" else ""
        segments = strip_text(state, self._directory().language)
        self._tell("strip", ShowText(segments=segments, token=token))

    def _show_numbers(self, state: m.WindowState) -> None:
        self._tell("keypad", ShowNumbers(waiting=state.waiting, ticket=state.ticket))

    def _show_lamp(self, state: m.WindowState) -> None:
        lit: dict[str, LampState] = {"calling": "blink", "serving": "on"}
        self._tell("lamp", SetLamp(lit.get(state.phase, "off")))

    def _show_question(self, asked: m.RatingAsk | None) -> None:
        question = f"{asked.visit}/{asked.item}" if asked is not None else ""
        if question != self._question:
            self._question = question
            self._tell("evaluator", OpenRating(question) if question else CloseRating())

    def link(self, live: bool) -> None:
        """Without a coordinator the clerk sees it at once: no press will be acted on."""
        if self._live and not live:
            self._refuse()
        self._live = live

    # --- the devices speak -----------------------------------------------------------------------

    def said(self, device: str, message: DeviceMessage) -> None:
        """A press, a grade, or a panel's acknowledgement."""
        match message:
            case KeyPressed(action=action, digits=digits, option=option):
                self._press(Press(action, digits, option))
            case Pressed(action=action) | LongPressed(action=action):
                self._press_button(Press(action))
            case KeysUnknown():
                self._refuse()
            case Graded(token=token, level=level):
                self._keep_rating(device, token, level)
            case Shown(token=token, acknowledged=acknowledged) if token:
                self._keep_shown(device, token, acknowledged)

    def _press_button(self, press: Press) -> None:
        """A counter with a button has no keys to log in with: its first press opens it."""
        if self._state is not None and self._state.phase == "closed":
            self._press(Press("login", self._state.label))
        self._press(press)

    def _press(self, press: Press) -> None:
        make = request_of(self._window, press, self._directory())
        if make is None:
            self._refuse()
        else:
            self._host.ask(make, self._answered)

    def _answered(self, answer: m.Answer | None) -> None:
        if answer is None or answer.code != "ok":
            self._refuse()

    def _refuse(self) -> None:
        self._tell("keypad", ShowResult(ok=False))
        self._tell("keypad", Beep())

    def _keep_rating(self, device: str, question: str, level: int) -> None:
        visit, _, item = question.partition("/")
        record = m.Rated("", "", self._host.now_ms(), visit, self._window, level, item)

        def kept(error: Exception | None) -> None:
            if error is None:
                self._host.tell(device, Thank(question))

        self._host.keep(record, kept)

    def _keep_shown(self, device: str, call: str, acknowledged: bool) -> None:
        visit, _, calls = call.partition("#")
        record = m.Shown("", "", self._host.now_ms(), visit, self._window, device, int(calls), acknowledged)
        self._host.keep(record, lambda error: None)
