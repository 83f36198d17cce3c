"""What the pages name is there: links, files, commands, examples."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from edge.cli import _parser

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("edge/", "devices/", "mqtt_bridge/", "display/", "simulators/", "tests/", "docs/", "examples/")
NEW_DEVICE = "tally"  # the device that docs/adding-a-device.md adds

MACHINE_PATHS = re.compile(r"(?<![\w.~])/(?:root|work|home|tmp|Users)/")
COMMAND = re.compile(
    r"^(?:ExecStart=|\$ )?(?:sudo (?:-u hall )?)?(?:/opt/hall/bin/|\.venv/bin/)?hall (?P<rest>.+)$"
)


def commands(page: Any) -> list[list[str]]:
    """The arguments of each `hall` command line in the page's blocks."""
    bodies = [fence.body.replace("\\\n", " ") for fence in page.fences]
    lines = [line for body in bodies for line in body.splitlines()]
    return [shlex.split(found["rest"], comments=True) for line in lines if (found := COMMAND.match(line))]


def anchors(path: Path) -> set[str]:
    """The anchors that headings make, as web pages of source code hosts do."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text).strip().lower().replace(" ", "-") for text in headings}


def test_links_lead_somewhere(page: Any) -> None:
    for link in page.links:
        if link.startswith(("http://", "https://")):
            continue
        target, _, anchor = link.partition("#")
        path = page.path.parent / target if target else page.path
        assert path.exists(), link
        assert not anchor or anchor in anchors(path), link


def test_files_named_are_there(page: Any) -> None:
    for word in page.words:
        if word.startswith(ROOMS) and NEW_DEVICE not in word and not set(word) & set(" *<{"):
            assert (ROOT / word).exists(), word


def test_command_lines_parse(page: Any) -> None:
    for arguments in commands(page):
        code = 0
        try:
            _parser(arguments[0]).parse_args(arguments)
        except SystemExit as end:
            code = end.code
        assert code == 0, arguments


@pytest.mark.parametrize("path", ["README.md", "README.zh-CN.md"])
def test_each_command_has_a_line(read: Any, path: str) -> None:
    listed = re.findall(r"^    ([a-z]+) ", _parser("").format_help(), re.MULTILINE)
    assert "node" in listed
    assert {arguments[0] for arguments in commands(read(path))} == set(listed)


def test_a_service_line_is_a_command_line() -> None:
    unit = (ROOT / "docs" / "systemd" / "hall-node@.service").read_text(encoding="utf-8")
    (found,) = [found for line in unit.splitlines() if (found := COMMAND.match(line))]
    assert _parser("node").parse_args(shlex.split(found["rest"])).node == "%i"


def test_commands_named_in_text_exist(page: Any) -> None:
    for word in page.words:
        found = re.match(r"hall ([a-z]+)", word)
        if found:
            with pytest.raises(SystemExit) as end, contextlib.redirect_stdout(None):
                _parser(found[1]).parse_args([found[1], "--help"])
            assert end.value.code == 0, word


def test_make_targets_exist(page: Any) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)(?=`|$)", page.text, re.MULTILINE))
    assert named <= targets


def test_examples_are_whole(page: Any) -> None:
    checks = {"python": lambda body: compile(body, "page", "exec"), "toml": tomllib.loads}
    for fence in page.fences:
        if fence.language in checks:
            checks[fence.language](fence.body)
        if fence.language == "json":
            for line in fence.body.splitlines():
                json.loads(line)


def test_no_path_of_a_machine(page: Any) -> None:
    assert not MACHINE_PATHS.search(page.text)


def test_first_screen_has_two_commands(read: Any) -> None:
    first, *_ = read("README.md").fences
    assert first.body == "make demo\nmake test\n"
