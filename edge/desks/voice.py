"""The announcer of a zone: speaks each call and recall of its windows once."""

from __future__ import annotations

from devices.announcer.messages import Announce, SetQuiet
from devices.base import DeviceHealth
from devices.base import Message as DeviceMessage
from edge.desks.base import Host
from mqtt_bridge.messages import HallState, Message, WindowState
from mqtt_bridge.topics import Topic

FRESH_MS = 60_000
"""A call this young, found when the hall is heard again, is still spoken: its citizen may not have heard."""


class VoiceDesk:
    """One announcer. Speaks when (visit, calls) of a window changes in a state of the living coordinator.

    What comes while that is heard is spoken at once. The first state of a window after a start or a silence
    tells what happened meanwhile: that is spoken only when it is young by this node's clock.
    """

    def __init__(self, host: Host, device: str, windows: tuple[str, ...]) -> None:
        self._host = host
        self._device = device
        self._windows = frozenset(windows)
        self._spoken: dict[str, tuple[str, int]] = {}
        self._followed: set[str] = set()  # windows heard since the coordinator is
        self._states: dict[str, WindowState] = {}
        self._epoch = 0
        self._hall: HallState | None = None
        self.wants: tuple[tuple[str, ...], ...] = (("state/window", "+"), ("state/hall",))

    def hear(self, topic: Topic, message: Message) -> None:
        """A window called somebody, or the hall opened or closed."""
        match message:
            case HallState():
                self._hall = message
                self._host.tell(self._device, SetQuiet(not message.open))
            case WindowState() if not self._windows or message.window in self._windows:
                self._states[message.window] = message
                self._window(message)

    def _window(self, state: WindowState) -> None:
        if state.epoch != self._epoch:
            return
        call = (state.visit, state.calls)
        news = self._spoken.get(state.window) != call
        self._spoken[state.window] = call
        young = abs(self._host.now_ms() - state.called_ms) < FRESH_MS
        followed = state.window in self._followed
        self._followed.add(state.window)
        if news and state.phase == "calling" and (followed or young):
            token = f"{state.visit}@{state.window}#{state.calls}"
            self._host.tell(self._device, Announce(token, state.ticket, state.label))

    def health(self, device: str, health: DeviceHealth) -> None:
        """What was not said while it was away is over; but it must know whether the hall is closed."""
        if health.state == "ready" and self._hall is not None:
            self._host.tell(self._device, SetQuiet(not self._hall.open))

    def said(self, device: str, message: DeviceMessage) -> None:
        """What became of an announcement is the announcer's own affair."""

    def link(self, epoch: int) -> None:
        """What happens while the coordinator is not heard is over when it is heard again."""
        self._epoch = epoch
        self._followed.clear()
        for state in self._states.values():
            self._window(state)
