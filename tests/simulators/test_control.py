"""The control socket: what may be asked, what rubbish is answered with, and clients that behave badly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulators.bench.bench import Bench
from simulators.bench.control import ASKED_MAX, CLIENTS_MAX, Control
from simulators.bench.happenings import FOLLOWED_MAX
from simulators.bench.kinds import KeypadSettings, PrinterSettings, StripSettings
from simulators.bench.plan import BenchPlan, DevicePlan, PortPlan
from simulators.bench.requests import LINE_MAX_BYTES, answer, encode
from simulators.printer.twin import PrinterTwin
from simulators.wires.names import NameTaken

CALL = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
PATIENCE_S = 10.0


class Client:
    """One end of a control socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._next = 0

    async def line(self) -> Any:
        return json.loads(await asyncio.wait_for(self.reader.readline(), PATIENCE_S))

    async def ask(self, do: str, **more: Any) -> Any:
        """The answer to a request; events that come before it are passed over."""
        self._next += 1
        asked = self._next
        self.writer.write(json.dumps({"id": asked, "do": do, **more}).encode() + b"\n")
        while (said := await self.line()).get("id") != asked:
            pass
        del said["id"]
        return said


@asynccontextmanager
async def served(tmp_path: Path, address: str = "") -> AsyncIterator[tuple[Bench, Control]]:
    plan = BenchPlan(
        ports=(
            PortPlan(id="window", url=str(tmp_path / "window"), paced=False),
            PortPlan(id="tickets", url="socket://127.0.0.1:0", paced=False),
        ),
        devices=(
            DevicePlan(id="keypad", kind="keypad", port="window", settings=KeypadSettings()),
            DevicePlan(id="strip", kind="strip", port="window", settings=StripSettings()),
            DevicePlan(id="printer", kind="printer", port="tickets", settings=PrinterSettings()),
        ),
    )
    async with Bench(plan) as bench:
        control = Control(bench, address or str(tmp_path / "control"))
        await control.start()
        try:
            yield bench, control
        finally:
            await control.stop()
            await control.stop()


async def client_of(control: Control) -> Client:
    host, colon, port = control.address.rpartition(":")
    if colon:
        return Client(*await asyncio.open_connection(host, int(port)))
    return Client(*await asyncio.open_unix_connection(control.address))


def talk(tmp_path: Path, scenario: Callable[[Bench, Client], Any], address: str = "") -> None:
    async def whole() -> None:
        async with asyncio.timeout(60), served(tmp_path, address) as (bench, control):
            client = await client_of(control)
            await scenario(bench, client)
            client.writer.close()

    asyncio.run(whole())


@pytest.mark.parametrize("address", ["", "127.0.0.1:0"], ids=["unix", "tcp"])
def test_a_counter_is_worked_from_outside(tmp_path: Path, address: str) -> None:
    async def scenario(bench: Bench, client: Client) -> None:
        assert await client.ask("follow", events=["face", "hand"]) == {"ok": True}
        client.writer.write(b'{"id": "a", "do": "press", "device": "keypad", "keys": "6 confirm"}\n')
        said = [await client.line() for _ in range(3)]
        assert {"id": "a", "ok": True} in said
        events = [{key: one[key] for key in one if key != "at_s"} for one in said if "event" in one]
        assert events == [
            {"event": "hand", "of": "keypad", "did": "press", "keys": "6 confirm"},
            {"event": "face", "of": "keypad", "face": "[]…"},
        ]
        waiting = asyncio.ensure_future(client.ask("wait", device="strip", shows="A001", timeout_s=5))
        bench.ports["window"].line._on_driver(CALL)
        assert await waiting == {"ok": True, "face": "▌请A001号▐"}
        looks = await client.ask("look", device="strip")
        assert looks["looks"]["strip"]["text"] == "请A001号"
        assert set((await client.ask("look"))["looks"]) == {"window", "tickets", "keypad", "strip", "printer"}

    talk(tmp_path, scenario, address)


