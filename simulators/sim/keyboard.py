"""Lines typed, or piped in, one by one as the loop delivers them."""

from __future__ import annotations

import asyncio
import codecs
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

LINE_MAX: Final = 500
_READ_BYTES: Final = 4096
_END_OF_FILE, _BACKSPACES, _KILL_LINE = "\x04", "\x7f\b", "\x15"


class Keyboard:
    """Calls `on_line` with each whole line, and `on_edit` while one is typed; `typed` is what stands there.

    On a terminal, keys come one by one and `typed` is ours to show; else lines come from a pipe. The end of
    the input ends nothing: a bench goes on.
    """

    def __init__(self, on_line: Callable[[str], None], on_edit: Callable[[], None]) -> None:
        self.typed = ""
        self._on_line = on_line
        self._on_edit = on_edit
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    @contextmanager
    def attached(self, *, by_key: bool) -> Iterator[None]:
        """Listen to the standard input; `by_key` on a terminal that we draw on."""
        if sys.stdin is None or sys.stdin.closed:
            yield
            return
        fd = sys.stdin.fileno()
        before = termios.tcgetattr(fd) if by_key else None
        loop = asyncio.get_running_loop()
        try:
            if by_key:
                tty.setcbreak(fd)
            loop.add_reader(fd, self._on_readable, fd)
        except PermissionError:  # a plain file cannot be waited for, and need not be
            self._take_all(fd)
        try:
            yield
        finally:
            loop.remove_reader(fd)
            if before is not None:
                termios.tcsetattr(fd, termios.TCSADRAIN, before)

    def take(self, text: str) -> None:
        """What came in, keys and line ends."""
        for key in text:
            if key in "\r\n":
                line, self.typed = self.typed, ""
                self._on_line(line)
            elif key in _BACKSPACES:
                self.typed = self.typed[:-1]
            elif key == _KILL_LINE:
                self.typed = ""
            elif key.isprintable() and len(self.typed) < LINE_MAX:
                self.typed += key
        self._on_edit()

    def _on_readable(self, fd: int) -> None:
        data = self._read(fd)
        if data:
            self.take(self._decoder.decode(data))
        else:
            asyncio.get_running_loop().remove_reader(fd)

    def _take_all(self, fd: int) -> None:
        while data := self._read(fd):
            self.take(self._decoder.decode(data))

    @staticmethod
    def _read(fd: int) -> bytes:
        try:
            return os.read(fd, _READ_BYTES)
        except OSError:
            return b""
