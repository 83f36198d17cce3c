"""The floors do what they claim, and no more: bytes, commits, acknowledgements."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path

import apsw
import pytest

from edge.broker import RunningBroker
from simulators.measure.bare import BareClient
from simulators.measure.bare_drain import BareDrain
from simulators.measure.bare_import import BareImport, third_party
from simulators.measure.bare_press import BarePress
from simulators.measure.bare_visits import BareVisits, Sent, Step, kind_of
from simulators.measure.children import ChildFailed


def test_a_bare_client_sends_at_once_and_is_acknowledged(mosquitto: RunningBroker) -> None:
    heard: list[tuple[str, bytes]] = []
    one = BareClient(
        "127.0.0.1", mosquitto.port, "one", lambda topic, payload: heard.append((topic, payload))
    )
    other = BareClient("127.0.0.1", mosquitto.port, "other", lambda topic, payload: None)
    assert one.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    one.subscribe("a/+")
    other.publish("a/b", b"1")
    other.publish("a/c", b"2", retain=True)
    assert other.unanswered == 2
    one.until(lambda: len(heard) == 2, "nothing came")
    other.until(lambda: other.unanswered == 0, "no acknowledgement")
    assert heard == [("a/b", b"1"), ("a/c", b"2")]
    one.close()
    other.close()


def test_waiting_in_vain_ends(mosquitto: RunningBroker) -> None:
    client = BareClient("127.0.0.1", mosquitto.port, "waiting", lambda topic, payload: None)
    with pytest.raises(TimeoutError, match=r"nothing came after 0\.1 s"):
        client.until(lambda: False, "nothing came", 0.1)
    mosquitto.kill()
    with pytest.raises(ConnectionError):
        client.until(lambda: False, "nothing came", 5.0)


def test_each_bare_press_is_one_durable_commit(tmp_path: Path) -> None:
    with BarePress(tmp_path, request_bytes=150, state_bytes=400) as floor:
        times = [floor.press() for _ in range(5)]
        assert all(0 < took_s < 5 for took_s in times)
    db = apsw.Connection(str(tmp_path / "bare.db"))
    assert db.execute("PRAGMA journal_mode").get == "wal"
    bodies = [bytes(body) for (body,) in db.execute("SELECT body FROM events")]
    assert len(bodies) == 5
    assert {len(body) for body in bodies} == {150}
    db.close()


def test_the_bare_drain_delivers_every_line(tmp_path: Path) -> None:
    payloads = tmp_path / "payloads"
    payloads.write_bytes(b"\n".join(b"%050d" % number for number in range(300)))
    with BareDrain(payloads, 300) as floor:
        assert floor.run() > 0


VISIT = [
    Step(Sent("hall/1/measured/measure/request", f'{{"type":"{kind}","id":"1"}}', False), said)
    for kind, said in (
        ("take_number", [Sent("hall/1/measured/core/answer/measure", "taken", False)]),
        (
            "call_next",
            [
                Sent("hall/1/measured/core/state/window/1", "state", True),
                Sent("hall/1/measured/core/answer/measure", "called", False),
            ],
        ),
        ("finish", [Sent("hall/1/measured/core/answer/measure", "finished", False)]),
    )
] + [
    Step(
        Sent("hall/1/measured/measure/record", '{"type":"rated"}', False),
        [Sent("hall/1/measured/core/receipt/measure", "kept", False)],
    )
]


def test_the_bare_responder_says_what_was_recorded(tmp_path: Path) -> None:
    with BareVisits(tmp_path, VISIT) as floor:
        heard: dict[str, list[bytes]] = {}
        listener = BareClient(
            "127.0.0.1",
            floor.port,
            "listener",
            lambda topic, payload: heard.setdefault(topic, []).append(payload),
        )
        listener.subscribe("hall/#")
        assert floor.run(count=4, lanes=2) > 0
        listener.until(lambda: len(heard.get("hall/1/measured/core/receipt/measure", [])) == 4, "no receipts")
        assert len(heard["hall/1/measured/measure/request"]) == 3 * 4
        answers = Counter(heard["hall/1/measured/core/answer/measure"])
        assert answers == {b"taken": 4, b"called": 4, b"finished": 4}
        assert heard["hall/1/measured/core/state/window/1"] == [b"state"] * 4
        listener.close()


def test_a_step_is_known_by_its_name() -> None:
    assert kind_of(b'{"type":"call_next","id":"a"}') == "call_next"
    assert kind_of(b'{"type":"rated","source":"a"}') == "rated"


IMPORTS = """\
import time: self [us] | cumulative | imported package
import time:       158 |      57034 |   edge.run_node
import time:       384 |      11956 |     msgspec
import time:       293 |       5533 |       msgspec._core
import time:        10 |         10 | json
import time:        10 |         10 | sitecustomize
import time:        10 |         10 | _distutils_hack
import time:        10 |         10 | msgspec.nowhere
2026-11-23 10:19:55,940 I hall.node: node east ready
"""


def test_borrowed_modules_are_read_off_a_start(tmp_path: Path) -> None:
    log = tmp_path / "east.log"
    log.write_text(IMPORTS, encoding="utf-8")
    assert third_party(log) == ["msgspec", "msgspec._core"]


def test_a_bare_interpreter_imports_and_waits() -> None:
    took_s, memory_mb = BareImport(["msgspec"]).start()
    assert took_s > 0
    assert memory_mb > 5
    with pytest.raises(ChildFailed, match="cannot import"):
        BareImport(["no_such_module_anywhere"]).start()
    with pytest.raises(ChildFailed, match="not seen to import"):
        BareImport([])
