"""The devices of a node and the ports they hang on, driven by its loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

from devices.announcer.settings import AnnouncerSettings
from devices.base import DeviceHealth, Emit, Message, PortTrouble
from devices.registry import DeviceSpec, PortSpec, build_port
from edge.desks.base import Desk
from edge.guard import Guard
from edge.loop import PortRunner
from edge.plan import NodePlan
from edge.settings.build import NodePart
from mqtt_bridge.bridge import Bridge
from mqtt_bridge.messages import DeviceState

log = logging.getLogger("hall.node")

Runners: TypeAlias = Callable[
    [NodePlan, NodePart, Emit, asyncio.AbstractEventLoop, Guard], dict[str, PortRunner]
]
"""Makes what `runners_of` makes."""


class Devices:
    """Those of one node: each is told what its desk says, its desk hears it, and the broker how it is.

    `desks`, by the device's name, are there before `start`.
    """

    def __init__(
        self,
        plan: NodePlan,
        part: NodePart,
        runners: Runners,
        bridge: Bridge,
        loop: asyncio.AbstractEventLoop,
        guard: Guard,
        trouble: Callable[[str, str], None],
    ) -> None:
        """`trouble(where, text)`: somebody should look after it; "" when that is over."""
        self._clock = plan.clock
        self._bridge = bridge
        self._loop = loop
        self._trouble = trouble
        self._kinds = {device.id: device.kind for device in part.devices}
        self._runners = runners(plan, part, self._said, loop, guard)
        self.ports = tuple(dict.fromkeys(self._runners.values()))
        self.desks: Mapping[str, Desk] = {}

    def start(self) -> None:
        """Open the ports."""
        for port in self.ports:
            port.start()

    def stop(self) -> None:
        """Close them."""
        for port in self.ports:
            port.stop()

    def tell(self, device: str, message: Message) -> bool:
        """Give a command to a device; False when its port is not open."""
        return self._runners[device].handle(device, message)

    def _said(self, device: str, message: Message) -> None:
        if isinstance(message, DeviceHealth):
            self._say_health(device, message)
        elif isinstance(message, PortTrouble):
            self._trouble(f"port {device}", message.detail and f"port {device}: {message.detail}")
        elif (desk := self.desks.get(device)) is not None:
            desk.said(device, message)

    def _say_health(self, device: str, health: DeviceHealth) -> None:
        if health.state in ("lost", "degraded") and not health.code.startswith("port_"):  # it said so itself
            log.warning("device %s %s: %s", device, health.state, health.detail or health.code)
        state = DeviceState(
            self._kinds[device], health.state, health.code, health.detail[:400], self._clock.now_ms()
        )
        self._bridge.publish("device", (device,), state)
        if (desk := self.desks.get(device)) is not None:
            self._loop.call_soon(desk.health, device, health)  # not now: its port may still be opening


def runners_of(
    plan: NodePlan, part: NodePart, emit: Emit, loop: asyncio.AbstractEventLoop, guard: Guard
) -> dict[str, PortRunner]:
    """The runner of each device's port, by the device's name. Raises ValueError for an URL of no use."""
    runners: dict[str, PortRunner] = {}
    for port in part.ports:
        devices = [
            DeviceSpec(one.id, one.kind, one.dialect, _settings(one.settings, plan.data))
            for one in part.on_port(port.id)
        ]
        if devices:
            url = port.url if plan.wires is None else wire_url(port.url, plan.wires / port.id)
            spec = PortSpec(port.id, msgspec.structs.replace(port, url=url))
            runner = PortRunner(build_port(spec, devices, emit), emit, loop, guard)
            runners.update({device.name: runner for device in devices})
    return runners


def _settings(settings: msgspec.Struct, data: Path) -> msgspec.Struct:
    """An announcer that names no folder of clips speaks with those in the data folder, if any."""
    voice = data / "voice"
    if isinstance(settings, AnnouncerSettings) and not settings.clips_dir and voice.is_dir():
        return msgspec.structs.replace(settings, clips_dir=str(voice))
    return settings


def wire_url(url: str, path: Path) -> str:
    """The twin's end of a port: the same sort of URL, at `path`."""
    scheme, colon, _ = url.partition(":")
    match scheme if colon and not url.startswith("/") else "":
        case "framebuffer" | "file":
            return f"file:{path}/board.png"
        case "alsa" | "wav":
            return f"wav:{path}"
        case "gpio" | "mock-gpio":
            return f"mock-gpio:{path}.sock"
        case _:
            return str(path)
