"""Our ticket driver prints into emupos, a printer that we did not write, over its pty and over TCP.

Our twin is asked the same as emupos, and answers the same bytes in every trouble that both can have.

emupos needs a Python of its own; where the machine has none these tests are skipped, and say so.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from serial import Serial

from devices.base import DeviceHealth
from devices.printer.driver import PrinterPort
from devices.printer.layout import compose
from devices.printer.messages import PrintResult, PrintSlip, Ticket
from devices.printer.settings import PrinterSettings
from display.ticket import draw
from simulators.printer.twin import PrinterTwin

EMUPOS = Path(__file__).parents[2] / ".venv" / "emupos"
NONE = EMUPOS.with_suffix(".none")
pytestmark = pytest.mark.skipif(NONE.exists(), reason=NONE.read_text().strip() if NONE.exists() else "")

TICKET = Ticket(
    hall="朝天区政务服务中心",
    number="A001",
    service="企业开办",
    ahead=3,
    wait_low_s=600,
    wait_high_s=1150,
    qr="https://hall.example/v/20261123-A001",
)
CONFIG = """
schema: 1
api: {{ host: 127.0.0.1, port: {api} }}
devices:
  - id: hall
    type: printer
    profile: epson-tm-t20iii
    receipts_dir: ./receipts
    connections:
      - serial: {{ pty: true }}
      - tcp: {{ port: {tcp} }}
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Stranger:
    """A running emupos with one printer."""

    def __init__(self, folder: Path) -> None:
        self.tcp_port = free_port()
        self._api = f"http://127.0.0.1:{free_port()}/api/v1"
        self.folder = folder
        (folder / "emupos.yaml").write_text(
            CONFIG.format(api=self._api.split(":")[2].split("/")[0], tcp=self.tcp_port)
        )
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(
            [EMUPOS / "bin" / "emupos", "run"],
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder), "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        out = self.process.stdout
        assert out is not None
        for line in out:
            if "Showing events" in line:
                return
        raise AssertionError(f"emupos did not start: {(folder / 'log').read_text()}")

    @property
    def urls(self) -> dict[str, str]:
        return {
            "pty": str(self.folder / "emupos" / "hall"),
            "tcp": f"socket://127.0.0.1:{self.tcp_port}",
        }

    def ask(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(f"{self._api}/devices/hall{path}", method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            data = answer.read()
            if answer.headers.get_content_type() == "application/json":
                return json.loads(data) if data else None
            return data

    def fault(self, name: str, on: bool) -> None:
        self.ask(f"/faults/{name}", "PUT" if on else "DELETE")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()


@pytest.fixture(scope="module")
def emupos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    if not (EMUPOS / "bin" / "emupos").exists():
        pytest.fail("emupos is not installed: `make test` installs it")
    stranger = Stranger(tmp_path_factory.mktemp("emupos"))
    yield stranger
    stranger.stop()


def receipt_of(emupos: Stranger, known: set[str]) -> tuple[Image.Image, str]:
    """The one receipt that came out beside the known ones: picture and text."""
    (new,) = [one["id"] for one in emupos.ask("/receipts") if one["id"] not in known]
    picture = Image.open(io.BytesIO(emupos.ask(f"/receipts/{new}/image"))).convert("L")
    return picture, emupos.ask(f"/receipts/{new}/text").decode()


async def driven(pump: Any, url: str, **settings: Any) -> None:
    port = PrinterPort("serial-1", "printer-1", url, PrinterSettings(**settings), pump.emit)
    pump.drive(port)
    await pump.until(lambda: DeviceHealth("ready") in pump.said("printer-1", DeviceHealth)[-1:], 10)


async def printed(pump: Any) -> None:
    pump.handle("printer-1", PrintSlip("j1", TICKET))
    await pump.until(lambda: pump.said("printer-1", PrintResult), 10)
    assert pump.said("printer-1", PrintResult) == [PrintResult("j1", "printed", "")]


@pytest.mark.parametrize("wire", ["pty", "tcp"])
def test_a_ticket_as_a_picture_lies_on_a_strangers_paper_dot_by_dot(
    emupos: Stranger, pump: Any, wire: str
) -> None:
    """Our rasters, Chinese in them, are what a stranger makes of GS v 0; zxing-cpp reads its paper."""
    known = {one["id"] for one in emupos.ask("/receipts")}

    async def main() -> None:
        async with pump:
            await driven(pump, emupos.urls[wire], mode="raster")
            await printed(pump)

    asyncio.run(main())
    picture, _ = receipt_of(emupos, known)
    settings = PrinterSettings(mode="raster")
    ours = draw(compose(TICKET, settings), settings.width_dots).convert("L")
    assert picture.width == ours.width
    assert picture.crop((0, 0, *ours.size)).tobytes() == ours.tobytes()
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [TICKET.qr]


def test_a_ticket_as_text_is_read_by_a_stranger(emupos: Stranger, pump: Any) -> None:
    """emupos knows no Chinese and shows each byte by code page 437: taken back, they are our GB 2312."""
    known = {one["id"] for one in emupos.ask("/receipts")}

    async def main() -> None:
        async with pump:
            await driven(pump, emupos.urls["pty"], mode="text")
            await printed(pump)

    asyncio.run(main())
    picture, text = receipt_of(emupos, known)
    lines = [line.encode("cp437").decode("gb2312").strip() for line in text.splitlines()]
    assert lines[0] == "朝天区政务服务中心"
    assert lines[3:5] == ["A001", "企业开办"]
    assert f"[qr {TICKET.qr}]" in lines
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [TICKET.qr]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("paper-out", "paper_out"),
        ("paper-near-end", "paper_low"),
        ("cover-open", "cover_open"),
        ("offline", "offline"),
    ],
)
def test_a_strangers_troubles_are_understood_and_so_is_their_end(
    emupos: Stranger, pump: Any, fault: str, code: str
) -> None:
    async def main() -> None:
        async with pump:
            await driven(pump, emupos.urls["pty"], status_timeout_s=0.5, poll_s=0.2)
            for on, wanted in ((True, code), (False, "")):
                await asyncio.to_thread(emupos.fault, fault, on)
                await pump.until(lambda wanted=wanted: health(pump)[-1].code == wanted, 10)
            assert health(pump)[-1] == DeviceHealth("ready")

    asyncio.run(main())


