"""What stands in a hall and where, told to a page once: the parts that do not change while it is open."""

from __future__ import annotations

from typing import Any, Final

from edge.settings.model import Device, Site
from simulators.bench_page.looks import strip_size
from simulators.demo.keys import keys_for
from simulators.demo.plan import DemoPlan
from simulators.demo.stage import Stage
from simulators.device import Device as Twin

FIRST_BADGE: Final = 1001
"""Each window's own clerk sits down where the page is asked for the keys to log in."""
ACTIONS: Final = (
    *("login", "call_next", "recall", "begin", "ask_rating", "finish", "no_show"),
    *("pause", "resume", "logout"),
)


def hall_of(plan: DemoPlan, stage: Stage) -> dict[str, Any]:
    """Names and places in plain values."""
    site = plan.site
    return {
        "name": site.site.name,
        "name_en": site.site.name_en or site.site.name,
        "offset_s": site.hours.utc_offset_min * 60,
        "windows": [
            {
                "id": one.id,
                "label": one.label,
                "name": one.name,
                "name_en": one.name_en or one.name,
                "devices": [device.id for device in site.devices if device.window == one.id],
            }
            for one in site.windows
        ],
        "lobby": [one.id for one in site.devices if not one.window],
        "devices": {one.id: _device(site, one, stage.bench.devices.get(one.id)) for one in site.devices},
        "ports": {
            one.name: {"url": one.url, "faults": list(one.TROUBLES)} for one in stage.bench.ports.values()
        },
        "nodes": {one.id: one.name or one.id for one in site.nodes},
        "coordinator": site.site.coordinator,
        "services": [
            {"code": one.code, "name": one.name, "name_en": one.name_en or one.name}
            for one in site.services
            if one.code and one.id in plan.services
        ],
    }


def _device(site: Site, device: Device, twin: Twin | None) -> dict[str, Any]:
    settings: Any = device.settings
    told: dict[str, Any] = {
        "kind": device.kind,
        "window": device.window,
        "node": next(port.node for port in site.ports if port.id == device.port),
        "port": f"port-{device.port}",
        "faults": list(twin.TROUBLES) if twin is not None else [],
    }
    windows = [window.id for window in site.windows]
    match device.kind:
        case "strip":
            told["dots"] = strip_size(settings.columns)
        case "evaluator":
            told["grades"] = settings.grades
        case "keypad":
            badge = str(FIRST_BADGE + windows.index(device.window)) if device.window else ""
            told["use"] = settings.use
            told["keys"] = _tickets(settings) if settings.use == "tickets" else _clerk(settings, badge)
    return told


def _clerk(settings: Any, badge: str) -> list[tuple[str, str]]:
    """What a clerk may want, and the keys for it on this keypad."""
    found = []
    for action in ACTIONS:
        try:
            found.append((action, keys_for(settings, action, badge if action == "login" else "")))
        except KeyError:
            continue
    return found


def _tickets(settings: Any) -> list[tuple[str, str]]:
    """The key that takes a number for a code."""
    try:
        return [("take", keys_for(settings, "take", "0").rpartition(" ")[2])]
    except KeyError:
        return []
