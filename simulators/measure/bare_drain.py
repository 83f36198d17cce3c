"""The floor of a drained journal: the same bytes from one bare paho client to another, and nothing kept.

    sender: publish while fewer than `WINDOW` are unanswered ── broker ── receiver: count

It ends when the receiver has the last of them and the broker has acknowledged it to the sender.
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
from simulators.measure.halls import SITE

LOOPBACK = "127.0.0.1"
WINDOW = 20
"""As many as Mosquitto itself has under way to one receiver."""
WAIT_S = 300.0
TOPIC = f"hall/1/{SITE}/east/record"


class BareDrain:
    """Broker, sender and receiver. `run` gives the seconds for all lines of the file."""

    def __init__(self, payloads: Path, count: int) -> None:
        self._broker = start_broker()
        port = str(self._broker.port)
        self._receiver = _start("receiver", port, str(count))
        _line(self._receiver)
        self._sender = _start("sender", port, str(payloads))
        _line(self._sender)

    def run(self) -> float:
        """Let it go, once. Raises ChildFailed."""
        if self._sender.stdin is None:
            raise ChildFailed("the bare sender cannot be started")
        self._sender.stdin.write(b"go\n")
        started_ns, answered_ns = (int(word) for word in _line(self._sender).split())
        return (max(answered_ns, int(_line(self._receiver))) - started_ns) / 1e9

    def stop(self) -> None:
        """End all."""
        for process in (self._sender, self._receiver):
            process.terminate()
            process.communicate()
        self._broker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _start(role: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = tied(python("simulators.measure.bare_drain", role, *arguments))
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, bufsize=0
    )


def _line(process: subprocess.Popen[bytes]) -> bytes:
    if process.stdout is None or not select.select([process.stdout], [], [], WAIT_S)[0]:
        raise ChildFailed(f"the bare floor does not answer: {process.args!r}")
    return bytes(process.stdout.readline())


# --- the two processes -------------------------------------------------------------------------------


def _sender(port: str, path: str) -> None:
    payloads = Path(path).read_bytes().splitlines()
    client = BareClient(LOOPBACK, int(port), "sender", lambda topic, payload: None)
    os.write(1, b"ready\n")
    sys.stdin.readline()
    started_ns = time.monotonic_ns()
    for payload in payloads:
        while client.unanswered >= WINDOW:
            client.pump(1.0)
        client.publish(TOPIC, payload)
    client.until(lambda: client.unanswered == 0, "no answer", WAIT_S)
    os.write(1, b"%d %d\n" % (started_ns, time.monotonic_ns()))
    sys.stdin.readline()


def _receiver(port: str, count: str) -> None:
    came = 0

    def heard(_topic: str, _payload: bytes) -> None:
        nonlocal came
        came += 1

    client = BareClient(LOOPBACK, int(port), "receiver", heard)
    client.subscribe(TOPIC)
    os.write(1, b"ready\n")
    client.until(lambda: came >= int(count), "not all came", WAIT_S)
    os.write(1, b"%d\n" % time.monotonic_ns())


if __name__ == "__main__":
    ROLES: dict[str, Callable[..., None]] = {"sender": _sender, "receiver": _receiver}
    ROLES[sys.argv[1]](*sys.argv[2:])
