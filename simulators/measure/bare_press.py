"""The floor of a press: three bare processes, two QoS 1 hops, one commit, and nothing else.

    pad ── broker ── core: one row into SQLite (WAL, synchronous=FULL), then publish ── broker ── strip

As many bytes on the wire as ours. The pad notes the monotonic clock in what it sends, the strip compares when
it has it; neither a pty nor the wait for its turn is in the time.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.broker import start_broker, tied
from simulators.measure.bare import BareClient
from simulators.measure.children import ChildFailed, python

LOOPBACK = "127.0.0.1"
STAMP = 20  # digits of the clock, nanoseconds
WAIT_S = 10.0
_STDIN, _STDOUT = 0, 1
STORE = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE events (body BLOB)")


class BarePress:
    """The three processes with a broker of their own. `press` gives the seconds from pad to strip."""

    def __init__(self, folder: Path, request_bytes: int, state_bytes: int) -> None:
        self._broker = start_broker()
        sizes = (str(request_bytes), str(state_bytes))
        try:
            self._strip = self._role("strip")
            self._core = self._role("core", str(folder / "bare.db"), *sizes)
            self._pad = self._role("pad", *sizes)
        except BaseException:
            self._broker.stop()
            raise

    def _role(self, role: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = python("simulators.measure.bare_press", role, str(self._broker.port), *arguments)
        process = subprocess.Popen(
            tied(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, bufsize=0
        )
        _line(process)
        return process

    @property
    def port(self) -> int:
        """Where a listener connects."""
        return self._broker.port

    def press(self) -> float:
        """One press. Raises ChildFailed."""
        self.send()
        return self.arrived()[0]

    def send(self) -> None:
        """Let the pad send. Raises ChildFailed."""
        if self._pad.stdin is None:
            raise ChildFailed("the bare pad cannot be pressed")
        self._pad.stdin.write(b".")

    def arrived(self) -> tuple[float, float]:
        """Wait for the strip: how long it took, and when the pad had sent, in seconds. Raises ChildFailed."""
        took_ns, sent_ns = (int(word) for word in _line(self._strip).split())
        return took_ns / 1e9, sent_ns / 1e9

    def stop(self) -> None:
        """End all."""
        for process in (self._pad, self._core, self._strip):
            process.terminate()
            process.communicate()
        self._broker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _line(process: subprocess.Popen[bytes]) -> bytes:
    if process.stdout is None or not select.select([process.stdout], [], [], WAIT_S)[0]:
        raise ChildFailed(f"the bare floor does not answer: {process.args!r}")
    line = process.stdout.readline()
    if not line:
        raise ChildFailed(f"the bare floor ended with code {process.wait()}: {process.args!r}")
    return bytes(line)


# --- the three processes -----------------------------------------------------------------------------


def _pad(port: int, request_bytes: str, _state_bytes: str) -> None:
    client = BareClient(LOOPBACK, port, "pad", lambda topic, payload: None)
    rest = b"." * (int(request_bytes) - STAMP)
    os.write(_STDOUT, b"ready\n")
    while True:
        readable, _, _ = select.select([_STDIN, client.sock.fileno()], [], [])
        if client.sock.fileno() in readable:
            client.read()
        if _STDIN in readable:
            if not os.read(_STDIN, 1):
                return
            client.publish("bare/request", b"%020d" % time.monotonic_ns() + rest)


def _core(port: int, path: str, _request_bytes: str, state_bytes: str) -> None:
    import apsw

    db = apsw.Connection(path)
    for statement in STORE:
        db.execute(statement).fetchall()
    rest = b"." * (int(state_bytes) - STAMP)

    def heard(_topic: str, payload: bytes) -> None:
        db.execute("INSERT INTO events VALUES (?)", (payload,))
        client.publish("bare/state", payload[:STAMP] + rest, retain=True)

    client = BareClient(LOOPBACK, port, "core", heard)
    client.subscribe("bare/request")
    os.write(_STDOUT, b"ready\n")
    client.serve()


def _strip(port: int) -> None:
    def heard(_topic: str, payload: bytes) -> None:
        sent_ns = int(payload[:STAMP])
        os.write(_STDOUT, b"%d %d\n" % (time.monotonic_ns() - sent_ns, sent_ns))

    client = BareClient(LOOPBACK, port, "strip", heard)
    client.subscribe("bare/state")
    os.write(_STDOUT, b"ready\n")
    client.serve()


if __name__ == "__main__":
    _ROLES: dict[str, Callable[..., None]] = {"pad": _pad, "core": _core, "strip": _strip}
    _ROLES[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
