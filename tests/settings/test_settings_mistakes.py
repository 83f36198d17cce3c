"""A site file with fifty mistakes: all of them at once, each with line, table, what and hint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.settings.load import examine_file, load_site
from edge.settings.problems import SettingsError

FILE = Path(__file__).parent / "mistakes.toml"
NUMBER = re.compile(r"# (\d+)$")

URLS = (
    "/dev/serial/by-path/... (a serial port, or any terminal's path), socket://address:port, "
    "framebuffer:/dev/fb0, file:/folder/board.png, alsa:default, wav:/folder, gpio:, mock-gpio:/path.sock"
)

# number in the file -> (where, what, hint)
MISTAKES = {
    1: ("[site]", '"id" is "Chaotian Hall"; it must be a name of a-z, 0-9 and "-", at most 32', ""),
    2: ("[site]", '"name_en" is 7; it must be text of at most 200 characters', ""),
    3: ("[site]", 'unknown node "kore"', 'did you mean "core"?'),
    4: ("[site]", 'unknown key "langauge"', 'did you mean "language"?'),
    5: (
        "[broker]",
        'embedded, but host is "192.0.2.7": the embedded broker is for this machine alone',
        "run Mosquitto for nodes on other machines",
    ),
    6: ("[broker]", '"port" is 70000; it must be a whole number from 1 to 65535', ""),
    7: ("[broker]", '"protocol" is "3.1"; it must be one of "3.1.1", "5", "auto"', 'did you mean "3.1.1"?'),
    8: ("[broker]", '"keepalive_s" is "15"; it must be a whole number from 2 to 600', ""),
    9: ("[broker]", "a password without a username", ""),
    10: (
        "[hours]",
        'weekdays: "11:30-17:00" begins before "09:00-12:00" ends',
        "spans stand in order and do not overlap",
    ),
    11: ("[hours]", '"weekend" entry 1 is "9:00-12:00"; it must be a span such as "09:00-12:00"', ""),
    12: ("[hours]", 'monday: "17:00-09:00" ends before it begins', ""),
    13: ("[hours]", '"stop_issue_min" is 0.5; it must be a whole number from 0 to 480', ""),
    14: (
        "[order]",
        '"rule" is "acumulating"; it must be one of "accumulating", "alternating"',
        'did you mean "accumulating"?',
    ),
    15: ("[order]", '"longest_wait_min" is -1; it must be a whole number from 0 to 1440', ""),
    16: ("", 'unknown table "apointments"', 'did you mean "appointments"?'),
    17: ("[appointments]", 'unknown priority class "eldery"', 'did you mean "elderly"?'),
    18: ("[tickets]", "qr: unknown {name}", "known are {site}, {visit}, {number}"),
    19: ('[[priority_classes]] "elderly"', '"rate" is 0; it must be a number from 0.1 to 100', ""),
    20: (
        '[[queues]] "tax"',
        'the number prefix "A" is taken by [[queues]] "general" on line 52',
        "each needs its own",
    ),
    21: ('[[queues]] "passport"', '"prefix" is "j"; it must be 0 to 3 letters A-Z', ""),
    22: ("[[queues]] number 4", 'needs "id"', 'it is a name of a-z, 0-9 and "-", at most 32'),
    23: ('[[services]] "teacher"', 'unknown queue "genral"', 'did you mean "general"?'),
    24: (
        '[[services]] "photo"',
        'the code "1001" is taken by [[services]] "teacher" on line 72',
        "each needs its own",
    ),
    25: ('[[services]] "photo"', '"service_min" is nan; it must be a number from 0.1 to 480', ""),
    26: (
        '[[services]] "teacher"',
        'the id "teacher" is taken by [[services]] "teacher" on line 69',
        "each needs its own",
    ),
    27: ('[[services]] "teacher"', 'unknown key "deparment"', 'did you mean "department"?'),
    28: ('[[services]] "teacher"', '"accepted" is "yes"; it must be true or false', ""),
    29: ('[[windows]] "1"', 'unknown queue "taxes"', 'did you mean "tax"?'),
    30: ('[[windows]] "2"', "nobody is served here", "give it queues = [...] or comprehensive = true"),
    31: ('[[windows]] "3"', 'the label "1" is taken by [[windows]] "1" on line 90', "each needs its own"),
    32: (
        '[[windows]] "3"',
        '"queues" is "tax"; it must be a list of at most 200 entries, '
        'each a name of a-z, 0-9 and "-", at most 32',
        "",
    ),
    33: ('[[ports]] "line"', 'unknown node "eest"', 'did you mean "east"?'),
    34: (
        '[[ports]] "usb"',
        '"/dev/ttyUSB0" is whichever adapter came first after power-on',
        "take the name of its socket in /dev/serial/by-path",
    ),
    35: (
        '[[ports]] "usb"',
        '"baud" is 9601; it must be one of 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200',
        "",
    ),
    36: ('[[ports]] "odd"', 'url "usb://1" is of no known kind', f"it is one of {URLS}"),
    37: ('[[devices]] "keypad-1"', 'unknown key "adress"', 'did you mean "address"?'),
    38: (
        '[[devices]] "evaluator-2"',
        'address 2 on port "line" is taken by [[devices]] "keypad-2"',
        "each needs its own",
    ),
    39: ('[[devices]] "strip-2"', 'unknown kind "stripe"', 'did you mean "strip"?'),
    40: ('[[devices]] "strip-3"', 'unknown port "lime"', 'did you mean "line"?'),
    41: ('[[devices]] "strip-3"', 'unknown window "33"', 'did you mean "3"?'),
    42: ('[[devices]] "strip-3"', '"address" is 300; it must be a whole number from 0 to 255', ""),
    43: (
        '[[devices]] "printer"',
        'kind "printer" cannot hang on port "pins" (gpio:)',
        "it needs /dev/serial/by-path/... (a serial port, or any terminal's path) or socket://address:port",
    ),
    44: ('[[devices]] "printer"', '"advice" is a list; it must be text of at most 200 characters', ""),
    45: ('[[devices]] "button-2"', 'a button names a service exactly when its action is "take"', ""),
    46: ('[[devices]] "keys"', 'kind "keypad" knows no dialect "ff86"', 'did you mean "ff68"?'),
    47: (
        '[[devices]] "keys"',
        'keys "7 confirm": nothing named "eldery" in [[priority_classes]]',
        'did you mean "elderly"?',
    ),
    48: ("[people]", '"no_show_pct" is 101; it must be a number from 0 to 100', ""),
    49: ("[people]", 'unknown queue "taxes"', 'did you mean "tax"?'),
    50: ("[people]", 'arrivals: "09:00" comes after "10:00"', "put them in order of time"),
}


def line_numbers() -> dict[int, int]:
    """Line of each numbered mistake in the file."""
    found: dict[int, int] = {}
    for at, line in enumerate(FILE.read_text(encoding="utf-8").splitlines(), start=1):
        if number := NUMBER.search(line):
            found[int(number[1])] = at
    return found


LINES = line_numbers()


def test_the_file_holds_each_mistake_once() -> None:
    assert sorted(LINES) == sorted(MISTAKES) == list(range(1, 51))


def test_all_mistakes_are_told_at_once_and_nothing_else() -> None:
    told = [(one.line, one.where, one.what, one.hint) for one in examine_file(FILE).problems]
    assert told == [(LINES[number], *MISTAKES[number]) for number in sorted(MISTAKES)]


@pytest.mark.parametrize("number", sorted(MISTAKES))
def test_each_mistake_reads_as_one_line_for_a_technician(number: int) -> None:
    where, what, hint = MISTAKES[number]
    place = f"{FILE}:{LINES[number]}: {where}: " if where else f"{FILE}:{LINES[number]}: "
    ending = f"{what}; {hint}" if hint else what
    assert place + ending in map(str, examine_file(FILE).problems)


def test_loading_raises_with_every_one_of_them() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_site(FILE)
    assert len(refusal.value.problems) == 50
    assert {one.severity for one in refusal.value.problems} == {"error"}
    assert str(refusal.value).count("\n") == 49
    assert str(refusal.value).splitlines()[36] == (
        f'{FILE}:{LINES[37]}: [[devices]] "keypad-1": unknown key "adress"; did you mean "address"?'
    )