def test_faults_and_tickets_from_outside(tmp_path: Path) -> None:
    async def scenario(bench: Bench, client: Client) -> None:
        printer = bench.device("printer")
        assert isinstance(printer, PrinterTwin)
        assert await client.ask("fault", device="printer", fault="paper_out", after_bytes=3) == {"ok": True}
        printer.hear(b"\x1b@A001\n\x1dVB\x00", printer.clock_s())
        assert (await client.ask("wait", device="printer", shows="缺纸"))["ok"]
        assert await client.ask("mend", device="printer", fault="paper_out") == {"ok": True}
        papers = []
        while not papers or papers[-1]["cut"] != "partial":
            papers.append((await client.ask("next_ticket", device="printer", timeout_s=5))["result"])
        assert [line for paper in papers for line in paper["text"]] == ["A001"]

    talk(tmp_path, scenario)


def test_values_are_waited_for_and_the_last_bytes_told(tmp_path: Path) -> None:
    async def scenario(bench: Bench, client: Client) -> None:
        waiting = asyncio.ensure_future(client.ask("wait", device="strip", text="请A001号", timeout_s=9))
        bench.ports["window"].line.wire._came(CALL)
        assert await waiting == {"ok": True, "face": "▌请A001号▐"}
        said = await client.ask("recent", device="strip")
        assert (said["port"], [one["way"] for one in said["recent"]]) == ("window", [">", "<"])
        assert said["recent"][0]["hex"] == CALL.hex(" ").upper()
        late = await client.ask("wait", device="keypad", busy=True, timeout_s=0)
        assert late == {
            "ok": False,
            "late": True,
            "error": "keypad still shows '[]' after 0.0 s, with busy false",
        }
        odd = await client.ask("wait", device="keypad", bussy=True)
        assert odd == {"ok": False, "error": 'keypad has no "bussy"; it has shown, beeps, busy, echoed'}

    talk(tmp_path, scenario)


REFUSED = [
    ({"do": 3}, 'the request needs "do", a text'),
    ({}, 'the request needs "do", a text'),
    ({"do": "press"}, 'the request needs "device", a text'),
    ({"do": "press", "device": "keypd", "keys": "next"}, 'no device "keypd"; did you mean "keypad"?'),
    ({"do": "press", "device": "keypad", "key": "x"}, 'press is not told "key"; it is told keys'),
    ({"do": "press", "device": "keypad", "name": "x"}, 'press is not told "name"; it is told keys'),
    ({"do": "press", "device": "keypad", "keys": None}, '"keys" cannot be None: '),
    ({"do": "look", "x": 1}, 'the request is not told "x"'),
    ({"do": "look", "device": "x"}, 'no device "x"; there are keypad, strip, printer, window, tickets'),
    ({"do": "wait", "device": "strip"}, 'the request needs "shows", a text'),
    ({"do": "wait", "device": "strip", "shows": "", "timeout_s": -1}, "timeout_s is a number from 0 to 3600"),
    ({"do": "wait", "device": "strip", "shows": "", "timeout_s": True}, "timeout_s is a number from 0 to"),
    ({"do": "wait", "device": "strip", "shows": "x", "timeout_s": 0}, "strip still shows '▌▐' after 0.0 s"),
    ({"do": "follow", "events": ["faces"]}, "events is a list of face, paper, hand, fault, refused, bytes, "
     "framing, open; an empty one means all"),
    ({"do": "follow", "events": "face"}, "events is a list of face, paper, hand, fault, refused, bytes, "
     "framing, open; an empty one means all"),
    ({"do": "fault", "device": "strip", "fault": "stuck_key"},
     "strip is a strip and cannot have stuck_key: it has no keys"),
    ({"do": "fault", "device": "strip", "fault": "late", "late_s": "x"},
     "a fault cannot be told that: Expected `float`, got `str` - at `$.late_s`"),
    ({"do": "fault", "device": "strip", "fault": "late", "late": 1},
     "a fault cannot be told that: Object contains unknown field `late`"),
    ({"do": "fault", "device": "strip", "fault": "late", "for_s": 1e9}, "for_s is a number from 0 to 86400"),
    ({"do": "mend", "device": "strip", "fault": "nonsense"}, 'unknown fault "nonsense"'),
    ({"do": "fault", "device": "window", "fault": "unplug", "url": "socket://127.0.0.1:0"},
     "window is a pty and cannot come back at socket://127.0.0.1:0"),
    ({"do": "fault", "device": "tickets", "fault": "unplug", "url": "socket://127.0.0.1:x"},
     'the url "socket://127.0.0.1:x" needs a host and a port'),
    ({"do": "fault", "device": "window", "fault": "unplug", "url": "\0"}, "a url has no control characters"),
]  # fmt: skip


