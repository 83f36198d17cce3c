"""The bench in the browser, without a browser: what a page is told, what it may ask, who may open it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from edge.web import MESSAGE_MAX_BYTES, PageServer, PortTaken
from simulators.bench_page.cli import bench_plan
from simulators.bench_page.frames import WORDS, Reader
from simulators.bench_page.looks import dots_of, strip_size
from simulators.bench_page.page import BenchPage
from simulators.bench_page.session import LINES_MAX, Session
from simulators.demo.observer import Observer
from simulators.demo.processes import Processes
from simulators.demo.stage import Stage
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.printer.twin import PrinterTwin
from simulators.strip.model import Piece
from simulators.strip.twin import StripTwin

ROOT = Path(__file__).resolve().parents[2]
BROWSER = ROOT / "simulators" / "bench_page" / "browser"
LONG_S = 10.0


class Desk:
    """A stage and its page, with no node and no broker behind them."""

    def __init__(self, folder: Path) -> None:
        plan = bench_plan(ROOT / "examples" / "chaotian.toml", folder / "out")
        self.stage = Stage(plan.site, folder / "wires", paced=False, papers_max=5)
        self.observer = Observer(plan.site.site.id, asyncio.get_running_loop())
        self.page = BenchPage(plan, self.stage, Processes(plan, folder / "wires"), self.observer)
        self.server = PageServer(self.page.routes)

    @property
    def address(self) -> str:
        return self.server.url.removeprefix("http://").rstrip("/")

    def connect(self, **options: Any) -> connect:
        return connect(f"ws://{self.address}/live", max_size=None, **options)


@pytest.fixture()
def desk(tmp_path: Path) -> Callable[[Callable[[Desk], Any]], None]:
    """Runs a scenario at a desk."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Desk]:
        desk = Desk(tmp_path)
        await desk.server.start()
        await desk.stage.start()
        try:
            yield desk
        finally:
            await desk.server.stop()
            await desk.stage.stop()

    def run(scenario: Callable[[Desk], Any]) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(60), opened() as desk:
                await scenario(desk)

        asyncio.run(bounded())

    return run


