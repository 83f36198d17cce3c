"""Files that are no site file at all, and any text whatever."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.settings.load import MAX_CHARACTERS, examine, examine_file, load_site, parse_site
from edge.settings.problems import Problem, SettingsError, did_you_mean
from edge.settings.toml_text import MAX_BYTES

NOT_TOML = {
    "no_quotes": ("id = x\n", 'x.toml:1: not TOML: Invalid value; text stands in quotes: name = "..."'),
    "no_equals": (
        "[site]\n\nid\n",
        "x.toml:3: not TOML: Expected '=' after a key in a key/value pair; a line reads: key = value",
    ),
    "key_twice": ("a = 1\na = 2\n", "x.toml:2: not TOML: Cannot overwrite a value; it stands twice"),
    "table_twice": ("[a]\n[a]\n", "x.toml:2: not TOML: Cannot declare ('a',) twice"),
    "open_text": ('a = """\n\n', "x.toml:3: not TOML: Unterminated string"),
    "huge_number": ("a = " + "9" * 5000, "x.toml: not TOML: a number with thousands of digits"),
    "too_deep": ("a = " + "[" * 5000 + "]" * 5000, "x.toml: is nested too deeply"),
    "too_large": ("#" * (MAX_BYTES + 1), "x.toml: is larger than 512 KiB"),
    "too_long": ("#" * (MAX_CHARACTERS + 1), "x.toml: has more than 196608 characters"),
}


@pytest.mark.parametrize("name", sorted(NOT_TOML))
def test_what_is_not_toml_is_one_problem_with_its_line(name: str) -> None:
    text, said = NOT_TOML[name]
    with pytest.raises(SettingsError) as refusal:
        parse_site(text, "x.toml")
    assert str(refusal.value) == said


def test_an_empty_file_needs_every_table() -> None:
    assert [str(one) for one in examine("", "x.toml").problems] == [
        f"x.toml:1: needs {table}; see examples/minimal.toml"
        for table in (
            "[[devices]]",
            "[[nodes]]",
            "[[ports]]",
            "[[queues]]",
            "[[services]]",
            "[[windows]]",
            "[site]",
        )
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read: No such file or directory"):
        load_site(path)


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path, good: str) -> None:
    path = tmp_path / "gbk.toml"
    path.write_bytes(good.encode("gb18030"))
    assert [str(one) for one in examine_file(path).problems] == [
        f"{path}:3: is not UTF-8 text; save it as UTF-8"
    ]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path, good: str) -> None:
    path = tmp_path / "marked.toml"
    path.write_bytes(good.encode("utf-8-sig"))
    assert load_site(path).site.name == "小厅"


def test_text_that_came_by_the_broker_is_the_same_site(tmp_path: Path, good: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(good, encoding="utf-8")
    assert parse_site(good, "apply") == load_site(path)


def test_warnings_do_not_keep_a_site_from_loading(good: str) -> None:
    text = good.replace('name = "照相"', f'name = "{"照" * 41}"')
    assert [one.severity for one in examine(text, "x").problems] == ["warning"]
    assert parse_site(text, "x").services[0].name == "照" * 41


def test_a_device_knows_its_dialect_without_naming_it(good: str) -> None:
    assert [device.dialect for device in parse_site(good, "x").devices] == ["ff68"]


def test_problems_read_as_file_line_where_what_hint() -> None:
    problem = Problem(file="a.toml", line=41, where="[site]", what="bad", hint="mend it", severity="warning")
    assert str(problem) == "a.toml:41: warning: [site]: bad; mend it"
    assert str(Problem(file="a.toml", line=0, where="", what="bad")) == "a.toml: bad"


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("adress", ["address", "dress"], 'did you mean "address"?'),
        ("ADDRESS", ["address"], 'did you mean "address"?'),
        ("x", ["aa", "bb"], 'known are "aa", "bb"'),
        ("x", [], "there is none"),
        ("x", [f"long-{at}" for at in range(13)], ""),
    ],
)
def test_the_nearest_right_word(word: str, known: list[str], hint: str) -> None:
    assert did_you_mean(word, known) == hint


def is_told_properly(problem: Problem, text: str) -> bool:
    """One printable line of bounded length that names a line of the text."""
    said = str(problem)
    return said.isprintable() and len(said) < 1500 and 0 <= problem.line <= text.count("\n") + 1


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text_is_refused_in_words(text: str) -> None:
    examined = examine(text, "x.toml")
    assert examined.site is None
    assert examined.errors
    assert all(is_told_properly(one, text) for one in examined.problems)


ODD_VALUES = st.sampled_from(
    [
        *("nan", "inf", "-1", "1e300", "9223372036854775808", "true", "1979-05-27", "07:32:00"),
        *("[]", "{}", "[[[]]]", "{ id = 3 }", '["a", 1]', "[{}]"),
        *("''", '"\\n"', '"\\u0000"', '"' + "x" * 5000 + '"'),
    ]
)


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_an_odd_value_anywhere_is_refused_or_taken_but_never_more(good: str, data: st.DataObject) -> None:
    lines = good.splitlines()
    with_value = [at for at, line in enumerate(lines) if " = " in line]
    for at in data.draw(st.lists(st.sampled_from(with_value), min_size=1, max_size=4, unique=True)):
        lines[at] = lines[at].split(" = ")[0] + " = " + data.draw(ODD_VALUES)
    text = "\n".join(lines)
    examined = examine(text, "x.toml")
    assert (examined.site is None) == bool(examined.errors)
    assert all(is_told_properly(one, text) for one in examined.problems)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_lines_lost_or_doubled_are_refused_or_taken_but_never_more(good: str, data: st.DataObject) -> None:
    lines = good.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at : at + 1] = data.draw(st.sampled_from([[], [lines[at]] * 2, ["[[devices]]", lines[at]]]))
    text = "\n".join(lines)
    examined = examine(text, "x.toml")
    assert (examined.site is None) == bool(examined.errors)
    assert all(is_told_properly(one, text) for one in examined.problems)