def test_what_cannot_be_done_is_answered_in_a_sentence(tmp_path: Path) -> None:
    async def scenario(bench: Bench, client: Client) -> None:
        for asked, says in REFUSED:
            client.writer.write(json.dumps({"id": 7, **asked}).encode() + b"\n")
            answered = await client.line()
            assert (answered["id"], answered["ok"]) == (7, False)
            assert answered["error"].startswith(says), asked
        assert (await client.ask("look"))["ok"]

    talk(tmp_path, scenario)


def test_rubbish_is_answered_and_the_line_goes_on(tmp_path: Path) -> None:
    async def scenario(bench: Bench, client: Client) -> None:
        for rubbish in (b"rubbish", b"\xff\xfe\x00", b'{"do": "look"', b"[" * 20_000, b'{"do": "\\ud800"}'):
            client.writer.write(rubbish + b"\n")
            answer = await client.line()
            assert answer["error"] and answer["ok"] is False
        client.writer.write(b"\n  \n3\n")
        assert await client.line() == {
            "ok": False,
            "error": 'a request is an object: {"do": "look"}',
        }
        assert (await client.ask("look"))["ok"]

    talk(tmp_path, scenario)


def test_a_line_without_end_is_the_end_of_its_client(tmp_path: Path) -> None:
    async def scenario(bench: Bench, client: Client) -> None:
        client.writer.write(b"x" * (LINE_MAX_BYTES * 2))
        assert await client.line() == {"ok": False, "error": f"a line has at most {LINE_MAX_BYTES} bytes"}
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await client.reader.readexactly(1)

    talk(tmp_path, scenario)


def test_a_follower_that_does_not_read_loses_events_and_is_told(tmp_path: Path) -> None:
    async def scenario(bench: Bench, client: Client) -> None:
        await client.ask("follow")
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        for at in range(FOLLOWED_MAX * 4):
            bench.news.tell("face", "strip", face=f"{at} " + "x" * 500)
            if at % 100 == 0:
                await asyncio.sleep(0)
        client.reader._transport.resume_reading()  # type: ignore[attr-defined]
        while (said := await client.line())["event"] != "missed":
            pass
        assert said["count"] > 0
        bench.news.tell("face", "strip", face="last")
        while (said := await client.line()).get("face") != "last":
            pass

    talk(tmp_path, scenario)


