"""README.md and README.zh-CN.md say the same, and their table of devices is the code's."""

from __future__ import annotations

import re
from typing import Any

import pytest

from edge.settings.kinds import GRADES, KINDS

BOTH = ("README.md", "README.zh-CN.md")
GRADES_ZH = {
    "V": "经第三方程序验证",
    "P2": "两个来源一致",
    "P": "一个来源",
    "C": "自行推算",
    "ours": "不涉及厂家字节",
}


def links(page: Any) -> list[str]:
    """All but the one to the other language."""
    return [link for link in page.links if link not in BOTH]


def rows(page: Any) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.prose.splitlines()
        if line.startswith("|")
    ]


def test_same_headings_blocks_and_links(read: Any) -> None:
    english, chinese = (read(path) for path in BOTH)
    assert [level for level, _ in english.headings] == [level for level, _ in chinese.headings]
    assert english.fences == chinese.fences
    assert links(english) == links(chinese)
    assert [len(row) for row in rows(english)] == [len(row) for row in rows(chinese)]


def test_same_names_in_code(read: Any) -> None:
    english, chinese = (sorted(read(path).words) for path in BOTH)
    assert english == chinese


def test_each_points_at_the_other(read: Any) -> None:
    assert BOTH[1] in read(BOTH[0]).links
    assert BOTH[0] in read(BOTH[1]).links


@pytest.mark.parametrize(("path", "grades"), [(BOTH[0], GRADES), (BOTH[1], GRADES_ZH)])
def test_devices_are_those_of_the_code(read: Any, path: str, grades: dict[str, str]) -> None:
    found = {row[0].strip("`"): row for row in rows(read(path)) if re.fullmatch(r"`[a-z]+`", row[0])}
    assert found.keys() == KINDS.keys()
    for name, kind in KINDS.items():
        (grade,) = set(kind.dialects.values())
        assert found[name][-1] == grades[grade], name
        schemes = {word.rstrip(":/") for word in re.findall(r"`([^`]+)`", found[name][3])}
        assert schemes == set(kind.schemes) - {"path"}, name