async def told(socket: ClientConnection, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The next message that is so."""
    async with asyncio.timeout(LONG_S):
        while True:
            message = json.loads(await socket.recv())
            if wanted(message):
                return dict(message)


async def asked(socket: ClientConnection, what: dict[str, Any] | str) -> dict[str, Any]:
    """The answer to a request."""
    await socket.send(what if isinstance(what, str) else json.dumps(what))
    message = await told(socket, lambda one: one.get("replies"))
    return dict(message["replies"][-1])


def test_a_page_is_told_everything_once_and_then_what_changes(desk: Any) -> None:
    async def scenario(at: Desk) -> None:
        async with at.connect() as socket:
            hall = (await told(socket, lambda one: "hall" in one))["hall"]
            assert len(hall["windows"]) == 55
            everything = (await told(socket, lambda one: "now" in one))["now"]
            assert {key.partition("/")[0] for key in everything} == {
                *("device", "state", "node", "broker", "presses", "time"),
            }
            strip = at.stage.places["7"].strip
            assert strip is not None
            for other in at.stage.bench.devices.values():
                other.notice()  # nothing about them is new
            strip.model.show((Piece("请A001号", "green"),))
            strip.notice()
            changes = (await told(socket, lambda one: "now" in one))["now"]
            assert list(changes) == [f"device/{strip.name}"]
            assert changes[f"device/{strip.name}"]["text"] == "请A001号"

    desk(scenario)


def test_changes_within_a_tick_are_told_together(desk: Any) -> None:
    async def scenario(at: Desk) -> None:
        async with at.connect() as socket:
            await told(socket, lambda one: "now" in one)
            strips = [place.strip for place in at.stage.places.values() if place.strip]
            for count in range(20):
                for strip in strips:
                    strip.model.show((Piece(f"第{count}次", "red"),))
                    strip.notice()
            message = await told(socket, lambda one: "now" in one)
            texts = {look["text"] for look in message["now"].values() if "text" in look}
            assert texts == {"第19次"}
            assert len(message["now"]) == len(strips)

    desk(scenario)


def test_keys_and_faults_are_asked_for_and_refused_in_sentences(desk: Any) -> None:
    async def scenario(at: Desk) -> None:
        async with at.connect() as socket:
            name = at.stage.places["1"].keypad.name  # type: ignore[union-attr]
            assert (await asked(socket, {"id": 1, "do": "press", "device": name, "keys": "next"}))["ok"]
            reply = await asked(socket, {"id": 2, "do": "press", "device": name, "keys": "dance"})
            assert not reply["ok"]
            assert "cannot send" in reply["error"]
            assert (await asked(socket, {"id": 3, "do": "fault", "device": name, "fault": "silent"}))["ok"]
            assert "silent" in at.stage.bench.devices[name].troubles
            for rubbish in ("", "[]", "{", '{"do": 5}', '{"do": "kill", "node": 7}', '{"do": ["monitor"]}'):
                assert not (await asked(socket, rubbish)).get("ok")
            reply = await asked(socket, {"id": 4, "do": "kill", "node": "nowhere"})
            assert (reply["id"], reply["ok"], reply["error"]) == (4, False, 'there is no node "nowhere"')

    desk(scenario)


def test_the_monitor_tells_the_bytes_of_one_port_and_what_they_mean(desk: Any) -> None:
    async def scenario(at: Desk) -> None:
        keypads = [at.stage.places[window].keypad for window in ("1", "40")]
        ports = [
            next(port for port in at.stage.bench.ports.values() if keypad in port.line.twins)
            for keypad in keypads
        ]
        async with at.connect() as socket, at.connect() as other:
            await asked(other, {"do": "monitor", "port": "no such"})
            await asked(socket, {"do": "monitor", "port": ports[0].name})
            for keypad in keypads:
                keypad.press("6 confirm")  # type: ignore[union-attr]
            (line,) = (await told(socket, lambda one: "lines" in one))["lines"]
            assert line["way"] == "<"
            assert line["hex"] == "ff68040468" + "01" + "01" + "060f" + "17" + "16"
            assert line["frames"] == [[keypads[0].name, "press", "6 confirm"]]  # type: ignore[union-attr]

    desk(scenario)


def test_nothing_is_watched_while_no_page_is_open(desk: Any) -> None:
    async def scenario(at: Desk) -> None:
        bench = at.stage.bench
        for _ in range(2):
            async with at.connect() as socket:
                await told(socket, lambda one: "now" in one)
                assert bench.watchers
                assert bench.news.listeners
                assert at.observer.listeners
                closed = asyncio.ensure_future(_no_watchers(at))
            await asyncio.wait_for(closed, LONG_S)
            assert not bench.news.listeners
            assert not at.observer.listeners

    async def _no_watchers(at: Desk) -> None:
        while at.stage.bench.watchers:
            await asyncio.sleep(0)

    desk(scenario)


def test_a_page_that_does_not_read_costs_one_value_a_key() -> None:
    """As one that is left open over night on a sleeping computer: what waits for it is bounded."""

    async def scenario() -> None:
        session = Session(None, None)  # type: ignore[arg-type]
        for count in range(10 * LINES_MAX):
            session.tell({"device/strip-1": count, f"state/{count % 50}": count})
            session.tell_line({"at": count})
        gathered = session._gathered()
        assert len(gathered["now"]) == 51
        assert gathered["now"]["device/strip-1"] == 10 * LINES_MAX - 1
        assert len(gathered["lines"]) == LINES_MAX
        assert gathered["missed"] == 9 * LINES_MAX
        assert session._gathered() == {}

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 101),
        ({"Origin": "http://{host}"}, 101),
        ({"Origin": "http://somebody.example"}, 403),
        ({"Origin": "http://{host}.example"}, 403),
    ],
)
def test_no_other_page_works_the_hall(desk: Any, headers: dict[str, str], status: int) -> None:
    async def scenario(at: Desk) -> None:
        filled = {name: value.format(host=at.address) for name, value in headers.items()}
        try:
            async with at.connect(additional_headers=filled):
                got = 101
        except InvalidStatus as error:
            got = error.response.status_code
        assert got == status

    desk(scenario)


async def get(at: Desk, path: str, host: str = "") -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(*at.address.split(":"))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host or at.address}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return int(answer.split()[1]), answer


def test_what_is_served(desk: Any) -> None:
    async def scenario(at: Desk) -> None:
        status, answer = await get(at, "/")
        assert status == 200
        assert b"default-src 'self'" in answer
        assert (await get(at, "/", host="rebound.example"))[0] == 403
        for path in (
            "/../told.py",
            "/%2e%2e/told.py",
            "/sound/voice-east/x.wav",
            "/board/none",
            "/paper/printer-1/1",
        ):
            assert (await get(at, path))[0] == 404, path
        printer = at.stage.printers["printer-1"]
        for _ in range(7):
            printer.hear(b"\x1b@A001\n\x1dV\x00", 0.0)
        assert (await get(at, "/paper/printer-1/2"))[0] == 404, "forgotten"
        status, answer = await get(at, "/paper/printer-1/7")
        assert status == 200
        assert b"\r\n\r\n\x89PNG" in answer

    desk(scenario)


def test_what_a_node_draws_and_says_is_told_when_it_is_whole(desk: Any) -> None:
    async def scenario(at: Desk) -> None:
        async with at.connect() as socket:
            await told(socket, lambda one: "now" in one)
            folder = at.stage.wires / "voice-east"
            (folder / "000001-A001-3.part").write_bytes(b"RIFF")
            (folder / "000001-A001-3.part").rename(folder / "000001-A001-3.wav")
            changes = (await told(socket, lambda one: "now" in one))["now"]
            assert changes["device/voice-east"]["last"] == "000001-A001-3.wav"
            assert (await get(at, "/sound/voice-east/000001-A001-3.wav"))[1].endswith(b"RIFF")
            board = at.stage.boards["board-main"]
            picture = io.BytesIO()
            Image.new("RGB", (64, 32), "red").save(picture, "PNG")
            draft = board.wire.path / ".board.png.new"
            draft.write_bytes(picture.getvalue())
            draft.replace(board.wire.path / "board.png")
            changes = (await told(socket, lambda one: "now" in one))["now"]
            assert changes["device/board-main"]["pictures"] == 1
            assert (await get(at, "/board/board-main"))[1].endswith(picture.getvalue())
            board.trouble("power_off")
            assert (await get(at, "/board/board-main"))[0] == 404, "it is dark"

    desk(scenario)


def test_the_speed_of_time_is_asked_for_and_told_to_all_pages(desk: Any) -> None:
    async def scenario(at: Desk) -> None:
        async with at.connect() as socket, at.connect() as other:
            (run,) = (await told(socket, lambda one: "now" in one))["now"]["time"]
            await told(other, lambda one: "now" in one)
            assert run["speed"] == 1.0
            for speed in (0, 0.05, 201, -1, "fast"):
                reply = await asked(socket, {"id": 1, "do": "set_speed", "speed": speed})
                assert not reply["ok"]
            assert reply["error"]
            assert (await asked(socket, {"id": 2, "do": "set_speed", "speed": 60}))["ok"]
            runs = (await told(other, lambda one: "time" in one.get("now", {})))["now"]["time"]
            assert [one["speed"] for one in runs] == [1.0, 60.0]

    desk(scenario)


def test_a_taken_port_is_said_in_a_sentence(desk: Any) -> None:
    async def scenario(at: Desk) -> None:
        second = PageServer([], port=int(at.address.split(":")[1]))
        with pytest.raises(PortTaken, match=r"no page at 127.0.0.1:.*choose another port"):
            await second.start()

    desk(scenario)


def test_too_long_a_request_ends_that_page_alone(desk: Any) -> None:
    async def scenario(at: Desk) -> None:
        async with at.connect() as socket, at.connect() as other:
            await socket.send("x" * (MESSAGE_MAX_BYTES + 1))
            with pytest.raises(ConnectionClosed):
                await told(socket, lambda one: False)
            assert (await asked(other, {"do": "look"}))["ok"]

    desk(scenario)


# --- pictures and frames -------------------------------------------------------------------------------


def test_a_strip_is_lit_two_bits_a_dot() -> None:
    red, green, yellow = (
        base64.b64decode(dots_of((Piece("一", colour),), (16, 16))) for colour in ("red", "green", "yellow")
    )
    rows = [red[at : at + 4].hex() for at in range(0, 64, 4)]
    assert [row for row in rows if row != "00000000"] == ["00000010", "05555554"]
    assert green == bytes(byte << 1 for byte in red)
    assert yellow == bytes(byte * 3 for byte in red)
    assert strip_size(0) == (192, 16)
    assert strip_size(20) == (160, 16)


LINE = (KeypadTwin(1, name="k"), EvaluatorTwin(17, name="e"), StripTwin(33, name="s"))


@pytest.mark.parametrize(
    ("way", "data", "frames"),
    [
        ("<", "FF 68 03 03 68 01 01 0C 0E 16", [["k", "press", "next"]]),
        (">", "FF 68 03 03 68 01 01 0C 0E 16", [["k", "echo", "next"]]),
        (">", "FF 68 03 03 68 01 02 05 08 16", [["k", "digits", "5"]]),
        (">", "FF 68 02 02 68 01 03 04 16", [["k", "beep", ""]]),
        ("<", "FF 68 03 03 68 11 11 03 25 16", [["e", "grade", "3"]]),
        (">", "FF 68 03 03 68 11 01 0B 1D 16", [["e", "ask", ""]]),
        (">", "FF 68 03 03 68 11 01 03 15 16", [["e", "thanks", "3"]]),
        (">", "FF 68 03 03 68 09 7A 03 86 16", [["9", "ff68", "7A"]]),
        (">", "A0 90 21 A5 00 02 41 00 C7", [["s", "text", "A"]]),
        ("<", "A0 90 21 A5 AA", [["s", "ack", ""]]),
        ("<", "A0 90 21 07 A5 AA A0 90 21 A5 AA", [["s", "ack", ""], ["s", "ack", ""]]),
        ("<", "00 11 22", []),
    ],
)
def test_frames_of_a_line_in_words(way: str, data: str, frames: list[list[str]]) -> None:
    assert Reader(LINE).read(way, bytes.fromhex(data), 0.0) == frames
    reader = Reader(LINE)
    if "A5 AA" not in data:
        one_by_one = [reader.read(way, bytes([one]), 0.0) for one in bytes.fromhex(data)]
        assert [words for read in one_by_one for words in read] == frames


def test_frames_of_a_printer_in_words() -> None:
    reader = Reader([PrinterTwin("p")])
    data = (
        b"\x1b@\x1ba\x01\x1d!\x11"
        + "取号 A001".encode("gb18030")
        + b"\n\x1d(k\x03\x001Q0\x1dV\x00\x10\x04\x01"
    )
    assert reader.read(">", data, 0.0) == [
        ["p", "reset", ""],
        ["p", "characters", "取号 A001"],
        ["p", "qr", ""],
        ["p", "cut", ""],
        ["p", "status_ask", ""],
    ]
    assert reader.read("<", b"\x12", 0.0) == [["p", "status", "12"]]


# --- the page's own files --------------------------------------------------------------------------------


def test_the_page_has_every_word_in_both_languages() -> None:
    from simulators.bench_page.told import ACTIONS
    from simulators.keypad.model import KEYS
    from simulators.printer.twin import WORDS as DEFECTS
    from simulators.trouble import NAMES

    text = (BROWSER / "words.js").read_text(encoding="utf-8")
    needed = [
        *(f"frame_{word}" for word in WORDS),
        *(f"key_{key}" for key in KEYS),
        *(set(NAMES) - {"replug"}),
        *(set(ACTIONS) - {"pause"}),
        *DEFECTS,
    ]
    for word in needed:
        assert f" {word}: [" in text, word


def test_the_page_needs_nothing_from_elsewhere() -> None:
    for file in BROWSER.iterdir():
        assert "://" not in file.read_text(encoding="utf-8").replace("ws://${location.host}", ""), file
