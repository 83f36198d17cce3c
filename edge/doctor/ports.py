"""The ports of a node, and what hangs on them: is it there, may we have it, who has it?

Nothing is sent to a device. What the running node holds is left to it: a printer takes one connection, and a
trial of the sound card would fall into a call. How it fares with its devices the node says itself.
"""

from __future__ import annotations

import os
import select
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Final, TypeAlias

from devices.announcer.players import PlayError, open_player
from devices.announcer.settings import AnnouncerSettings
from devices.board.screens import screen_of
from devices.errors import DeviceError, LinkLost
from devices.links import open_link
from devices.pins import open_pins
from edge.doctor.finding import Finding, bad, ok, warn
from edge.settings.build import NodePart
from edge.settings.kinds import Scheme, scheme_of
from edge.settings.model import Device, Port
from edge.settings.port_names import names_here
from edge.settings.problems import nearest

Devices: TypeAlias = tuple[Device, ...]

CONNECT_S: Final = 3.0
PLAY_S: Final = 5.0
UNKNOWN: Final = "another process"


def look_at_ports(part: NodePart, data: Path, holder: str) -> Iterator[Finding]:
    """A finding a port. `holder`: the process of the node that runs now, "" for none."""
    for port in part.ports:
        devices = part.on_port(port.id)
        kinds = Counter(device.kind for device in devices)
        hung = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        yield _port(f"端口 port {port.id} ({hung or 'nothing'})", port, devices, holder)
    for device in part.devices:
        if isinstance(device.settings, AnnouncerSettings):
            yield _clips(device.id, device.settings, data)


def _port(name: str, port: Port, devices: Devices, holder: str) -> Finding:
    scheme = scheme_of(port.url)
    if holder and scheme != "path":
        return ok(name, f"{port.url}: left to the node that runs")
    try:
        text = _LOOKS[scheme](port, devices)
    except (DeviceError, ValueError) as error:
        return judge_refusal(name, port.url, str(error).partition(f"({port.url}): ")[2] or str(error), holder)
    return ok(name, f"{port.url}{text}")


def judge_refusal(name: str, url: str, why: str, holder: str) -> Finding:
    """`why`: what the port answered, its advice behind a semicolon."""
    is_its_own = bool(holder) and (holder in why or holder == UNKNOWN or UNKNOWN in why)
    if is_its_own and "already used by" in why:
        return ok(name, f"{url}: held by the node that runs")
    what, _, advice = why.partition("; ")
    return bad(name, f"{url}: {what}", near(url, names_here()) or advice or "see docs/running.md")


def near(url: str, here: list[str]) -> str:
    """For a serial port that is not there: the most similar of those that are, or all of them."""
    if scheme_of(url) != "path" or os.path.lexists(url):
        return ""
    if close := nearest(url, here):
        return f'did you mean "{close[0]}"?'
    return "plug the adapter in" + (f"; here are {', '.join(here[:4])}" if here else "")


def _serial(port: Port, _: Devices) -> str:
    open_link(port.url, port.baud, name=port.id, parity=port.parity, stop_bits=port.stop_bits).close()
    real = os.path.realpath(port.url)
    return " can be opened" if real == port.url else f" is {real}, can be opened"


def _connection(port: Port, _: Devices) -> str:
    link = open_link(port.url, port.baud, name=port.id)
    try:
        if not select.select([], [link.fileno()], [], CONNECT_S)[1] or not link.is_up():
            raise LinkLost(f"no answer within {CONNECT_S:.0f} s; is the device switched on?")
    finally:
        link.close()
    return " takes the connection"


def _screen(port: Port, _: Devices) -> str:
    screen = screen_of(port.url)
    try:
        size = screen.open()
    finally:
        screen.close()
    return f" has {size[0]} x {size[1]} pixels" if size else " can be written"


def _pins(port: Port, _: Devices) -> str:
    open_pins(port.url).close()
    return " has pins"


def _sound(port: Port, devices: Devices) -> str:
    """A moment of silence is played."""
    programs = [one.settings.player for one in devices if isinstance(one.settings, AnnouncerSettings)]
    player = open_player(port.url, programs[0] if programs else "aplay", 1)
    try:
        player.open()
        if not player.check(monotonic()):
            return " takes files"
        descriptor = player.fileno()
        if descriptor is None or not select.select([descriptor], [], [], PLAY_S)[0]:
            raise PlayError("the player hangs; see whether the sound card still answers")
        player.ended(monotonic())
    finally:
        player.close()
    return " plays"


_LOOKS: Final[Mapping[Scheme, Callable[[Port, Devices], str]]] = {
    "path": _serial,
    "socket": _connection,
    "framebuffer": _screen,
    "file": _screen,
    "gpio": _pins,
    "mock-gpio": _pins,
    "alsa": _sound,
    "wav": _sound,
}


def _clips(device: str, settings: AnnouncerSettings, data: Path) -> Finding:
    folder = Path(settings.clips_dir) if settings.clips_dir else data / "voice"
    name = f"语音 voice of {device}"
    missing = [language for language in settings.languages if not (folder / language).is_dir()]
    if missing:
        text = f"no clips in {folder} ({', '.join(missing)}): calls are a chime only"
        return warn(name, text, f"make the default voice: hall voice {folder}")
    return ok(name, f"clips in {folder}")
