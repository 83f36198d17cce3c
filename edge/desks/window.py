"""A window: its keypad or button, strip, evaluator and lamp.

Strip, lamp and digits show the window's state while the living coordinator is heard. Without one the digits
go dark at once, which is how a clerk sees that no press will be acted on, and after a while the strip says of
when its state is, in place of a call that may be over. A question to the citizen stays open, and the clerk's
key for one opens it here: the rating is kept and delivered later, for the visit that the window announced
last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devices.base import DeviceHealth
from devices.base import Message as DeviceMessage
from devices.button.messages import LongPressed, Pressed
from devices.evaluator.messages import CloseRating, Graded, OpenRating, Thank
from devices.keypad.messages import Beep, KeyPressed, KeysUnknown, ShowNumbers, ShowResult
from devices.lamp.messages import LampState, SetLamp
from devices.strip.messages import Segment, Shown, ShowText
from edge.desks.base import Host
from edge.desks.directory import Directory
from edge.desks.fresh import Freshness
from edge.desks.presses import Press, request_of
from edge.desks.texts import stale_text, strip_text
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic


class WindowDesk:
    """One window's devices. `devices` maps a device's name to its kind."""

    def __init__(
        self, host: Host, window: str, devices: Mapping[str, str], directory: Callable[[], Directory]
    ) -> None:
        self._host = host
        self.window = window
        self._devices = devices
        self._directory = directory
        self._state: m.WindowState | None = None
        self._question = ""
        self._lit = ""  # the call that the lamp was lit for
        self._visit = ""  # that is at the window, or was served there last
        self.rated = ""  # the question that was answered here last, also before a restart
        self._fresh = Freshness(host, lambda: directory().site.screens.stale_s, self._show)
        self.wants: tuple[tuple[str, ...], ...] = (("state/window", window),)

    # --- the hall speaks -------------------------------------------------------------------------

    def hear(self, topic: Topic, message: m.Message) -> None:
        """The window's state: shown on everything that can show it."""
        if isinstance(message, m.WindowState):
            self._visit = message.visit or self._last(self._state)
            self._state = message
            self._fresh.hear(message)
            self._show()
            self._show_question(message.rating)

    def _last(self, before: m.WindowState | None) -> str:
        """The visit that has just left the window, if it was served: nobody who did not come may rate."""
        if before is None or not before.visit:
            return self._visit
        return before.visit if before.phase == "serving" else ""

    def link(self, epoch: int) -> None:
        """Without a coordinator the clerk sees it at once: no press will be acted on."""
        was_current = self._fresh.current
        self._fresh.link(epoch)
        if was_current and not self._fresh.current:
            self._refuse()
        self._show()

    def health(self, device: str, health: DeviceHealth) -> None:
        """A device that is there, or there again, is told all anew."""
        if health.state == "ready":
            self._show()
            if self._devices[device] == "evaluator":
                self._host.tell(device, Thank(self.rated))
                self._host.tell(device, self._asks())

    def _show(self) -> None:
        if self._fresh.current and self._state is not None:
            self._show_strip(self._state)
            self._show_numbers(self._state)
            self._show_lamp(self._state)
            return
        self._tell("keypad", ShowNumbers())
        if self._fresh.stale:
            self._tell("strip", ShowText(segments=self._stale_text()))
            self._tell("lamp", SetLamp("off"))

    def _stale_text(self) -> tuple[Segment, ...]:
        directory = self._directory()
        since = directory.local_time(self._fresh.since_ms, "%H:%M")
        return stale_text(None if self._fresh.over else self._state, since, directory.language)

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
        lamp = next((name for name, kind in self._devices.items() if kind == "lamp"), "")
        call = f"{state.visit}#{state.calls}" if state.phase == "calling" else ""
        if call and call != self._lit and lamp and "strip" not in self._devices.values():
            self._keep_shown(lamp, call, acknowledged=False)  # a strip says it itself
        self._lit = call

    def _show_question(self, asked: m.RatingAsk | None) -> None:
        question = f"{asked.visit}/{asked.item}" if asked is not None else ""
        if question != self._question:
            self._question = question
            self._tell("evaluator", self._asks())

    def _asks(self) -> DeviceMessage:
        """What the pad is to ask; not what has its answer here, though the hall may not know it yet."""
        is_open = self._question not in ("", self.rated)
        return OpenRating(self._question) if is_open else CloseRating()

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
                self._keep_shown(device, token, acknowledged=acknowledged)

    def _press_button(self, press: Press) -> None:
        """A counter with a button has no keys to log in with: its first press opens it."""
        if self._state is not None and self._state.phase == "closed":
            self._press(Press("login", self._state.label))
        self._press(press)

    def _press(self, press: Press) -> None:
        make = request_of(self.window, press, self._directory())
        if make is None:
            self._refuse()
        else:
            self._host.ask(make, lambda answer: self._answered(press, answer))

    def _ask_here(self) -> None:
        """Nobody answers: the pad asks all the same, for the visit that the window announced last, once."""
        question = f"{self._visit}/"
        if not self._visit or question == self.rated or "evaluator" not in self._devices.values():
            self._refuse()
            return
        self._question = question
        self._tell("evaluator", OpenRating(question))
        self._tell("keypad", ShowResult(ok=True))

    def _answered(self, press: Press, answer: m.Answer | None) -> None:
        if answer is None and press.action == "ask_rating":
            self._ask_here()
        elif answer is None or answer.code != "ok":
            self._refuse()

    def _refuse(self) -> None:
        self._tell("keypad", ShowResult(ok=False))
        self._tell("keypad", Beep())

    def _keep_rating(self, device: str, question: str, level: int) -> None:
        if question == self.rated:  # its thanks did not arrive
            self._host.tell(device, Thank(question))
            return
        visit, _, item = question.partition("/")
        record = m.Rated("", "", self._host.now_ms(), visit, self.window, level, item)

        def kept(error: Exception | None) -> None:
            if error is None:
                self.rated = question
                self._host.tell(device, Thank(question))

        self._host.keep(record, kept)

    def _keep_shown(self, device: str, call: str, *, acknowledged: bool) -> None:
        visit, _, calls = call.partition("#")
        record = m.Shown("", "", self._host.now_ms(), visit, self.window, device, int(calls), acknowledged)
        self._host.keep(record, lambda error: None)
