"""Bench files and scripts of faults: what is read, and what is said of mistakes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.settings.problems import SettingsError
from simulators.bench.bench import Bench
from simulators.sim.bench_file import load_bench, parse_bench
from simulators.sim.faults_file import Script, load_script, parse_script

EXAMPLES = Path(__file__).parents[2] / "examples"
PORT = '[[ports]]\nid = "line"\nurl = "/tmp/x"\n'
STRIP = '[[devices]]\nid = "strip"\nkind = "strip"\nport = "line"\n'
PRINTER = STRIP.replace('kind = "strip"', 'kind = "printer"')
OTHER = STRIP.replace('"strip"\nkind', '"b"\nkind')


def said(text: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        parse_bench(text, "bench.toml")
    return [str(problem) for problem in error.value.problems]


def test_the_example_is_what_it_says() -> None:
    plan = load_bench(EXAMPLES / "bench.toml")
    assert [(one.id, one.scheme, str(one.framing)) for one in plan.ports] == [
        ("window-3", "", "9600 8N1"),
        ("tickets", "socket://", "9600 8N1"),
        ("kiosk", "rfc2217://", "9600 8E1"),
    ]
    assert [one.id for one in plan.devices] == [
        "keypad-3",
        "evaluator-3",
        "strip-3",
        "printer",
        "kiosk-keypad",
    ]


def check(script: Script, bench_file: Path) -> None:
    async def whole() -> None:
        script.check(Bench(load_bench(bench_file)))

    asyncio.run(whole())


def test_the_script_of_the_example_fits_its_bench() -> None:
    script = load_script(EXAMPLES / "faults.toml")
    check(script, EXAMPLES / "bench.toml")
    assert [(one.at_s, one.device, one.fault, one.for_s) for one in script.faults][:2] == [
        (5, "printer", "paper_out", 20),
        (10, "strip-3", "no_ack", 5),
    ]
    assert script.faults[0].order.told() == {"after_bytes": 200}


MISTAKES = [
    ("", ["bench.toml:1: [[ports]]: there is none; write [[ports]] above each",
          "bench.toml:1: [[devices]]: there is none; write [[devices]] above each"]),
    ("ports = 3\n" + STRIP, [
        "bench.toml:1: [[ports]]: is 3; write [[ports]] above each",
        'bench.toml:5: [[devices]] "strip": unknown port "line"; there is none',
    ]),
    ("[bench]\n" + PORT + STRIP, ['bench.toml:1: unknown table "bench"; known are "ports", "devices"']),
    (PORT + "bauds = 9600\n" + STRIP,
     ['bench.toml:4: [[ports]] "line": unknown key "bauds"; did you mean "baud"?']),
    (PORT + 'baud = "x"\n' + STRIP,
     ['bench.toml:4: [[ports]] "line": "baud" is "x"; it must be a whole number from 50 to 4000000']),
    (PORT + 'parity = "E"\n' + STRIP, [
        'bench.toml:1: [[ports]] "line": a pty carries 8N only; for parity let the url be '
        "rfc2217://127.0.0.1:0"]),
    ('[[ports]]\nid = "line"\nurl = "tcp://x"\n' + STRIP, [
        'bench.toml:1: [[ports]] "line": the url "tcp://x" is no path and does not begin with socket://, '
        "rfc2217://, mock-gpio:, framebuffer:, file:, wav:"]),
    ('[[ports]]\nid = "line"\nurl = "file:board.png"\n' + STRIP, [
        'bench.toml:1: [[ports]] "line": the url "file:board.png" names no folder of its own: '
        "file:FOLDER/board.png"]),
    (PORT, ['bench.toml:1: [[ports]] "line": nothing hangs on it; let a device name it as its port',
            "bench.toml:1: [[devices]]: there is none; write [[devices]] above each"]),
    (PORT + STRIP.replace("strip\"\nport", "strp\"\nport"),
     ['bench.toml:6: [[devices]] "strip": unknown kind "strp"; did you mean "strip"?']),
    (PORT + STRIP.replace("line", "lin"), [
        'bench.toml:1: [[ports]] "line": nothing hangs on it; let a device name it as its port',
        'bench.toml:7: [[devices]] "strip": unknown port "lin"; did you mean "line"?']),
    (PORT + STRIP + "adress = 3\n",
     ['bench.toml:8: [[devices]] "strip": unknown key "adress"; did you mean "address"?']),
    (PORT + STRIP + STRIP, [
        'bench.toml:8: [[devices]] "strip": address 3 is taken by [[devices]] "strip"; each needs its own',
        'bench.toml:9: [[devices]] "strip": the id "strip" is taken by [[devices]] "strip" on line 5; '
        "each needs its own"]),
    (PORT + STRIP.replace('"strip"\nkind', '"line"\nkind'), [
        'bench.toml:5: [[devices]] "line": the id "line" is taken by [[ports]] "line" on line 2; '
        "each needs its own"]),
    (PORT + PRINTER + OTHER, [
        'bench.toml:11: [[devices]] "b": a printer needs a port of its own, and [[devices]] "strip" '
        "hangs there too"]),
    (PORT + STRIP.replace('kind = "strip"', 'kind = "board"'),
     ['bench.toml:7: [[devices]] "strip": a board cannot hang on /tmp/x; use framebuffer: or file:']),
    (PORT + PORT.replace('"line"', '"two"') + STRIP + OTHER.replace('"line"', '"two"'), [
        'bench.toml:6: [[ports]] "two": the url "/tmp/x" is taken by [[ports]] "line" on line 3; '
        "each needs its own"]),
    ("[[ports]\n", ["bench.toml:1: not TOML: Expected ']]' at the end of an array declaration"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problems"), MISTAKES)
def test_mistakes_are_said_with_line_and_cure(text: str, problems: list[str]) -> None:
    assert said(text) == problems


def test_a_keypad_and_an_evaluator_may_share_an_address_and_two_pins_may_not() -> None:
    devices = STRIP.replace('kind = "strip"', 'kind = "keypad"')
    devices += STRIP.replace("strip", "evaluator") + "address = 3\n"
    assert len(parse_bench(PORT + devices, "x").devices) == 2
    pins = PORT.replace("/tmp/x", "mock-gpio:/tmp/x")
    devices = STRIP.replace('kind = "strip"', 'kind = "button"')
    devices += STRIP.replace("strip", "lamp")
    assert said(pins + devices) == [
        'bench.toml:8: [[devices]] "lamp": pin 17 is taken by [[devices]] "strip"; each needs its own'
    ]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file or directory"):
        load_bench(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            'device = "strip-3"\nfault = "stuck_key"',
            "1: [[faults]] number 1: strip-3 is a strip and cannot have stuck_key: it has no keys",
        ),
        (
            'device = "strip"\nfault = "silent"',
            '1: [[faults]] number 1: no device "strip"; did you mean "strip-3"?',
        ),
        (
            'device = "printer"\nfault = "papr_out"',
            '1: [[faults]] number 1: unknown fault "papr_out"; did you mean "paper_out"?',
        ),
        (
            'device = "printer"\nfault = "paper_out"\nseed = 3',
            "1: [[faults]] number 1: paper_out cannot be told seed: it takes after_bytes",
        ),
    ],
)
def test_what_cannot_be_on_a_bench_is_said_before_it_starts(fault: str, says: str) -> None:
    script = parse_script(f"[[faults]]\nat_s = 1\n{fault}\n", "f.toml")
    with pytest.raises(SettingsError) as error:
        check(script, EXAMPLES / "bench.toml")
    assert str(error.value) == f"f.toml:{says}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "f.toml:1: [[faults]]: there is none; write [[faults]] above each"),
        ("[fault]\n", 'f.toml:1: [[faults]]: there is none; write [[faults]] above each\n'
         'f.toml:1: unknown table "fault"; did you mean "faults"?'),
        ('[[faults]]\nat_s = -1\ndevice = "a"\nfault = "late"\n',
         'f.toml:2: [[faults]] number 1: "at_s" is -1; it must be a number from 0 to 86400'),
        ('[[faults]]\nat = 1\ndevice = "a"\nfault = "late"\nlate = 3\n',
         'f.toml:2: [[faults]] number 1: unknown key "at"; did you mean "at_s"?\n'
         'f.toml:5: [[faults]] number 1: unknown key "late"; did you mean "late_s"?'),
    ],
)  # fmt: skip
def test_mistakes_of_a_script(text: str, says: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_script(text, "f.toml")
    assert str(error.value) == says


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["ports", "devices", "id", "url", "kind", "port", "pin", "faults"]),
                        inner, max_size=4), max_leaves=20))  # fmt: skip
def test_any_tables_are_a_plan_or_a_list_of_problems(tables: object) -> None:
    text = (
        "\n".join(f"{key} = {_toml(value)}" for key, value in tables.items())
        if isinstance(tables, dict)
        else ""
    )
    for parse in (parse_bench, parse_script):
        try:
            parse(text, "x")
        except SettingsError as error:
            assert error.problems


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case None:
            return '""'
        case str():
            return '"' + "".join(one if one.isalnum() else "-" for one in value) + '"'
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    return str(value)
