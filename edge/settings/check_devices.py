"""Checks of ports and devices: what hangs where, and under which address."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Mapping
from urllib.parse import urlsplit

from display.fonts import load_bitmap_font, missing_in_bitmap, missing_in_text
from edge.settings.draft import Draft, Row
from edge.settings.kinds import KINDS, SCHEMES, addresses_of, scheme_of
from edge.settings.model import Device, Port, Window
from edge.settings.port_names import is_counted, lasting_names
from edge.settings.problems import did_you_mean

LINE_DEVICES = 48  # at 9600 baud a refresh of more strips than this leaves the keypads no room
TICKET_PICTURE_BITS = 500_000  # 50 kB, ten bits a byte
KEY_OPTIONS = {
    "take": "priority_classes",
    "query": "priority_classes",
    "transfer_queue": "queues",
    "transfer_window": "windows",
    "add_item": "services",
}
_FORMS = {
    "path": re.compile(r"/.+"),
    "socket": re.compile(r"socket://[^/:\s]+:[0-9]{1,5}/?\Z|socket://\[[0-9a-f:]+\]:[0-9]{1,5}/?\Z"),
    "framebuffer": re.compile(r"framebuffer:/dev/fb[0-9]+\Z"),
    "file": re.compile(r"file:.+\.png\Z"),
    "alsa": re.compile(r"alsa:.+\Z"),
    "wav": re.compile(r"wav:.+\Z"),
    "gpio": re.compile(r"gpio:\Z"),
    "mock-gpio": re.compile(r"mock-gpio:.+\Z"),
}


def check_devices(draft: Draft) -> None:
    """Say what does not fit together on the wires."""
    for port in draft.rows("ports", Port):
        _url(draft, port)
    _one_url_one_port(draft)
    on_port: dict[str, list[Row[Device]]] = defaultdict(list)
    for device in draft.rows("devices", Device):
        on_port[device.value.port].append(device)
        _place(draft, device)
        _keys(draft, device)
        _texts(draft, device)
    for port in draft.rows("ports", Port):
        _on_port(draft, port, on_port[port.value.id])
    _callers(draft)
    _printers(draft)


def _url(draft: Draft, port: Row[Port]) -> None:
    url, path = port.value.url, (*port.path, "url")
    scheme = scheme_of(url)
    if scheme == "unknown":
        what = f'url "{url}" is of no known kind'
        draft.reader.say(path, port.where, what, "it is one of " + ", ".join(SCHEMES.values()))
    elif not _FORMS[scheme].match(url):
        draft.reader.say(path, port.where, f'url "{url}" is not whole', f"it reads {SCHEMES[scheme]}")
    elif is_counted(url):
        what = f'"{url}" is whichever adapter came first after power-on'
        here = lasting_names(url)
        hint = (
            f'here and now that is "{here[0]}"'
            if here
            else "take the name of its socket in /dev/serial/by-path"
        )
        draft.reader.say(path, port.where, what, hint)
    elif scheme == "socket" and not _is_address(url):
        what = f'"{url}" has a name in place of an address'
        hint = "write the address: looking a name up would stop all ports while the name server is silent"
        draft.reader.say(path, port.where, what, hint)


def _is_address(url: str) -> bool:
    try:
        ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return True


def _one_url_one_port(draft: Draft) -> None:
    first: dict[tuple[str, str], Row[Port]] = {}
    for port in draft.rows("ports", Port):
        earlier = first.setdefault((port.value.node, port.value.url), port)
        if earlier is not port and port.value.id != earlier.value.id:
            what = f'"{port.value.url}" is taken by {earlier.where}'
            draft.reader.say((*port.path, "url"), port.where, what, "a port has one owner")


def _place(draft: Draft, device: Row[Device]) -> None:
    """A device stands where its kind can stand."""
    own, kind = device.value, KINDS[device.value.kind]
    for key in ("window", "windows", "queues", "printer"):
        if getattr(own, key) and key not in kind.keys:
            what = f'"{key}" means nothing to a device of kind "{own.kind}"'
            draft.reader.say((*device.path, key), device.where, what, "take it out")
    if kind.window(own.settings) and not own.window and draft.sound(device):
        what = f'a device of kind "{own.kind}" needs "window"'
        draft.reader.say(device.path, device.where, what, "the id of the window it stands at")


def _keys(draft: Draft, device: Row[Device]) -> None:
    """Classes and queues that entries of a key map name: `take:elderly`, `transfer_queue:wedding`."""
    keys: Mapping[str, str] = getattr(device.value.settings, "keys", {})
    for sequence, meaning in keys.items():
        action, _, option = meaning.partition(":")
        table = KEY_OPTIONS.get(action, "")
        known = draft.ids.get(table, [])
        if table and option and option not in known:
            what = f'keys "{sequence}": nothing named "{option}" in [[{table}]]'
            path = (*device.path, "keys", sequence)
            draft.reader.say(path, device.where, what, did_you_mean(option, known))


def _texts(draft: Draft, device: Row[Device]) -> None:
    """What a strip is to show: it knows GB2312 alone, and has so many columns."""
    window = next((row for row in draft.rows("windows", Window) if row.value.id == device.value.window), None)
    if window is None or device.value.kind != "strip":
        return
    path, name = (*window.path, "name"), window.value.name
    if missing := sorted(missing_in_bitmap(name) - missing_in_text(name)):
        what = f'name: the strip "{device.value.id}" has no "{"".join(missing[:8])}"'
        draft.reader.say(path, window.where, what, "it knows GB2312 alone", "warning")
    columns, width = getattr(device.value.settings, "columns", 0), load_bitmap_font().width_px(name) // 8
    if 0 < columns < width:
        what = f'name is {width} columns wide; the strip "{device.value.id}" has {columns}'
        draft.reader.say(path, window.where, what, "shorten it: the rest is cut off", "warning")


def _on_port(draft: Draft, port: Row[Port], devices: list[Row[Device]]) -> None:
    if not devices and draft.all_sound("devices"):
        draft.reader.say(port.path, port.where, "no device hangs on it", "", "warning")
    fitting = [device for device in devices if _fits(draft, port, device)]
    _alone(draft, fitting)
    _addresses(draft, fitting)
    _paper_speed(draft, port, devices)
    if len(devices) > LINE_DEVICES and port.value.baud <= 9600:
        what = f"{len(devices)} devices on one line at {port.value.baud} baud"
        draft.reader.say(port.path, port.where, what, "presses will be slow: use a second line", "warning")


def _paper_speed(draft: Draft, port: Row[Port], devices: list[Row[Device]]) -> None:
    """A ticket sent as a picture needs a fast port."""
    for device in devices:
        if getattr(device.value.settings, "mode", "") == "raster" and scheme_of(port.value.url) == "path":
            seconds = TICKET_PICTURE_BITS // port.value.baud
            if seconds > 10:
                what = f"a ticket as a picture takes {seconds} s at {port.value.baud} baud"
                hint = 'set mode = "text" or a higher baud, on the printer too'
                draft.reader.say(device.path, device.where, what, hint, "warning")


def _fits(draft: Draft, port: Row[Port], device: Row[Device]) -> bool:
    """Whether the device's kind can hang on such a port."""
    kind, scheme = KINDS[device.value.kind], scheme_of(port.value.url)
    if scheme == "unknown" or scheme in kind.schemes:
        return True
    what = f'kind "{device.value.kind}" cannot hang on port "{port.value.id}" ({port.value.url})'
    hint = "it needs " + " or ".join(SCHEMES[one] for one in kind.schemes)
    draft.reader.say((*device.path, "port"), device.where, what, hint)
    return False


