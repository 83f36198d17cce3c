"""The text of a capture: written, read back, damaged, and longer than memory."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.capture.dialects import dialect_of
from simulators.capture.format import Capture, CaptureError, Record, Writer
from simulators.capture.replay import Replay

NEXT = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
CALL = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
TEXT = """\
# hall capture 1
# port /dev/ttyUSB0 9600 8N1
+0.0000 < FF 68 03 03 68 03 01 0C 10 16
#         .h..h.....
+0.0120 > FF 68 03 03 68 03 01 0C 10 16
#         .h..h.....
+0.5000 > A0 90 03 A5 00 0E C7 EB 00 41 01 30 01 30 01 31
#         .........A.0.0.1
        > 01 BA C5 00 8B
#         .....
+2.0000 ! press next
# that was all
"""


def test_what_crossed_as_text() -> None:
    file = io.StringIO()
    writer = Writer(file, port="/dev/ttyUSB0 9600 8N1")
    for at, byte in enumerate(NEXT):
        writer.bytes_came("<", bytes([byte]), 100 + at * 0.001)
    writer.bytes_came(">", NEXT, 100.012)
    writer.bytes_came(">", CALL[:9], 100.512)
    writer.bytes_came(">", CALL[9:], 100.52)
    writer.hand("press next", 102.512)
    writer.remark("that was all")
    writer.end()
    assert file.getvalue() == TEXT
    assert writer.bytes == {"<": len(NEXT), ">": len(NEXT) + len(CALL)}


def test_and_back(tmp_path: Path) -> None:
    (tmp_path / "c.cap").write_text(TEXT)
    capture = Capture(tmp_path / "c.cap")
    assert capture.head == {"port": ["/dev/ttyUSB0 9600 8N1"]}
    assert list(capture.records()) == [
        Record(3, 0.0, "<", NEXT),
        Record(5, 0.012, ">", NEXT),
        Record(7, 0.5, ">", CALL[:16]),
        Record(9, None, ">", CALL[16:]),
        Record(11, 2.0, "!", b"", "press next"),
    ]


@given(st.lists(st.tuples(st.sampled_from("<>"), st.binary(min_size=1, max_size=40), st.floats(0, 1))))
def test_whatever_is_written_is_read(pieces: list[tuple[str, bytes, float]]) -> None:
    file, at_s = io.StringIO(), 0.0
    writer = Writer(file)
    for way, data, wait_s in pieces:
        at_s += wait_s
        writer.bytes_came(way, data, at_s)
    writer.end()
    path = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path("/tmp")
    path = path / f"hall-capture-{id(file)}"
    path.write_text(file.getvalue())
    try:
        records = list(Capture(path).records())
    finally:
        path.unlink()
    for way in "<>":
        wanted = b"".join(data for one, data, _ in pieces if one == way)
        assert b"".join(record.data for record in records if record.way == way) == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", '1: empty; the first line reads "# hall capture 1"'),
        ("hello\n", '1: no capture of ours; its first line reads "# hall capture 1"'),
        (
            "# hall capture 1\nhello\n",
            "2: not a record; it reads: +seconds, then < or > or !, then bytes in hex",
        ),
        ("# hall capture 1\n+0.1 < FF 6\n", "2: bytes stand in hex, two digits each: FF 68 03"),
        ("# hall capture 1\n+0.1 < xyz\n", "2: bytes stand in hex, two digits each: FF 68 03"),
        ("# hall capture 1\n+0.1 ? FF\n", "2: not a record"),
        ("# hall capture 1\n" + "+0.1 < " + "FF " * 2000, "2: a line has less than 4096 characters"),
    ],
)
def test_what_is_no_capture_is_said_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "c.cap").write_text(text)
    with pytest.raises(CaptureError) as error:
        list(Capture(tmp_path / "c.cap").records())
    assert str(error.value).startswith(f"{tmp_path}/c.cap:{says}")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="cannot be read: No such file"):
        Capture(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe" * 100)
    with pytest.raises(CaptureError, match="no text; a capture is UTF-8"):
        Capture(tmp_path / "binary")


READ_ALL = """
import resource, sys
from pathlib import Path
from simulators.capture.format import Capture
count = sum(len(record.data) for record in Capture(Path(sys.argv[1])).records())
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_long_capture_costs_no_memory(tmp_path: Path) -> None:
    """The memory of reading 30 MB is that of reading nothing, give or take; so it is for any length."""
    peaks = []
    for name, lines in (("short", 10), ("long", 500_000)):
        path = tmp_path / name
        with path.open("w") as file:
            file.write("# hall capture 1\n")
            file.writelines(f"+0.0100 > {CALL[:16].hex(' ')}\n" for _ in range(lines))
        out = subprocess.run(
            [sys.executable, "-c", READ_ALL, str(path)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        count, peak_kb = map(int, out.stdout.split())
        assert count == 16 * lines
        peaks.append(peak_kb)
    assert peaks[1] - peaks[0] < 3000
    assert resource.getpagesize()


class Echo:
    """A far end that says what was said to it."""

    def __init__(self) -> None:
        self._said = b""

    def read(self, timeout_s: float) -> bytes:
        said, self._said = self._said, b""
        return said

    def write(self, data: bytes) -> None:
        self._said += data

    def close(self) -> None:
        pass


def peak_of_replay(path: Path, lines: int) -> int:
    """The most memory, in bytes, that a replay of so many records takes."""
    with path.open("w") as file:
        file.write("# hall capture 1\n")
        file.writelines(f"+0.0 {way} {CALL[:16].hex(' ')}\n" for _ in range(lines // 2) for way in "><")
    tracemalloc.start()
    try:
        run = Replay(Echo(), "driver", speed=0)
        assert run.run(Capture(path).records()) is None
        assert run.compared == run.sent == 16 * lines // 2
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_long_replay_costs_no_memory(tmp_path: Path) -> None:
    """Forty times as many records, the same memory: so it is for a capture of any length."""
    short, long = (peak_of_replay(tmp_path / "long.cap", lines) for lines in (500, 20_000))
    assert long - short < 20_000


def test_a_gigabyte_that_is_no_capture_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rubbish.cap"
    for head, says in (("", ":1: a line has less"), ("# hall capture 1\n", ":2: a line has less")):
        path.write_text(head)
        os.truncate(path, 1 << 30)  # of nothing but NUL, and no room on the disk
        tracemalloc.start()
        with pytest.raises(CaptureError, match=says):
            list(Capture(path).records())
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("data", "way", "dialect"),
    [
        (NEXT, "<", "ff68"),
        (b"\x00\x13" + NEXT[1:], ">", "ff68"),
        (CALL, ">", "a090"),
        (bytes.fromhex("A0 90 03 A5 AA"), "<", "a090"),
        (b"\x1b@A001\n\x1dVB\x00", ">", "escpos"),
        (bytes.fromhex("10 00 00 00"), "<", "escpos"),
        (bytes.fromhex("12"), "<", "escpos"),
        (b"hello", ">", ""),
        (b"hello", "<", ""),
        (b"", "<", ""),
    ],
)
def test_dialects_are_known_by_their_frames(data: bytes, way: str, dialect: str) -> None:
    assert dialect_of(data, way) == dialect
