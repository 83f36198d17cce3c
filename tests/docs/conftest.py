"""Reads the pages: their fenced blocks, links and headings."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

_FENCE = re.compile(r"^(`{3,})(\w*)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
_LABEL = re.compile(r"\*\*`([^`]+)`\*\*\n\n\Z")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")


class Fence(NamedTuple):
    """A fenced block. `label` is the path in bold code right above it, or ""."""

    language: str
    label: str
    body: str


class Page:
    """One page. `prose` is all but the fenced blocks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.fences = [
            Fence(
                found[2], label[1] if (label := _LABEL.search(self.text, 0, found.start())) else "", found[3]
            )
            for found in _FENCE.finditer(self.text)
        ]
        self.prose = _FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def headings(self) -> list[tuple[int, str]]:
        return [(len(marks), text) for marks, text in _HEADING.findall(self.prose)]

    @property
    def words(self) -> list[str]:
        """What stands between single backticks."""
        return _CODE.findall(self.prose)


@pytest.fixture(scope="session")
def read() -> Callable[[str], Page]:
    """`read(path)` is the page at `path`, counted from the root of the source."""
    return lambda path: Page(ROOT / path)


def page_paths() -> list[str]:
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(path.relative_to(ROOT).as_posix() for path in paths)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `page` runs over every page."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", [Page(ROOT / path) for path in page_paths()], ids=page_paths())