def _alone(draft: Draft, devices: list[Row[Device]]) -> None:
    """A device that cannot share its port has it alone."""
    for device in devices[1:]:
        if not (KINDS[device.value.kind].shared and KINDS[devices[0].value.kind].shared):
            what = f'port "{device.value.port}" is taken by {devices[0].where}'
            draft.reader.say((*device.path, "port"), device.where, what, "they cannot share a port")


def _addresses(draft: Draft, devices: list[Row[Device]]) -> None:
    """No two devices of one port answer to the same address."""
    first: dict[tuple[str, int], Row[Device]] = {}
    for device in devices:
        for key, space, value in addresses_of(device.value):
            earlier = first.setdefault((space, value), device)
            if earlier is not device and (*device.path, key) not in draft.reader.wrong:
                what = f'{key} {value} on port "{device.value.port}" is taken by {earlier.where}'
                draft.reader.say((*device.path, key), device.where, what, "each needs its own")


def _callers(draft: Draft) -> None:
    """Each window has something to call with."""
    if not draft.all_sound("devices", "windows"):
        return
    devices = [row.value for row in draft.rows("devices", Device)]
    calling = {device.window for device in devices if KINDS[device.kind].calls(device.settings)}
    for window in draft.rows("windows", Window):
        if window.value.id not in calling:
            what = "no device to call with"
            draft.reader.say(window.path, window.where, what, "give it a keypad or a button", "warning")


def _printers(draft: Draft) -> None:
    """Each device that takes numbers has a printer on its own node. Printers with mistakes count as well."""
    node_of = {port.text("id"): port.text("node") for port in draft.raw.get("ports", ())}
    near: dict[str, list[str]] = defaultdict(list)
    for row in draft.raw.get("devices", ()):
        if row.text("kind") == "printer":
            near[node_of.get(row.text("port"), "")].append(row.text("id"))
    for device in draft.rows("devices", Device):
        if KINDS[device.value.kind].takes(device.value.settings) and device.value.port in node_of:
            _has_printer(draft, device, near[node_of[device.value.port]])


def _has_printer(draft: Draft, row: Row[Device], near: list[str]) -> None:
    if row.value.printer and row.value.printer not in near:
        what = f'"{row.value.printer}" is no printer of its node'
        draft.reader.say((*row.path, "printer"), row.where, what, did_you_mean(row.value.printer, near))
    elif not row.value.printer and len(near) != 1:
        what = "its node has no printer" if not near else f"its node has {len(near)} printers"
        hint = "say where its tickets come out: printer = ..." if near else "add a printer"
        draft.reader.say(row.path, row.where, what, hint)
