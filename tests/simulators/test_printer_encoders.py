"""Two public encoders of receipts, run in Node.js, print into our printer's twin."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp

from devices.printer import wire_escpos as wire
from simulators.printer.model import Paper
from simulators.printer.twin import PrinterTwin

FONT = Path(__file__).parents[2] / "display" / "data" / "hall-sans-sc.otf"
ENCODERS = Path(__file__).parent / "encoders"


@pytest.fixture(scope="module")
def streams() -> dict[str, bytes]:
    if not (ENCODERS / "node_modules").exists():
        pytest.fail("the public encoders are not installed: `make test` installs them")
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    assert node, "Node.js is not installed: `make test` installs it"
    done = subprocess.run([node, "print.mjs"], cwd=ENCODERS, capture_output=True, text=True, check=True)
    return {name: bytes.fromhex(sent) for name, sent in json.loads(done.stdout).items()}


def printed(stream: bytes) -> tuple[PrinterTwin, Paper]:
    twin = PrinterTwin(font=FONT)
    twin.hear(stream, 0.0)
    (paper,) = twin.papers
    return twin, paper


def symbols(paper: Paper) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(paper.image.convert("L"))]


def test_receiptline_prints_gb18030_and_a_picture_of_its_own_symbol(streams: dict[str, bytes]) -> None:
    """Characters of one, two and four bytes; the QR code comes as dots (GS 8 L), which a stranger reads."""
    twin, paper = printed(streams["receiptline"])
    text = [line.strip() for line in paper.text]
    assert text[:3] == ["请到3号窗口", "A001企业开办", "㼆姓 𠮷 号"]
    assert len(text[3]) == 48, "a rule of 48 characters of a code page is one line"
    assert symbols(paper) == ["https://hall.example/v/1"]
    assert (paper.cut, twin.unknown) == ("partial", [])


def test_receipt_printer_encoder_prints_and_its_symbol_is_ours_byte_for_byte(
    streams: dict[str, bytes],
) -> None:
    stream = streams["receiptPrinterEncoder"]
    twin, paper = printed(stream)
    assert paper.text == ("A001", "Window 3")
    assert paper.qr == tuple(symbols(paper)) == ("https://hall.example/v/20261123-A001",)
    assert wire.qr(b"https://hall.example/v/20261123-A001", 6, "M") in stream
    assert (paper.cut, twin.unknown) == ("partial", [])
