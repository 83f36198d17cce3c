"""Spoilt frames, messages and files to everything that reads bytes of others, in simulators/fuzz/table.py.

`make long` does the same with a fuzzer that looks which inputs reach something new.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulators.fuzz.demand import DeafError, Decoder, Trial, pieces
from simulators.fuzz.table import decoders

ROOT = Path(__file__).parents[2]
EXAMPLES = 80
SLOW = {
    "site file": 25,
    "printer at work": 25,
    "printer twin": 30,
    "printer tokens": 40,
    "control socket": 40,
    "line port": 60,
}
NO_ATHERIS = "NOT RUN: there is no atheris for this machine"


def spoilt(size: int, whole: bytes, edits: list[tuple[int, str, int]]) -> bytes:
    data = bytearray(whole)
    for place, edit, byte in edits:
        at = place % (len(data) + 1)
        if edit == "put":
            data.insert(at, byte)
        elif at < len(data):
            data[at] = data[at] ^ 1 << byte % 8 if edit == "turn" else byte
        if edit == "cut":
            del data[at:]
    return bytes([size]) + bytes(data)


def inputs(decoder: Decoder) -> st.SearchStrategy[bytes]:
    """Frames joined, with rubbish between them, a few bytes changed, in pieces of some size."""
    parts = st.sampled_from([decoder.good, *decoder.seeds]) | st.binary(max_size=12)
    edit = st.tuples(
        st.integers(0, 4000), st.sampled_from(["put", "turn", "set", "cut"]), st.integers(0, 255)
    )
    return st.builds(
        spoilt,
        st.sampled_from([0, 0, 1, 3, 7]),
        st.lists(parts, max_size=4).map(b"".join),
        st.lists(edit, max_size=6),
    )


@pytest.mark.parametrize("name", decoders())
def test_whatever_comes_is_refused_in_its_own_words_and_the_next_good_frame_is_read(name: str) -> None:
    decoder = decoders()[name]
    trial = Trial(decoder)

    @settings(
        deadline=None, max_examples=SLOW.get(name, EXAMPLES), suppress_health_check=[HealthCheck.too_slow]
    )
    @given(inputs(decoder))
    def try_one(data: bytes) -> None:
        trial(data)

    try_one()
    assert trial.grown_bytes <= decoder.holds_bytes


# --- no decoder is left out --------------------------------------------------------------------------

ROOMS = ("devices", "mqtt_bridge", "edge/settings", "edge/watch.py", "simulators")
PEOPLE_AND_DAYS = {"people", "demo", "simulate", "measure", "powercut", "chaos", "torture", "fuzz", "soak"}
READS = (
    "feed",
    "look",
    "see",
    "decode",
    "parse",
    "examine",
    "understood",
    "answer",
    "describe",
    "come",
    "came",
)
READS_OF = ("parse_", "decode_", "read_", "address_", "from_", "dialect_")
BASES = {"Twin", "LineDevice", "TcpWire", "Framer"}

# who reads bytes, or has such a name, and is in no row
OTHERS = {
    "devices.framing:Framer": "what a framer is",
    "devices.line:LinePort": "sends what a device answers",
    "devices.line_device:LineDevice": "what a device of a line is",
    "devices.line_device:Outbox": "sends what a device answers",
    "devices.line_queue:LineQueue": "sends what a device answers",
    "edge.settings.toml_text:read_text": "a file's text; tests/settings/test_settings_load.py",
    "edge.settings.toml_text:read_tables": "reached from examine",
    "simulators.bench.thread:BenchThread": "is given names by its own test",
    "simulators.testing.host:Host": "is given names by a test",
    "simulators.wires.air:Air": "hands bytes on as they are",
}


def found_in(path: Path) -> Iterator[str]:
    """Public functions and classes of a file that read what others wrote."""
    module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if getattr(node, "name", "_").startswith("_"):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_reader(node):
            yield f"{module}:{node.name}"
        elif isinstance(node, ast.ClassDef):
            bases = {ast.unparse(base) for base in node.bases}
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
            if bases & BASES or any(map(is_reader, methods)):
                yield f"{module}:{node.name}"


def is_reader(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if node.name not in READS and not node.name.startswith(READS_OF):
        return False
    told = [ast.unparse(one.annotation) for one in node.args.args if one.annotation is not None]
    return bool({"bytes", "str", "bytearray", "Path", "str | FilePath"} & set(told))


def sources() -> Iterator[Path]:
    for room in ROOMS:
        place = ROOT / room
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if not PEOPLE_AND_DAYS & set(path.relative_to(ROOT).parts):
                yield path


def test_no_decoder_is_left_out_of_the_table() -> None:
    found = {name for path in sources() for name in found_in(path)}
    rows = {name for decoder in decoders().values() for name in decoder.reads}
    assert found - rows - set(OTHERS) == set(), "give it a row in simulators/fuzz/table.py"
    assert set(OTHERS) - found == set(), "it is not there any more"


def test_what_the_table_names_is_there() -> None:
    for decoder in decoders().values():
        for name in decoder.reads:
            module, _, what = name.partition(":")
            assert hasattr(sys.modules[module], what), name


# --- the demands bite --------------------------------------------------------------------------------


class Grower:
    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        self.kept.append(data)
        return data[-1:]


def test_a_decoder_that_raises_is_deaf_or_grows_is_found() -> None:
    raising = Trial(Decoder("x", (), lambda _, data: data[2], b"abc", error=(KeyError,)))
    with pytest.raises(IndexError):
        raising(b"\x00a")
    deaf = Trial(Decoder("x", (), lambda one, data: one.extend(data) or bytes(one), b"a", make=bytearray))
    with pytest.raises(DeafError, match="b'za'"):
        deaf(b"\x00z")
    growing = Trial(Decoder("x", (), lambda one, data: one.feed(data), b"a", make=Grower))
    for at in range(2000):
        growing(b"\x00" + at.to_bytes(20, "big"))
    assert growing.grown_bytes > growing.decoder.holds_bytes


def test_pieces() -> None:
    assert pieces(b"") == pieces(b"\x00") == [b""]
    assert pieces(b"\x00abc") == [b"abc"]
    assert pieces(b"\x02abc") == [b"ab", b"c"]


def fuzz(*arguments: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_long_run_counts_keeps_its_corpus_and_goes_on(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason=NO_ATHERIS)
    state = tmp_path / "fuzz.json"
    for goal in (300, 700):
        done = fuzz("simulators.fuzz", "--state", str(state), "--goal", str(goal), "--only", "pins line")
        assert (done.returncode, done.stderr) == (0, "")
        kept = json.loads(state.read_text())
        assert kept["counts"]["pins line"] == kept["done"] == goal
    assert f"700 of 700 inputs for each decoder, {kept['seed']} seeds" in done.stdout
    assert len(list((tmp_path / "fuzz" / "pins-line").iterdir())) > 4


PLANTED = """
import sys
from simulators.fuzz import one, table
rows = table.decoders()
def feed(_, data):
    if data[:1] == b"l" and data[1:2] == b"*":
        raise KeyError("planted")
rows["pins line"] = rows["pins line"]._replace(feed=feed)
one.main()
"""


def test_the_fuzzer_finds_what_is_planted_and_tells_the_bytes(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason=NO_ATHERIS)
    done = subprocess.run(
        [sys.executable, "-c", PLANTED, "pins line", str(tmp_path / "corpus"), "60", "1000000", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert (done.returncode, report["broken"]) == (1, "KeyError: 'planted'")
    assert bytes.fromhex(report["input"])[1:3] == b"l*"