def test_a_client_that_asks_and_never_reads_is_not_read_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answers fill the socket, and then its own requests wait at its end; others are served meanwhile."""
    looked = 0
    look = Bench.look

    def counted(bench: Bench) -> Any:
        nonlocal looked
        looked += 1
        return look(bench)

    monkeypatch.setattr(Bench, "look", counted)

    async def whole() -> None:
        async with asyncio.timeout(60), served(tmp_path) as (_, control):
            deaf, other = await client_of(control), await client_of(control)
            deaf.reader._transport.pause_reading()  # type: ignore[attr-defined]
            deaf.writer.write(b'{"do": "look"}\n' * 20_000)
            for _ in range(800):
                assert "error" in await other.ask("nothing")
            deaf.writer.transport.abort()

    asyncio.run(whole())
    assert 0 < looked < 1500, "as many answers as its socket holds, and no more"


def test_a_client_that_goes_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    async def scenario(bench: Bench, client: Client) -> None:
        listeners = len(bench.news.listeners)
        await client.ask("follow")
        assert len(bench.news.listeners) == listeners + 1
        client.writer.write(b'{"do": "wait", "device": "strip", "shows": "x", "timeout_s": 3600}\n{"do": "lo')
        client.writer.transport.abort()
        while len(bench.news.listeners) > listeners or bench.device("strip")._waiting:
            await asyncio.sleep(0)

    talk(tmp_path, scenario)


def test_requests_of_one_client_are_bounded_and_others_wait(tmp_path: Path) -> None:
    async def scenario(bench: Bench, client: Client) -> None:
        for at in range(ASKED_MAX + 5):
            asked = {"id": at, "do": "wait", "device": "strip", "shows": "A001", "timeout_s": 60}
            client.writer.write(json.dumps(asked).encode() + b"\n")
        strip = bench.device("strip")
        while len(strip._waiting) < ASKED_MAX:
            await asyncio.sleep(0)
        bench.ports["window"].line._on_driver(CALL)
        ids = {(await client.line())["id"] for _ in range(ASKED_MAX + 5)}
        assert ids == set(range(ASKED_MAX + 5))

    talk(tmp_path, scenario)


def test_one_client_too_many_is_turned_away(tmp_path: Path) -> None:
    async def whole() -> None:
        async with asyncio.timeout(60), served(tmp_path) as (_, control):
            clients = [await client_of(control) for _ in range(CLIENTS_MAX)]
            for client in clients:
                assert (await client.ask("look"))["ok"]
            late = await client_of(control)
            assert await late.reader.read() == b""
            for client in (*clients, late):
                client.writer.close()

    asyncio.run(whole())


def test_addresses_that_cannot_be_served(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")

    async def whole() -> None:
        async with served(tmp_path) as (bench, control):
            for address, says in (
                ("0.0.0.0:7007", "whoever reaches the control socket controls; use 127.0.0.1"),
                (control.address, "is the control socket of another living bench"),
                (str(tmp_path / "file" / "x"), "cannot be served"),
                (str(tmp_path / "file"), "cannot be served"),
                ("127.0.0.1:99999", "cannot be served"),
                ("127.0.0.1:²", "127.0.0.1:²: a port is a number from 0 to 65535"),
                ("localhost:", "a port is a number from 0 to 65535"),
            ):
                with pytest.raises(NameTaken, match=says):
                    await Control(bench, address).start()
            assert (Path(control.address).stat().st_mode & 0o777) == 0o600
        assert not Path(control.address).exists()

    asyncio.run(whole())
    assert (tmp_path / "file").read_text() == "precious"


def test_a_socket_left_over_is_replaced(tmp_path: Path) -> None:
    async def leave_over() -> None:
        server = await asyncio.start_unix_server(lambda reader, writer: None, tmp_path / "control")
        (tmp_path / "control").rename(tmp_path / "kept")
        server.close()
        (tmp_path / "kept").rename(tmp_path / "control")

    async def scenario(bench: Bench, client: Client) -> None:
        assert (await client.ask("look"))["ok"]

    asyncio.run(leave_over())
    talk(tmp_path, scenario)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
words = st.sampled_from(["look", "fault", "mend", "wait", "follow", "press", "power_cut", "new_roll", "x"])
keys = st.sampled_from(
    [
        "id",
        "device",
        "fault",
        "keys",
        "for_s",
        "timeout_s",
        "shows",
        "events",
        "seed",
        "url",
        "late_s",
        "name",
    ]
)
names = st.sampled_from(
    ["keypad", "strip", "printer", "window", "late", "paper_out", "noise", "busy", "cover"]
)
requests = st.builds(
    lambda do, rest: json.dumps({"do": do, "timeout_s": 0, **rest}).encode(),
    words,
    st.dictionaries(keys, names | plain, max_size=4),
)


@pytest.fixture(scope="module")
def bench_to_fuzz(tmp_path_factory: pytest.TempPathFactory) -> Any:
    loop = asyncio.new_event_loop()
    serving = served(tmp_path_factory.mktemp("fuzz"))
    bench, _ = loop.run_until_complete(serving.__aenter__())
    yield loop, bench
    loop.run_until_complete(serving.__aexit__(None, None, None))
    loop.close()


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200) | requests)
def test_any_line_is_answered(bench_to_fuzz: Any, line: bytes) -> None:
    loop, bench = bench_to_fuzz
    asked = asyncio.wait_for(answer(bench, line), 30)
    said = loop.run_until_complete(asked)
    assert said.get("ok") is True or said["error"]
    said.pop("follow", None)
    json.loads(encode(said))
