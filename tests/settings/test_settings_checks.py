"""Tables against each other: one mistake at a time in a site that is otherwise in order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge.settings.load import examine

Spoilt = Callable[[str, str], str]

DEVICE = "address = 1\n"
MORE_PORTS = '[[ports]]\nid = "p"\nnode = "core"\nurl = "/dev/serial/by-path/two"\n'
PRINTER = '[[devices]]\nid = "printer"\nkind = "printer"\nport = "p"\n'
TICKET_KEYS = (
    '[[ports]]\nid = "q"\nnode = "core"\nurl = "/dev/serial/by-path/three"\n'
    '[[devices]]\nid = "keys"\nkind = "keypad"\nport = "q"\nuse = "tickets"\naddress = 9\n'
)
CLASS = '[[priority_classes]]\nid = "{}"\nname = "类"\n'
STRIP = '[[devices]]\nid = "strip"\nkind = "strip"\nport = "line"\nwindow = "1"\naddress = 1\n'


def told(text: str) -> list[str]:
    return [str(one) for one in examine(text, "x.toml").problems]


def test_the_good_site_is_good(good: str) -> None:
    assert told(good) == []


# (old text, new text, all that is said)
CASES = {
    "no_site": (
        '[site]\nid = "small"\nname = "小厅"\ncoordinator = "core"\n',
        "",
        ["x.toml:1: needs [site]; see examples/minimal.toml"],
    ),
    "one_bracket": (
        "[[nodes]]",
        "[nodes]",
        [
            "x.toml:21: [[nodes]]: is a table; write [[nodes]] above each",
            'x.toml:4: [site]: unknown node "core"; there is none',
            'x.toml:26: [[ports]] "line": unknown node "core"; there is none',
        ],
    ),
    "two_brackets": ("[site]", "[[site]]", ["x.toml:1: [site]: is a list; it must be a table"]),
    "first_too_large": (
        'prefix = "A"\n',
        'prefix = "A"\ndigits = 2\nfirst = 100\n',
        ['x.toml:11: [[queues]] "general": first is 100, but 2 digits end at 99; give it more digits'],
    ),
    "kept_and_reset": (
        'prefix = "A"\n',
        'prefix = "A"\novernight = "keep"\n',
        [
            'x.toml:10: warning: [[queues]] "general": numbers are kept overnight, but the next day\'s begin '
            'again; two people may hold the same one: reset = "carry"'
        ],
    ),
    "no_service_joins": (
        'queues = ["general"]\n',
        'queues = ["general", "b"]\n[[queues]]\nid = "b"\nname = "乙"\nprefix = "B"\n',
        ['x.toml:20: warning: [[queues]] "b": no service joins it; only transfers reach it'],
    ),
    "no_window_for_a_queue": (
        'queues = ["general"]\n',
        'queues = ["general"]\n[[queues]]\nid = "b"\nname = "乙"\nprefix = "B"\n'
        '[[services]]\nid = "s"\nname = "丙"\nqueue = "b"\n',
        ['x.toml:20: [[queues]] "b": no window serves it; name it in the queues of a window'],
    ),
    "not_accepted_by_comprehensive_windows": (
        'queues = ["general"]\n',
        "comprehensive = true\n",
        [
            'x.toml:11: [[services]] "photo": no window serves it: none names its queue "general"; '
            "accepted = true lets comprehensive windows take it"
        ],
    ),
    "no_ordinary_class": (
        "[[nodes]]\n",
        CLASS.format("elderly") + "[[nodes]]\n",
        ['x.toml:21: [[priority_classes]]: needs a class "ordinary"; it is everybody without a claim'],
    ),
    "less_than_a_block": (
        "[[nodes]]\n",
        "[alone]\nnumbers = 19\n[[nodes]]\n",
        [
            "x.toml:22: [alone]: numbers is 19, but one block has 20; "
            "a node is given whole blocks: raise it, or write 0 where machines shall refuse"
        ],
    ),
    "brace_alone": (
        "[[nodes]]\n",
        '[tickets]\nqr = "{visit"\n[[nodes]]\n',
        ['x.toml:22: [tickets]: qr: a "{" or "}" stands alone; write {{ for a brace itself'],
    ),
    "glyph_missing": (
        'name = "照相"',
        'name = "照\U0001f4f7相"',
        ['x.toml:13: warning: [[services]] "photo": name: the font has no "\U0001f4f7"; it is shown as □'],
    ),
    "name_of_200_characters": (
        'name = "照相"',
        f'name = "{"照" * 200}"',
        ['x.toml:13: warning: [[services]] "photo": name has 200 characters; a ticket shows 40; shorten it'],
    ),
    "name_of_201_characters": (
        'name = "照相"',
        f'name = "{"照" * 201}"',
        [
            f'x.toml:13: [[services]] "photo": "name" is "{"照" * 37}..."; '
            "it must be text of 1 to 200 characters"
        ],
    ),
    "control_character": (
        'id = "line"',
        'id = "line\\n"',
        [
            'x.toml:25: [[ports]] "line\\n": "id" is "line\\n"; '
            'it must be a name of a-z, 0-9 and "-", at most 32',
            'x.toml:32: [[devices]] "keypad-1": unknown port "line"; did you mean "line\\n"?',
        ],
    ),
    "url_cut_off": (
        "/dev/serial/by-path/one",
        "socket://10.0.0.7",
        ['x.toml:27: [[ports]] "line": url "socket://10.0.0.7" is not whole; it reads socket://address:port'],
    ),
    "one_socket_twice": (
        DEVICE,
        DEVICE
        + MORE_PORTS.replace("two", "one")
        + '[[devices]]\nid = "k"\nkind = "keypad"\nport = "p"\nuse = "window"\nwindow = "1"\naddress = 7\n',
        [
            'x.toml:38: [[ports]] "p": "/dev/serial/by-path/one" is taken by [[ports]] "line"; '
            "a port has one owner"
        ],
    ),
    "idle_port": (DEVICE, DEVICE + MORE_PORTS, ['x.toml:35: warning: [[ports]] "p": no device hangs on it']),
    "window_on_a_printer": (
        DEVICE,
        DEVICE + MORE_PORTS + PRINTER + 'window = "1"\n',
        [
            'x.toml:43: [[devices]] "printer": "window" means nothing to a device of kind "printer"; '
            "take it out"
        ],
    ),
    "keypad_nowhere": (
        'window = "1"\naddress',
        "address",
        [
            'x.toml:29: [[devices]] "keypad-1": a device of kind "keypad" needs "window"; '
            "the id of the window it stands at"
        ],
    ),
    "printer_on_the_line": (
        DEVICE,
        DEVICE + PRINTER.replace('"p"', '"line"'),
        [
            'x.toml:38: [[devices]] "printer": port "line" is taken by [[devices]] "keypad-1"; '
            "they cannot share a port"
        ],
    ),
    "slow_pictures": (
        DEVICE,
        DEVICE + MORE_PORTS + PRINTER + 'mode = "raster"\n',
        [
            'x.toml:39: warning: [[devices]] "printer": a ticket as a picture takes 52 s at 9600 baud; '
            'set mode = "text" or a higher baud, on the printer too'
        ],
    ),
    "no_device_to_call_with": (
        'id = "keypad-1"\nkind = "keypad"',
        'id = "strip-1"\nkind = "strip"',
        ['x.toml:16: warning: [[windows]] "1": no device to call with; give it a keypad or a button'],
    ),
    "no_printer": (
        DEVICE,
        DEVICE + TICKET_KEYS,
        ['x.toml:39: [[devices]] "keys": its node has no printer; add a printer'],
    ),
    "printer_of_another_name": (
        DEVICE,
        DEVICE + MORE_PORTS + PRINTER + TICKET_KEYS + 'printer = "keypad-1"\n',
        ['x.toml:53: [[devices]] "keys": "keypad-1" is no printer of its node; known are "printer"'],
    ),
    "strip_knows_no_such_character": (
        'queues = ["general"]\n',
        'queues = ["general"]\nname = "镕"\n' + STRIP,
        ['x.toml:20: warning: [[windows]] "1": name: the strip "strip" has no "镕"; it knows GB2312 alone'],
    ),
    "strip_too_narrow": (
        'queues = ["general"]\n',
        'queues = ["general"]\nname = "综合窗口A"\n' + STRIP + "columns = 8\n",
        [
            'x.toml:20: warning: [[windows]] "1": name is 9 columns wide; the strip "strip" has 8; '
            "shorten it: the rest is cut off"
        ],
    ),
    "starts_at_midnight_twice": (
        "[[nodes]]\n",
        '[hours]\nday_starts = "24:00"\n[[nodes]]\n',
        ['x.toml:22: [hours]: "day_starts" is "24:00"; it must be a time of day such as "09:00"'],
    ),
    "address_of_a_pin": (
        DEVICE,
        DEVICE
        + '[[ports]]\nid = "pins"\nnode = "core"\nurl = "gpio:"\n'
        + '[[devices]]\nid = "b"\nkind = "button"\nport = "pins"\nwindow = "1"\npin = 4\n'
        + '[[devices]]\nid = "l"\nkind = "lamp"\nport = "pins"\nwindow = "1"\npin = 4\n',
        ['x.toml:50: [[devices]] "l": pin 4 on port "pins" is taken by [[devices]] "b"; each needs its own'],
    ),
    "button_for_no_such_service": (
        DEVICE,
        DEVICE
        + MORE_PORTS
        + PRINTER
        + '[[ports]]\nid = "pins"\nnode = "core"\nurl = "gpio:"\n'
        + '[[devices]]\nid = "b"\nkind = "button"\nport = "pins"\npin = 4\n'
        + 'action = "take"\nservice = "foto"\n',
        ['x.toml:53: [[devices]] "b": unknown service "foto"; did you mean "photo"?'],
    ),
    "person_without_service": (
        "[[nodes]]\n",
        '[people]\nservices = [{ service = "fotos", weight = 2 }]\n[people.classes]\nold = 1\n[[nodes]]\n',
        [
            'x.toml:22: [people]: unknown service "fotos"; did you mean "photo"?',
            'x.toml:24: [people]: unknown priority class "old"; known are "ordinary"',
        ],
    ),
    "inside_an_inline_table": (
        "[[nodes]]\n",
        '[people]\narrivals = [\n  { at = "09:00", people_per_h = 1 },\n'
        '  { at = "9", people_h = 1 },\n]\n[[nodes]]\n',
        [
            'x.toml:24: [people], "arrivals" entry 2: "at" is "9"; it must be a time of day such as "09:00"',
            'x.toml:24: [people], "arrivals" entry 2: unknown key "people_h"; did you mean "people_per_h"?',
        ],
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_one_mistake(spoilt: Spoilt, name: str) -> None:
    old, new, said = CASES[name]
    assert sorted(told(spoilt(old, new))) == sorted(said)


def test_notices_must_fit_into_one_message(good: str) -> None:
    notice = '[[notices]]\ntext = "{}"\ntext_en = "{}"\n'.format("讯" * 400, "n" * 400)
    said = told(good + notice * 10)
    assert len(said) == 1
    assert "[[notices]] number 8: the notices down to this one are longer than 12 KiB together" in said[0]
    assert told(good + notice * 7) == []


def test_the_most_notices_that_are_allowed_fit_into_the_halls_state() -> None:
    from edge.settings.check_hall import NOTICES_BYTES
    from mqtt_bridge.messages import HallState, Notice
    from mqtt_bridge.payloads import encode

    short = tuple(Notice("讯", "") for _ in range(NOTICES_BYTES // (3 + 32)))
    long = tuple(Notice("讯" * 400, '"' * 400) for _ in range(NOTICES_BYTES // (1600 + 32)))
    for notices in (short, long):
        assert encode(HallState(1, 1, 0, "20261123", True, notices=notices))
