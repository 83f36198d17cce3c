"""What the decoders of the table read when all is well, and what the fuzzer begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

KEY: Final = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
SIX_CONFIRM: Final = bytes.fromhex("FF 68 04 04 68 03 01 06 0F 19 16")
DIGITS: Final = bytes.fromhex("FF 68 08 08 68 03 02 0A 0A 0A 00 00 01 24 16")
GRADE: Final = bytes.fromhex("FF 68 03 03 68 83 11 02 96 16")
START: Final = bytes.fromhex("FF 68 03 03 68 83 01 0B 8F 16")
STRIP_ACK: Final = bytes.fromhex("A0 90 03 A5 AA")
STRIP_TEXT: Final = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
HEALTHY: Final = bytes.fromhex("10 00 00 00")
QR: Final = bytes.fromhex("1D286B03003143061D286B0700315030413030311D286B0300315130")
LARGE_QR: Final = b"\x1d(k\xbb\x0b1P0" + bytes(range(0x61, 0x79)) * 125 + b"\x1d(k\x03\x001Q0"
RASTER: Final = bytes.fromhex("1D 76 30 00 02 00 02 00 F0 0F 81 18")
TICKET: Final = b"\x1b@A001\n\x1dVB\x00"
FRAMES: Final = (KEY, SIX_CONFIRM, DIGITS, GRADE, START, STRIP_ACK, STRIP_TEXT)
PRINTED: Final = (
    TICKET,
    QR,
    RASTER,
    b"\x1c&\xc7\xeb\n\x1c.",
    b"\x10\x04\x01\x1da\x0e\x1dr\x01",
    b"\x1d8L",
    LARGE_QR,
)

ANSWERS: Final = (HEALTHY, b"\x12\x12\x12\x12", b"\x00\x03\x0c", b"\x11\x13")

BENCH: Final = b"""[[ports]]
id = "line"
url = "/tmp/line"
[[devices]]
id = "keypad"
kind = "keypad"
port = "line"
address = 3
"""
FAULTS: Final = b"""[[faults]]
at_s = 1.5
device = "printer"
fault = "paper_out"
after_bytes = 200
"""
CAPTURE: Final = b"""# hall capture 1
# port /dev/ttyUSB0 9600 8N1
+0.0000 < FF 68 03 03 68 03 01 0C 10 16
+0.0121 > FF 68 03 03 68 03 01 0C 10 16
+2.5000 ! press next
"""
MINIMAL: Final = Path(__file__).parents[2] / "examples" / "minimal.toml"