def health(pump: Any) -> list[DeviceHealth]:
    said: list[DeviceHealth] = pump.said("printer-1", DeviceHealth)
    return said


def test_a_ticket_that_met_no_paper_comes_out_once_there_is_some(emupos: Stranger, pump: Any) -> None:
    known = {one["id"] for one in emupos.ask("/receipts")}

    async def main() -> None:
        async with pump:
            await driven(pump, emupos.urls["pty"], mode="text", status_timeout_s=0.5, poll_s=0.2)
            await asyncio.to_thread(emupos.fault, "paper-out", True)
            await pump.until(lambda: health(pump)[-1].code == "paper_out", 10)
            pump.handle("printer-1", PrintSlip("j1", TICKET))
            await asyncio.to_thread(emupos.fault, "paper-out", False)
            await pump.until(lambda: pump.said("printer-1", PrintResult), 10)
            assert pump.said("printer-1", PrintResult) == [PrintResult("j1", "printed", "")]

    asyncio.run(main())
    _, text = receipt_of(emupos, known)
    assert "A001" in text


ASKED = ("10 04 01", "10 04 02", "10 04 03", "10 04 04", "10 04 05", "1D 72 01", "1D 72 31", "1D 72 02")
TROUBLES = {
    "paper-out": "paper_out",
    "paper-near-end": "paper_near_end",
    "cover-open": "cover",
    "offline": "offline",
}


class Both:
    """The twin and the stranger side by side: each must say what the other says."""

    def __init__(self, stranger: Stranger, port: Serial) -> None:
        self.twin = PrinterTwin()
        self._stranger, self._port = stranger, port
        self._said = bytearray()
        self.twin.hosted(lambda _, data: self._said.extend(data))

    def ask(self, text: str) -> None:
        asked = bytes.fromhex(text)
        self.twin.hear(asked, 0.0)
        self._port.write(asked)
        self._compare(text)

    def fault(self, name: str, on: bool) -> None:
        self._stranger.fault(name, on)
        model: Any = self.twin.model  # a hand opens the cover to change paper; a switch at emupos does not
        (model.break_down if on else model.put_right)(TROUBLES[name])
        self.twin.step(0.0)
        self._compare(f"{name} {on}")

    def _compare(self, why: str) -> None:
        """A question that is answered at once comes behind, to know that nothing else came."""
        self.twin.hear(b"\x10\x04\x01", 0.0)
        ours = bytes(self._said)
        self._said.clear()
        theirs = self._port.read(len(ours) - 1)
        self._port.write(b"\x10\x04\x01")
        theirs += self._port.read(1)
        assert theirs.hex(" ") == ours.hex(" "), why


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_twin_answers_what_a_stranger_answers(emupos: Stranger, trouble: str) -> None:
    """Asked, and by itself when something changes."""
    with Serial(emupos.urls["pty"], 9600, timeout=5) as port:
        both = Both(emupos, port)
        both.ask("1B 40 1D 61 0E")
        for on in (True, False):
            both.fault(trouble, on)
            for asked in ASKED if not on or trouble == "paper-near-end" else ASKED[:5]:
                both.ask(asked)
        both.ask("1D 61 00")
