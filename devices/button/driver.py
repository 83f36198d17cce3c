"""A button: levels of its pin in, messages out. Its port is devices/pins_port.py."""

from __future__ import annotations

from collections.abc import Iterable

from devices.base import DeviceHealth, Message
from devices.button.debounce import Debounce, Gesture
from devices.button.messages import Action, LongPressed, Pressed
from devices.button.settings import ButtonSettings


class Button:
    """Every method returns what the button has to say."""

    def __init__(self, settings: ButtonSettings) -> None:
        self.settings = settings
        self._debounce = Debounce(
            debounce_s=settings.debounce_ms / 1000,
            long_press_s=settings.long_press_ms / 1000 if settings.long_action else 0.0,
            stuck_s=settings.stuck_s,
        )

    def start(self, high: bool, now_s: float) -> list[Message]:
        """The pin is claimed and at this level."""
        self._debounce.start(self._is_down(high), now_s)
        return [DeviceHealth("ready")]

    def level(self, high: bool, at_s: float) -> list[Message]:
        """The pin changed."""
        return self._messages(self._debounce.edge(self._is_down(high), at_s))

    def step(self, now_s: float) -> list[Message]:
        """Time has passed."""
        return self._messages(self._debounce.step(now_s))

    def due_s(self) -> float | None:
        """When `step` has work to do."""
        return self._debounce.due_s()

    def _is_down(self, high: bool) -> bool:
        return high != self.settings.active_low

    def _messages(self, gestures: Iterable[Gesture]) -> list[Message]:
        return [message for gesture in gestures if (message := self._message(gesture))]

    def _message(self, gesture: Gesture) -> Message | None:
        settings = self.settings
        match gesture:
            case Gesture.PRESS:
                return Pressed(settings.action, self._service(settings.action))
            case Gesture.LONG_PRESS if settings.long_action:
                return LongPressed(settings.long_action, self._service(settings.long_action))
            case Gesture.STUCK:
                detail = (
                    f"pin {settings.pin} is held for over {settings.stuck_s:g} s: free the button or its wire"
                )
                return DeviceHealth("degraded", "stuck", detail)
            case Gesture.FREED:
                return DeviceHealth("ready")
        return None

    def _service(self, action: Action) -> str:
        return self.settings.service if action == "take" else ""
