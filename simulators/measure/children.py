"""Processes that are measured, and what the kernel says of them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from edge.broker import tied

STOP_S = 20.0
"""A node finishes its commits and says goodbye within this, also on a slow card."""
LAST_WORDS = 5


class ChildFailed(RuntimeError):  # noqa: N818 - a state of the world
    """A measured process did not do what it should. The text holds its last words."""


class Disk(NamedTuple):
    """Bytes a process gave to files, and those that went down to the disk."""

    written: int
    to_disk: int


class Child:
    """A process with its log. `with` ends it; so does the end of ours."""

    def __init__(self, name: str, command: Sequence[str], log: Path, *, bound: bool = True) -> None:
        """`bound` ties its life to ours, by a little program before it that costs some 10 ms of its start."""
        self.name = name
        self.log = log
        with log.open("wb") as file:
            self.started_s = time.monotonic()
            self._process = subprocess.Popen(
                tied(command) if bound else list(command),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment(),
                start_new_session=True,  # Ctrl-C is for us; the child is told in turn
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> None:
        """Raises ChildFailed when it has ended."""
        code = self._process.poll()
        if code is not None:
            raise ChildFailed(f"{self.name} ended by itself with code {code}: {self.last_words()}")

    def last_words(self) -> str:
        """The end of its log, on one line."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " | ".join(lines[-LAST_WORDS:]) or "(it said nothing)"

    def hold(self) -> None:
        """Stop it where it is."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `hold`, or at any time."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to end, and wait. Twice is fine."""
        if self._process.poll() is not None:
            return
        self.go_on()
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- what the kernel says ------------------------------------------------------------------------

    def memory_mb(self) -> float:
        """Resident memory now, in MB of 1,000,000 bytes."""
        return self._status("VmRSS") * 1024 / 1e6

    def peak_mb(self) -> float:
        """The most it ever had."""
        return self._status("VmHWM") * 1024 / 1e6

    def disk(self) -> Disk:
        """What it has written since its start."""
        fields = _fields(Path(f"/proc/{self.pid}/io"))
        return Disk(int(fields["wchar"]), int(fields["write_bytes"]))

    def cpu_s(self) -> float:
        """Processor time of all its threads, in seconds, to the nanosecond."""
        total_ns = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(OSError):  # a thread that ends while we look
                total_ns += int((task / "schedstat").read_text().split()[0])
        return total_ns / 1e9

    def wakeups(self) -> int:
        """How often its main thread waited for something and was woken."""
        return self._status("voluntary_ctxt_switches")

    def _status(self, name: str) -> int:
        return int(_fields(Path(f"/proc/{self.pid}/status"))[name].split()[0])


def _fields(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    pairs = (line.partition(":") for line in lines)
    return {name: value.strip() for name, _, value in pairs}


def environment() -> dict[str, str]:
    """Ours, but for what would have Python compile our files anew at every start, and not those of others."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def python(module: str, *arguments: str) -> list[str]:
    """The command line of one of our modules, with this very Python."""
    return [sys.executable, "-m", module, *arguments]
