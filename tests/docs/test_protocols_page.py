"""docs/protocols.md: what the source cites is there, and its vectors are frames."""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

from devices.frame_ff68 import parse

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = "docs/protocols.md"
CITED = re.compile(r"docs/protocols\.md (\d+(?:\.\d+)?)(?: and (\d+(?:\.\d+)?))?")
ROOMS = {"devices": "*.py", "simulators": "*.py", "tests/golden": "*.hex", "docs": "*.md"}


def cited() -> dict[str, list[str]]:
    """The sections that each file cites."""
    paths = [path for room, form in ROOMS.items() for path in (ROOT / room).rglob(form)]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    found = {
        name: [part for hit in CITED.findall(text) for part in hit if part] for name, text in texts.items()
    }
    return {name: sections for name, sections in found.items() if sections}


def vectors(page: Any, start: str) -> list[bytes]:
    """The whole frames between backticks that begin with `start`; those with letters for bytes are forms."""
    words = [
        word for word in page.words if word.startswith(start) and re.fullmatch(r"([0-9A-F]{2} ?)+", word)
    ]
    return [bytes.fromhex(word) for word in words if len(word) > len("FF 68")]


def test_each_section_cited_is_there(read: Any) -> None:
    sections = {
        found[1] for _, text in read(PAGE).headings if (found := re.match(r"(\d+(?:\.\d+)?)\.? ", text))
    }
    assert {section for named in cited().values() for section in named} <= sections


def test_each_wire_and_each_golden_conversation_cites_its_section() -> None:
    wires = {path.relative_to(ROOT).as_posix() for path in (ROOT / "devices").glob("*/wire_*.py")}
    golden = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/golden").rglob("*.hex")}
    assert len(wires) >= 4
    assert len(golden) >= 20
    assert wires | golden <= cited().keys()


def test_vectors_of_keypads_and_evaluators_are_frames(read: Any) -> None:
    found = vectors(read(PAGE), "FF 68")
    assert len(found) == 7
    for frame in found:
        parse(frame)


def test_vectors_of_strips_are_frames(read: Any) -> None:
    *requests, answer = vectors(read(PAGE), "A0 90")
    assert len(requests) == 2
    assert answer == bytes.fromhex("A0 90 03 A5 AA")
    for frame in requests:
        assert reduce(xor, frame[2:]) == 0
        assert int.from_bytes(frame[4:6], "big") == len(frame) - 7


def test_sources_named_are_listed_and_none_in_vain(read: Any) -> None:
    facts, listed = re.split(r"^## 10\. Sources$", read(PAGE).prose, flags=re.MULTILINE)
    named = set(re.findall(r"\[([^\]]+)\](?!\()", facts)) - {"brackets"}
    assert named == set(re.findall(r"^\| ([\w-]+) \|", listed, re.MULTILINE)) - {"name", "-"}
