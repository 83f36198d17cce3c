"""A capture: what crossed a port, both ways, with times, as text that a person reads and a diff compares.

    # hall capture 1
    # port /dev/ttyUSB0 9600 8N1
    +0.0000 < FF 68 03 03 68 03 01 0C 10 16
    #         .h..h.....
    +0.0121 > FF 68 03 03 68 03 01 0C 10 16
    #         .h..h.....
    +2.5000 ! press next

`>` is from the driver to the device, `<` from the device, `!` what a hand did. The time is seconds since the
line before it that has one; a line without a time goes on where the line above it stopped. Lines that begin
with # are for people, but for the first, and `# key words` before the first record.

Files are written and read line by line, however long they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, NoReturn, TextIO

FIRST_LINE: Final = "# hall capture 1"
LINE_BYTES: Final = 16
LINE_MAX_CHARS: Final = 4096
BURST_GAP_S: Final = 0.02  # bytes closer than that are one burst
_RECORD: Final = re.compile(r"(?:\+(\d{1,9}\.\d{1,6})|[ \t]+) +?([<>!]) ?(.*)")
_HEAD: Final = re.compile(r"# ([a-z]+) (.+)")


class CaptureError(ValueError):
    """A file that is no capture, or is damaged. The text names file and line, and says what to do."""


class Record(NamedTuple):
    """One line: `wait_s` after the record before it, None where it goes on with that; bytes or words."""

    line: int
    wait_s: float | None
    way: str
    data: bytes
    words: str = ""


class Writer:
    """Writes a capture. Bytes of one way that come close together become one burst."""

    def __init__(self, file: TextIO, **head: str) -> None:
        """`head` are the words after `# key`."""
        self.bytes = {"<": 0, ">": 0}
        self._file = file
        self._last_s: float | None = None  # when the last record began
        self._until_s = 0.0  # when its last byte came
        self._way = ""
        self._open = bytearray()  # of the line that is not full yet
        self._wait = ""
        self._put(FIRST_LINE)
        for key, words in head.items():
            self._put(f"# {key} {words}")

    def bytes_came(self, way: str, data: bytes, at_s: float) -> None:
        """Some bytes, "<" or ">", at a time of a clock that does not go back."""
        self.bytes[way] += len(data)
        if way != self._way or at_s - self._until_s > BURST_GAP_S:
            self.end()
            self._way, self._wait = way, self._time(at_s)
        self._until_s = at_s
        self._open += data
        while len(self._open) >= LINE_BYTES:
            self._line(bytes(self._open[:LINE_BYTES]))
            del self._open[:LINE_BYTES]

    def hand(self, words: str, at_s: float) -> None:
        """What a hand did."""
        self.end()
        self._put(f"{self._time(at_s)} ! {words}")

    def remark(self, words: str) -> None:
        """A line for people."""
        self.end()
        self._put(f"# {words}")

    def end(self) -> None:
        """What has come so far is written. Twice is fine."""
        if self._open:
            self._line(bytes(self._open))
            self._open.clear()
        self._way = ""
        self._file.flush()

    def _line(self, data: bytes) -> None:
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
        self._put(f"{self._wait} {self._way} {data.hex(' ').upper()}")
        self._put(f"#{' ' * (len(self._wait) + 2)}{text}")
        self._wait = " " * len(self._wait)

    def _time(self, at_s: float) -> str:
        wait_s = 0.0 if self._last_s is None else max(at_s - self._last_s, 0.0)
        self._last_s = at_s
        return f"+{wait_s:.4f}"

    def _put(self, line: str) -> None:
        self._file.write(line + "\n")


class Capture:
    """A capture to be read. `head` has the words before the first record."""

    def __init__(self, path: Path) -> None:
        """Raises CaptureError for a file that cannot be read, or is none."""
        self.path = path
        self.head: dict[str, list[str]] = {}
        for number, line in self._lines():
            if number == 1 and line != FIRST_LINE:
                raise CaptureError(f'{path}:1: no capture of ours; its first line reads "{FIRST_LINE}"')
            if not line.startswith("#") and line.strip():
                break
            if number > 1 and (found := _HEAD.fullmatch(line)):
                self.head.setdefault(found[1], []).append(found[2])

    def records(self) -> Iterator[Record]:
        """All lines with bytes or hands, one after the other. Raises CaptureError."""
        for number, line in self._lines():
            if line.strip() and not line.startswith("#"):
                yield self._record(number, line)

    def _record(self, number: int, line: str) -> Record:
        found = _RECORD.fullmatch(line)
        if found is None:
            self._refuse(number, "not a record; it reads: +seconds, then < or > or !, then bytes in hex")
        wait_s, way, rest = found[1], found[2], found[3]
        if way == "!":
            return Record(number, float(wait_s or 0), way, b"", rest.strip())
        try:
            return Record(number, float(wait_s) if wait_s else None, way, bytes.fromhex(rest))
        except ValueError:
            self._refuse(number, "bytes stand in hex, two digits each: FF 68 03")

    def _lines(self) -> Iterator[tuple[int, str]]:
        try:
            with self.path.open(encoding="utf-8", newline="\n") as file:
                number = 0
                while line := file.readline(LINE_MAX_CHARS):
                    number += 1
                    if len(line) == LINE_MAX_CHARS:
                        self._refuse(number, f"a line has less than {LINE_MAX_CHARS} characters")
                    yield number, line.rstrip("\r\n")
                if number == 0:
                    self._refuse(1, f'empty; the first line reads "{FIRST_LINE}"')
        except OSError as error:
            raise CaptureError(f"{self.path}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise CaptureError(f"{self.path}: no text; a capture is UTF-8") from error

    def _refuse(self, line: int, what: str) -> NoReturn:
        raise CaptureError(f"{self.path}:{line}: {what}")
