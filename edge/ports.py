"""The ports of a node, with the devices that hang on them, ready to be driven by its loop."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from devices.announcer.settings import AnnouncerSettings
from devices.base import Emit
from devices.registry import DeviceSpec, PortSpec, build_port
from edge.guard import Guard
from edge.loop import PortRunner
from edge.plan import NodePlan
from edge.settings.build import NodePart


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
