"""The line index against the standard parser: same paths, right lines."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from edge.settings.lines import line_index, split_key

EVERYTHING = '''\
# a comment with [brackets] = "and" 'quotes' and """three"""
top = 1   # trailing
"quoted key" = "a # no comment"
'lit.eral' = 'C:\\path'

[site]
name = """
first ] }
"quoted" \\""" still ""\\
last""" # after
path = \'\'\'
it's ''literal''
\'\'\'
dotted."a b".c = 1
dotted . other = 2
when = 1979-05-27 07:32:32
hex = 0xDEAD_beef

[[devices]]   # first
id = "a"
list = [ 1, # one
  "two, ]", [ 3.0,
    4 ],
  { x = 1, "y z" = [
      true ] } ,
]
[devices.own]
key = 1
[[devices.part]]
n = 1
[[devices.part]]
n = 2

[[devices]]
id = "b"
empty = []
none = {}
ends = """a"""""
[ a . "b.c" ]
z = -inf'''

EXPECTED = {
    ("top",): 2,
    ("quoted key",): 3,
    ("lit.eral",): 4,
    ("site",): 6,
    ("site", "name"): 7,
    ("site", "path"): 11,
    ("site", "dotted"): 14,
    ("site", "dotted", "a b"): 14,
    ("site", "dotted", "a b", "c"): 14,
    ("site", "dotted", "other"): 15,
    ("site", "when"): 16,
    ("site", "hex"): 17,
    ("devices",): 19,
    ("devices", 0): 19,
    ("devices", 0, "id"): 20,
    ("devices", 0, "list"): 21,
    ("devices", 0, "list", 0): 21,
    ("devices", 0, "list", 1): 22,
    ("devices", 0, "list", 2): 22,
    ("devices", 0, "list", 2, 0): 22,
    ("devices", 0, "list", 2, 1): 23,
    ("devices", 0, "list", 3): 24,
    ("devices", 0, "list", 3, "x"): 24,
    ("devices", 0, "list", 3, "y z"): 24,
    ("devices", 0, "list", 3, "y z", 0): 25,
    ("devices", 0, "own"): 27,
    ("devices", 0, "own", "key"): 28,
    ("devices", 0, "part"): 29,
    ("devices", 0, "part", 0): 29,
    ("devices", 0, "part", 0, "n"): 30,
    ("devices", 0, "part", 1): 31,
    ("devices", 0, "part", 1, "n"): 32,
    ("devices", 1): 34,
    ("devices", 1, "id"): 35,
    ("devices", 1, "empty"): 36,
    ("devices", 1, "none"): 37,
    ("devices", 1, "ends"): 38,
    ("a",): 39,
    ("a", "b.c"): 39,
    ("a", "b.c", "z"): 40,
}


def paths(value: Any, at: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """All paths of a parsed document."""
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    found = {at} if at else set()
    return found.union(*(paths(one, (*at, key)) for key, one in entries))


def test_every_form_of_toml_has_its_line() -> None:
    assert paths(tomllib.loads(EVERYTHING)) == set(EXPECTED)
    assert line_index(EVERYTHING) == EXPECTED


def test_windows_line_ends_count_once() -> None:
    assert line_index(EVERYTHING.replace("\n", "\r\n")) == EXPECTED


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("plain", ("plain",)),
        ("a . b-c", ("a", "b-c")),
        ('"a.b".c', ("a.b", "c")),
        ("'it\"s'", ('it"s',)),
        (r'"tab\t" . x', ("tab\t", "x")),
    ],
)
def test_keys_are_split_as_written(written: str, parts: tuple[str, ...]) -> None:
    assert split_key(written) == parts


# --- any document ---------------------------------------------------------------------------------

KEYS = st.sampled_from(["a", "b", "c-d", "7", '"q r"', "'l.m'", '"x#y"', '"e\\u0041"'])
DOTTED = st.lists(KEYS, min_size=1, max_size=3).map(" . ".join) | KEYS
SCALARS = st.sampled_from(
    [
        "1",
        "-0.5",
        "true",
        "nan",
        "1979-05-27 07:32:32",
        '"s"',
        "'#['",
        '"\\"]"',
        '"""m\n"] #\n"""',
        "'''\n'\n''''",
        '""',
        "''",
        '""""""',
        '"""a\\\n  b""""',
        "''''''",
        '"""\\""""',
    ]
)
GAPS = st.sampled_from(["", " ", "\n", " # c ] }\n", "\r\n\t", "\n\n"])


@st.composite
def arrays(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    entries = [draw(GAPS) + draw(inner) + draw(GAPS) for _ in range(draw(st.integers(0, 3)))]
    tail = "," if entries and draw(st.booleans()) else ""
    return "[" + ",".join(entries) + tail + draw(GAPS) + "]"


@st.composite
def inline_tables(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    pairs = [f" {draw(DOTTED)}={draw(inner)} " for _ in range(draw(st.integers(0, 3)))]
    return "{" + ",".join(pairs) + "}"


VALUES = st.recursive(SCALARS, lambda inner: arrays(inner) | inline_tables(inner), max_leaves=6)
ENDS = st.sampled_from(["\n", " # end = [\n", "\r\n", "\n\n  \t\n"])
STATEMENTS = st.one_of(
    st.builds("{}\t= {}{}".format, DOTTED, VALUES, ENDS),
    st.builds("[ {} ]{}".format, DOTTED, ENDS),
    st.builds("[[{}]]{}".format, DOTTED, ENDS),
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Statements, each kept only where the document is still TOML."""
    text = ""
    for statement in draw(st.lists(STATEMENTS, max_size=8)):
        if is_toml(text + statement):
            text += statement
    return text


def is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


@given(documents())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_document_gives_the_paths_of_the_standard_parser(text: str) -> None:
    assume(text)
    assert set(line_index(text)) == paths(tomllib.loads(text))


@given(documents(), st.integers(1, 5))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_lines_above_move_every_line_down(text: str, more: int) -> None:
    moved = {path: line + more for path, line in line_index(text).items()}
    assert line_index("# above\n" * more + text) == moved


@given(st.lists(st.tuples(GAPS, SCALARS), min_size=1, max_size=8))
def test_a_key_stands_on_the_line_that_names_it(values: list[tuple[str, str]]) -> None:
    text = "".join(
        f"{gap.replace(' # c ] }', '')}\nkey-{at} = {value}\n" for at, (gap, value) in enumerate(values)
    )
    lines = text.splitlines()
    for at in range(len(values)):
        assert lines[line_index(text)[(f"key-{at}",)] - 1].startswith(f"key-{at} =")
