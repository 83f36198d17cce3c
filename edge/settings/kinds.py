"""The kinds of device a site file may name: one row a kind.

A kind's own keys are the Struct in its `settings.py`, loaded when the first device of the kind is read.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Literal, TypeAlias, cast

from msgspec import Struct

from edge.settings.model import Device

Scheme: TypeAlias = Literal[
    "path", "socket", "framebuffer", "file", "alsa", "wav", "gpio", "mock-gpio", "unknown"
]
Grade: TypeAlias = Literal["P", "P2", "V", "C", "ours"]

SERIAL: tuple[Scheme, ...] = ("path", "socket")
PINS: tuple[Scheme, ...] = ("gpio", "mock-gpio")

GRADES: Mapping[Grade, str] = {
    "V": "confirmed by a stranger's program",
    "P2": "two sources agree",
    "P": "one source",
    "C": "computed by us",
    "ours": "no maker's bytes",
}

SCHEMES: Mapping[Scheme, str] = {
    "path": "/dev/serial/by-path/... (a serial port, or any terminal's path)",
    "socket": "socket://address:port",
    "framebuffer": "framebuffer:/dev/fb0",
    "file": "file:/folder/board.png",
    "alsa": "alsa:default",
    "wav": "wav:/folder",
    "gpio": "gpio:",
    "mock-gpio": "mock-gpio:/path.sock",
}


class Kind(Struct, frozen=True, kw_only=True):
    """What the site file must know of a kind of device.

    `settings` is `module:Struct`. `dialects` maps each dialect to how far its bytes are trusted; the first
    is the usual one. `shared`: several may hang on one port. `address` is the key that tells them apart
    there, and `spaces` in which spaces it must be unlike all others. `references` maps settings to the
    table whose ids they name. `keys`: which of the common keys beside `id`, `kind`, `port` and
    `dialect` it understands. `window`: must it stand at one? `calls`: can a clerk call with it?
    `takes`: does it take numbers, for a printer to print?
    """

    settings: str
    dialects: Mapping[str, Grade]
    schemes: tuple[Scheme, ...]
    shared: bool = False
    address: str = ""
    spaces: Callable[[Struct], tuple[str, ...]] = lambda _: ()
    references: Mapping[str, str] = {}
    keys: tuple[str, ...] = ()
    window: Callable[[Struct], bool] = lambda _: False
    calls: Callable[[Struct], bool] = lambda _: False
    takes: Callable[[Struct], bool] = lambda _: False

    @property
    def usual_dialect(self) -> str:
        """The dialect of a device that names none."""
        return next(iter(self.dialects))


def _at_window(settings: Struct) -> bool:
    return getattr(settings, "use", "window") == "window"


def _actions(settings: Struct) -> set[str]:
    """What short and long presses of a button mean."""
    return {getattr(settings, "action", ""), getattr(settings, "long_action", "")} - {""}


def _evaluator_spaces(settings: Struct) -> tuple[str, ...]:
    """A pad that is acknowledged by its own frame is told from a keypad by its function byte."""
    own = ("FF 68 evaluator",)
    return own if getattr(settings, "ack", "") == "frame" else (*own, "FF 68")


KINDS: Mapping[str, Kind] = {
    "keypad": Kind(
        settings="devices.keypad.settings:KeypadSettings",
        keys=("window", "printer"),
        dialects={"ff68": "P2"},
        schemes=SERIAL,
        shared=True,
        address="address",
        spaces=lambda _: ("FF 68",),
        window=_at_window,
        calls=_at_window,
        takes=lambda settings: not _at_window(settings),
    ),
    "evaluator": Kind(
        settings="devices.evaluator.settings:EvaluatorSettings",
        keys=("window",),
        dialects={"ff68": "P2"},
        schemes=SERIAL,
        shared=True,
        address="address",
        spaces=_evaluator_spaces,
        window=lambda _: True,
    ),
    "strip": Kind(
        settings="devices.strip.settings:StripSettings",
        keys=("window",),
        dialects={"a090": "P2"},
        schemes=SERIAL,
        shared=True,
        address="address",
        spaces=lambda _: ("A0 90",),
        window=lambda _: True,
    ),
    "printer": Kind(
        settings="devices.printer.settings:PrinterSettings", dialects={"escpos": "V"}, schemes=SERIAL
    ),
    "board": Kind(
        settings="devices.board.settings:BoardSettings",
        keys=("windows", "queues"),
        dialects={"picture": "ours"},
        schemes=("framebuffer", "file"),
    ),
    "announcer": Kind(
        settings="devices.announcer.settings:AnnouncerSettings",
        keys=("windows",),
        dialects={"clips": "ours"},
        schemes=("alsa", "wav"),
    ),
    "button": Kind(
        settings="devices.button.settings:ButtonSettings",
        keys=("window", "printer"),
        dialects={"pin": "ours"},
        schemes=PINS,
        shared=True,
        address="pin",
        spaces=lambda _: ("pin",),
        references={"service": "services"},
        window=lambda settings: bool(_actions(settings) - {"take"}),
        calls=lambda settings: "call_next" in _actions(settings),
        takes=lambda settings: "take" in _actions(settings),
    ),
    "lamp": Kind(
        settings="devices.lamp.settings:LampSettings",
        keys=("window",),
        dialects={"pin": "ours"},
        schemes=PINS,
        shared=True,
        address="pin",
        spaces=lambda _: ("pin",),
        window=lambda _: True,
    ),
}


@lru_cache(maxsize=64)
def settings_type(kind: str) -> type[Struct]:
    """The Struct of a kind's own keys. Raises KeyError for an unknown kind."""
    module, name = KINDS[kind].settings.split(":")
    return cast(type[Struct], getattr(importlib.import_module(module), name))


def scheme_of(url: str) -> Scheme:
    """Which sort of port a URL names; "unknown" for none of ours."""
    if url.startswith("/"):
        return "path"
    if url.startswith("socket://"):
        return "socket"
    for scheme in SCHEMES:
        if scheme not in ("path", "socket") and url.startswith(f"{scheme}:"):
            return scheme
    return "unknown"


def addresses_of(device: Device) -> Iterator[tuple[str, str, int]]:
    """(key, space, value) of the setting that must differ from all others on the same port."""
    kind = KINDS[device.kind]
    for space in kind.spaces(device.settings):
        yield kind.address, space, getattr(device.settings, kind.address)
