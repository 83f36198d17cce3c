"""Which desks a node gets from what is plugged into it."""

from __future__ import annotations

from typing import Any

import pytest

from edge.desks.board import BoardDesk
from edge.desks.build import desks_of
from edge.desks.directory import Directory
from edge.desks.tickets import PrinterDesk, TicketDesk
from edge.desks.voice import VoiceDesk
from edge.desks.window import WindowDesk
from edge.settings.build import node_part
from edge.settings.load import parse_site

PORTS = """
[[ports]]
id = "{id}"
node = "east"
url = "{url}"
"""


def devices(*lines: str) -> str:
    """Device tables, one from each line: id, kind, port, then further keys."""
    tables = []
    for line in lines:
        name, kind, port, *more = line.split()
        keys = "\n".join(part.replace("=", " = ") for part in more)
        tables.append(f'[[devices]]\nid = "{name}"\nkind = "{kind}"\nport = "{port}"\n{keys}\n')
    return "\n".join(tables)


def desks(host: Any, site_toml: str, *lines: str) -> dict[str, Any]:
    ports = {line.split()[2] for line in lines} - {"line"}
    urls = {"pins": "gpio:", "board": "framebuffer:/dev/fb0", "voice": "alsa:default"}
    extra = "".join(PORTS.format(id=port, url=urls.get(port, f"/dev/{port}")) for port in sorted(ports))
    site = parse_site(site_toml + extra + devices(*lines), "-")
    return dict(desks_of(host, node_part(site, "east"), "i1", lambda: Directory(site)))


def test_each_window_has_one_desk_for_all_its_devices(host: Any, site_toml: str) -> None:
    found = desks(
        host,
        site_toml,
        'strip-1 strip line window="1" address=21',
        'pad-1 evaluator line window="1" address=31',
    )
    assert isinstance(found["keypad-1"], WindowDesk)
    assert found["keypad-1"] is found["strip-1"] is found["pad-1"]
    assert found["keypad-2"] is not found["keypad-1"]


def test_a_board_and_a_voice_have_their_own(host: Any, site_toml: str) -> None:
    found = desks(host, site_toml, "screen board board", "voice announcer voice")
    assert isinstance(found["screen"], BoardDesk)
    assert isinstance(found["voice"], VoiceDesk)


@pytest.mark.parametrize(
    "panel",
    [
        'panel keypad lobby use="tickets" address=100',
        'panel button pins pin=17 action="take" service="pension"',
    ],
)
def test_a_panel_finds_the_printer_beside_it(host: Any, site_toml: str, panel: str) -> None:
    found = desks(host, site_toml, panel, "printer printer paper")
    assert isinstance(found["panel"], TicketDesk)
    assert found["panel"].printer == "printer"
    assert isinstance(found["printer"], PrinterDesk)
    assert found["printer"].panels == [found["panel"]]
    assert found["panel"]._has_display is ("keypad" in panel)


def test_a_panel_at_a_window_takes_numbers_and_is_no_part_of_the_window(host: Any, site_toml: str) -> None:
    found = desks(
        host,
        site_toml,
        'panel keypad lobby window="1" use="tickets" address=100',
        "printer printer paper",
    )
    assert isinstance(found["panel"], TicketDesk)
    assert "panel" not in found["keypad-1"]._devices


def test_two_panels_share_a_printer_and_name_theirs(host: Any, site_toml: str) -> None:
    found = desks(
        host,
        site_toml,
        'left keypad lobby use="tickets" address=100 printer="one"',
        'right keypad lobby use="tickets" address=101 printer="two"',
        'third keypad lobby use="tickets" address=102 printer="one"',
        "one printer paper-1",
        "two printer paper-2",
    )
    assert [panel.panel for panel in found["one"].panels] == ["left", "third"]
    assert [panel.panel for panel in found["two"].panels] == ["right"]
