"""How long each command is, by literal bytes and by a stranger's table: a wrong length eats what follows."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from simulators.printer.tokens import Token, Tokens

EMUPOS = Path(__file__).parents[2] / ".venv" / "emupos"
NONE = EMUPOS.with_suffix(".none")

COMMANDS = {
    "ESC v is told nothing": "1B 76",
    "ESC U": "1B 55 01",
    "ESC W": "1B 57 00 00 00 00 40 02 00 01",
    "ESC D ends with NUL": "1B 44 08 10 00",
    "ESC D ends where a column does not rise": "1B 44 08 10",
    "ESC (": "1B 28 41 02 00 30 31",
    "FS (": "1C 28 41 02 00 30 00",
    "GS 8 L": "1D 38 4C 0B 00 00 00 30 70 30 01 01 31 08 00 01 00 FF",
    "GS *": "1D 2A 01 01 00 01 02 03 04 05 06 07",
    "GS k of old ends with NUL": "1D 6B 04 41 42 00",
    "GS k": "1D 6B 49 02 7B 41",
    "GS V, of which only some feed": "1D 56 01",
    "GS V 104": "1D 56 68 05",
    "DLE EOT 7 asks with two bytes": "10 04 07 01",
    "DLE DC4 1": "10 14 01 00 05",
}


@pytest.mark.parametrize("text", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_takes_its_bytes_and_no_more(text: str) -> None:
    data = bytes.fromhex(text)
    token, after = Tokens().feed(data + b"\x07")
    assert (token.size, token.known, after) == (len(data), True, Token(b"\x07", b"", 1))


FILLERS = {
    "nul": "00" * 200,
    "one": "0100" * 100,
    "letter": "41030141" + "42" * 200,
    "raster": "300002000300" + "55" * 200,
    "symbol": "6b040031413200" + "00" * 100,
    "picture": "4c0500000030704142" + "00" * 90,
    "rising": "".join(f"{value:02x}" for value in range(1, 100)),
}
STRANGER = """
import json, sys
from emupos.printer.escpos.tokenizer import Command, Tokenizer
fillers = json.loads(sys.argv[1])
found = {}
for lead in (0x10, 0x1B, 0x1C, 0x1D):
    for code in range(256):
        for filler in fillers.values():
            data = bytes([lead, code]) + bytes.fromhex(filler)
            first = Tokenizer().feed(data)[:1]
            if first and isinstance(first[0], Command):
                found[data.hex()] = len(first[0].raw)
print(json.dumps(found))
"""


@pytest.mark.skipif(NONE.exists(), reason=NONE.read_text().strip() if NONE.exists() else "")
def test_every_command_that_emupos_knows_is_as_long_here() -> None:
    if not EMUPOS.exists():
        pytest.fail("emupos is not installed: `make test` installs it")
    command = [EMUPOS / "bin" / "python", "-c", STRANGER, json.dumps(FILLERS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    theirs = json.loads(done.stdout)
    assert len({data[:4] for data in theirs}) > 60
    ours = {data: Tokens().feed(bytes.fromhex(data))[0] for data in theirs}
    differ = {data[:12]: (size, ours[data].size) for data, size in theirs.items() if ours[data].size != size}
    assert differ == {}
    assert {data[:4] for data, token in ours.items() if not token.known} == set()
