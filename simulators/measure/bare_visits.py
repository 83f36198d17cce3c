"""The floor of visits: the same messages, to the byte, between two bare paho clients and a broker.

What the coordinator says to each request and record is recorded first, on a quiet hall. Then a responder
that knows nothing answers each with those bytes, in a process of its own.

    client ── broker ── responder: publish what was recorded ── broker ── client
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from edge.broker import start_broker, tied
from simulators.measure.asking import NAME
from simulators.measure.bare import BareClient
from simulators.measure.children import ChildFailed, python
from simulators.measure.halls import SITE, Hall

LOOPBACK = "127.0.0.1"
WAIT_S = 60.0
QUIET_S = 0.3
KINDS = ("take_number", "call_next", "finish", "rated")
_OWN = (f"hall/1/{SITE}/{NAME}/request", f"hall/1/{SITE}/{NAME}/record")
_ANSWERS = (f"hall/1/{SITE}/+/answer/{NAME}", f"hall/1/{SITE}/+/receipt/{NAME}")


class Sent(NamedTuple):
    """One publish."""

    topic: str
    payload: str
    retain: bool


class Step(NamedTuple):
    """A request or record, and what the coordinator published because of it."""

    asked: Sent
    said: list[Sent]


class Recorder:
    """Listens to a quiet hall that makes one visit after the other."""

    def __init__(self, hall: Hall) -> None:
        self._steps: list[Step] = []
        self._client = hall.client("recorder", self._heard)
        self._client.subscribe(f"hall/1/{SITE}/#")
        self._steps.clear()  # what the broker kept

    def _heard(self, topic: str, payload: bytes) -> None:
        sent = Sent(topic, payload.decode(), "/state/" in topic)
        if topic in _OWN:
            self._steps.append(Step(sent, []))
        elif self._steps and "/life" not in topic:
            self._steps[-1].said.append(sent)

    def visit(self) -> list[Step]:
        """The usual visit: of all recorded, the one with fewest messages: without the counts."""
        while self._client.pump(QUIET_S):
            pass
        self._client.close()
        size = len(KINDS)
        visits = [self._steps[at : at + size] for at in range(0, len(self._steps) - size + 1, size)]
        return min(visits, key=lambda steps: sum(len(step.said) for step in steps))


class BareVisits:
    """Broker, responder and client. `run(count, lanes)` gives the seconds of so many visits."""

    def __init__(self, folder: Path, visit: Sequence[Step]) -> None:
        self._visit = [(step.asked.topic, step.asked.payload.encode()) for step in visit]
        self._open: deque[int] = deque()
        self._to_start = 0
        self._broker = start_broker()
        script = folder / "script.json"
        script.write_text(json.dumps({kind_of(step.asked.payload.encode()): step.said for step in visit}))
        command = python("simulators.measure.bare_visits", str(self._broker.port), str(script))
        self._responder = subprocess.Popen(tied(command), stdout=subprocess.PIPE, start_new_session=True)
        self._wait_for_it()
        self._client = BareClient(LOOPBACK, self._broker.port, "client", self._heard)
        self._client.subscribe(*_ANSWERS)

    def _wait_for_it(self) -> None:
        out = self._responder.stdout
        if out is None or not select.select([out], [], [], WAIT_S)[0] or not out.readline():
            self.stop()
            raise ChildFailed("the bare responder did not start")

    @property
    def port(self) -> int:
        """Where a listener connects."""
        return self._broker.port

    def run(self, count: int, lanes: int) -> float:
        """Seconds for `count` visits in so many lanes. Raises TimeoutError."""
        self._to_start = count
        started_s = time.monotonic()
        for _ in range(min(lanes, count)):
            self._begin()
        self._client.until(lambda: not self._open, "the bare visits are not over", WAIT_S)
        return time.monotonic() - started_s

    def _begin(self) -> None:
        if self._to_start:
            self._to_start -= 1
            self._send(0)

    def _send(self, step: int) -> None:
        self._open.append(step)
        self._client.publish(*self._visit[step])

    def _heard(self, _topic: str, _payload: bytes) -> None:
        """Answers come in the order of what was asked."""
        step = self._open.popleft()
        if step + 1 == len(self._visit):
            self._begin()
        else:
            self._send(step + 1)

    def stop(self) -> None:
        """End all."""
        self._responder.terminate()
        self._responder.communicate()
        self._broker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def kind_of(payload: bytes) -> str:
    """Which step of a visit a message is, by looking for its name."""
    return next(kind for kind in KINDS if b'"type":"%s"' % kind.encode() in payload)


def respond(port: int, script: Path) -> None:
    """The responder's whole life."""
    said = {
        kind: [(topic, payload.encode(), retain) for topic, payload, retain in sent]
        for kind, sent in json.loads(script.read_text()).items()
    }

    def heard(_topic: str, payload: bytes) -> None:
        for topic, answer, retain in said[kind_of(payload)]:
            client.publish(topic, answer, retain=retain)

    client = BareClient(LOOPBACK, port, "responder", heard)
    client.subscribe(*_OWN)
    os.write(1, b"ready\n")
    client.serve()


if __name__ == "__main__":
    respond(int(sys.argv[1]), Path(sys.argv[2]))
