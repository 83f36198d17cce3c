"""The announcer of a zone: speaks each call and recall of its windows once."""

from __future__ import annotations

from devices.announcer.messages import Announce, SetQuiet
from devices.base import Message as DeviceMessage
from edge.desks.base import Host
from mqtt_bridge.messages import HallState, Message, WindowState
from mqtt_bridge.topics import Topic

FRESH_MS = 60_000
"""A call this young, found in a retained state at start, is still spoken: its citizen may not have heard."""


class VoiceDesk:
    """One announcer. Speaks when (visit, calls) of a window changes."""

    def __init__(self, host: Host, device: str, windows: tuple[str, ...]) -> None:
        self._host = host
        self._device = device
        self._windows = frozenset(windows)
        self._spoken: dict[str, tuple[str, int]] = {}
        self.wants: tuple[tuple[str, ...], ...] = (("state/window", "+"), ("state/hall",))

    def hear(self, topic: Topic, message: Message) -> None:
        """A window called somebody, or the hall opened or closed."""
        match message:
            case HallState():
                self._host.tell(self._device, SetQuiet(not message.open))
            case WindowState() if not self._windows or message.window in self._windows:
                self._window(message)

    def _window(self, state: WindowState) -> None:
        call = (state.visit, state.calls)
        news = self._spoken.get(state.window) != call
        self._spoken[state.window] = call
        young = self._host.now_ms() - state.called_ms < FRESH_MS
        if news and state.phase == "calling" and young:
            token = f"{state.visit}@{state.window}#{state.calls}"
            self._host.tell(self._device, Announce(token, state.ticket, state.label))

    def said(self, device: str, message: DeviceMessage) -> None:
        """What became of an announcement is the announcer's own affair."""

    def link(self, live: bool) -> None:
        """A voice says nothing about links."""
