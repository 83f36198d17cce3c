"""`hall demo` as a person runs it: to its report, stopped by Ctrl-C, and with a node that dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def start(out: Path, *options: str, cwd: Path = ROOT) -> Iterator[subprocess.Popen[str]]:
    """A demonstration as a terminal starts it; one that has not ended by itself is killed."""
    command = [sys.executable, "-m", "edge", "demo", "--plain", "--out", str(out), *options]
    env = {**os.environ, "PYTHONPATH": str(cwd), "XDG_CACHE_HOME": str(out.parent / "cache")}
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's "&" has it ignored
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def read_until(child: subprocess.Popen[str], wanted: str) -> str:
    """Output up to and with the line that holds `wanted`."""
    text = ""
    for line in child.stdout or ():
        text += line
        if wanted in line:
            return text
    raise AssertionError(f"never said {wanted!r}:\n{text}")


def nodes_of(out: Path) -> Iterator[int]:
    """Processes that still work on this demonstration's data."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"node" in words and str(out / "data").encode() in words:
            yield int(process.name)


@pytest.mark.parametrize("broker", ["mosquitto", "embedded"])
def test_it_ends_with_its_report_and_nothing_is_lost(tmp_path: Path, broker: str) -> None:
    out = tmp_path / "out"
    options = ["--embedded"] if broker == "embedded" else []
    with start(out, "--minutes", "14", "--windows", "4", *options) as child:
        text, _ = child.communicate()
    assert child.returncode == 0, text
    assert f"broker {broker} on port" in text
    assert re.search(r"^bench http://127\.0\.0\.1:\d+/$", text, re.MULTILINE)
    numbers, calls, _ratings = map(
        int, re.findall(r"seen from outside: (\d+) numbers, (\d+) calls, (\d+) ratings", text)[0]
    )
    assert numbers >= 6
    assert calls >= 4
    assert "\nlost 0\n" in text
    assert (out / "report.txt").read_text().endswith("\nlost 0\n")
    tickets = sorted((out / "tickets").glob("*.png"))
    assert len(tickets) == numbers
    assert Image.open(out / "board-main.png").size == (1920, 1080)
    assert re.search(r"press to strip: median \d+ ms", text)
    assert not list(nodes_of(out))


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with start(out, "--minutes", "600", "--windows", "2") as child:
        read_until(child, "broker mosquitto on port")
        child.send_signal(signal.SIGINT)
        text, _ = child.communicate()
    assert child.returncode == 130, text
    assert "Traceback" not in text
    assert not list(nodes_of(out))


def test_a_node_that_dies_ends_it_with_a_sentence(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with start(out, "--minutes", "600", "--windows", "2") as child:
        read_until(child, "broker mosquitto on port")
        victim = next(nodes_of(out))
        os.kill(victim, signal.SIGKILL)
        text, _ = child.communicate()
    assert child.returncode == 1, text
    assert re.search(r"hall demo: node [a-z-]+ ended by itself with code -9; its last words:", text)
    assert "Traceback" not in text
    assert not list(nodes_of(out))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--windows", "56"], "--windows is 1 to 55, and not 56"),
        (["--windows", "0"], "--windows is 1 to 55, and not 0"),
        (["--speed", "1000"], "--speed is 0.1 to 200, and not 1000"),
        (["--minutes", "-1"], "--minutes is 0 to 1440, and not -1"),
    ],
)
def test_numbers_out_of_bounds_are_said(tmp_path: Path, options: list[str], sentence: str) -> None:
    with start(tmp_path / "out", *options) as child:
        text, _ = child.communicate()
    assert child.returncode == 2
    assert text == f"hall demo: {sentence}\n"


def test_a_folder_that_holds_files_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.txt").write_text("of yesterday")
    with start(out) as child:
        text, _ = child.communicate()
    assert child.returncode == 2
    assert "holds files already; give an empty or a new folder with --out" in text
    assert (out / "report.txt").read_text() == "of yesterday"


def test_a_site_file_that_is_not_there(tmp_path: Path) -> None:
    with start(tmp_path / "out", "--site", "nowhere.toml") as child:
        text, _ = child.communicate()
    assert child.returncode == 1
    assert "nowhere.toml: cannot be read: No such file or directory" in text


def test_a_missing_font_is_a_plain_sentence(tmp_path: Path) -> None:
    """As after a broken installation: the package without its faces."""
    for room in ("edge", "devices", "mqtt_bridge", "display", "simulators", "examples"):
        (tmp_path / room).symlink_to(ROOT / room)
    copy = tmp_path / "display"
    copy.unlink()
    copy.mkdir()
    for path in (ROOT / "display").glob("*.py"):
        (copy / path.name).symlink_to(path)
    (copy / "data").mkdir()
    (copy / "data" / "__init__.py").touch()
    with start(tmp_path / "out", "--minutes", "1", cwd=tmp_path) as child:
        text, _ = child.communicate()
    assert child.returncode == 1, text
    assert "hall-sans-sc.otf" in text
    assert "Traceback" not in text
