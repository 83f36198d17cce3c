"""ESC/POS bytes both ways, against literal bytes and a stranger's encoder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.printer import wire_escpos as wire
from devices.printer.status import (
    AUTO_STATUS_BITS,
    DLE_EOT_BITS,
    Status,
    fault_of,
    from_answers,
    from_auto_status,
    health,
)

Golden = Callable[[str], list[Any]]


def sent(golden: Golden, name: str) -> list[bytes]:
    return [each.data for each in golden(f"printer/escpos/{name}") if each.from_host]


def heard(golden: Golden, name: str) -> list[bytes]:
    return [each.data for each in golden(f"printer/escpos/{name}") if not each.from_host]


def test_commands_are_the_golden_bytes(golden: Golden) -> None:
    assert sent(golden, "layout") == [
        wire.INIT,
        wire.align("center"),
        wire.size(6, 6),
        wire.feed(4),
        wire.cut("partial"),
        wire.cut("full"),
    ]
    assert sent(golden, "auto_status_healthy") == [wire.AUTO_STATUS_ON]
    assert sent(golden, "dle_eot_healthy") == [wire.status_request(which) for which in (1, 2, 3, 4)]
    assert sent(golden, "paper_answer") == [wire.PAPER_REQUEST]
    assert sent(golden, "qr") == [wire.qr(b"A001", 6)]
    assert sent(golden, "raster") == wire.raster(2, bytes.fromhex("F00F8118"))


def test_the_qr_block_is_what_a_stranger_sends(tmp_path: Path) -> None:
    """python-escpos, in a process of its own: it takes over logging when it is imported."""
    script = (
        "from escpos.printer import Dummy; import sys; d = Dummy();"
        "d.qr('https://hall.example/v/20261123-A001', ec=1, size=6, native=True);"
        "sys.stdout.write(d.output.hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"ESCPOS_CAPABILITIES_PICKLE_DIR": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert bytes.fromhex(done.stdout) == wire.qr(b"https://hall.example/v/20261123-A001", 6, "M")


def test_a_raster_goes_in_bands_that_carry_all_rows() -> None:
    packed = bytes(range(250)) * 2
    bands = wire.raster(5, packed)
    assert [band[:8].hex(" ") for band in bands] == [
        "1d 76 30 00 05 00 30 00",
        "1d 76 30 00 05 00 30 00",
        "1d 76 30 00 05 00 04 00",
    ]
    assert b"".join(band[8:] for band in bands) == packed


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: wire.size(9, 1), "9x1"),
        (lambda: wire.size(1, 0), "1x0"),
        (lambda: wire.raster(3, bytes(4)), "no rows of 3"),
        (lambda: wire.raster(0, b""), "no rows of 0"),
        (lambda: wire.qr(b"", 6), "QR of 0 bytes"),
        (lambda: wire.qr(bytes(2954), 6), "QR of 2954 bytes"),
        (lambda: wire.qr(b"A", 17), "17 dots"),
        (lambda: wire.status_request(5), "DLE EOT 5"),
        (lambda: wire.feed(256), "range"),
    ],
)
def test_commands_out_of_range_are_refused(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()


ANSWERS: dict[str, tuple[str, wire.Answer]] = {
    "automatic, healthy": ("10 00 00 00", wire.AutoStatus(bytes.fromhex("10000000"))),
    "automatic, all bits": ("7C 6F 6F 6F", wire.AutoStatus(bytes.fromhex("7C6F6F6F"))),
    "DLE EOT, healthy": ("12", wire.StatusAnswer(0x12)),
    "DLE EOT, all bits": ("7E", wire.StatusAnswer(0x7E)),
    "paper": ("00", wire.PaperAnswer(0)),
    "paper near its end": ("03", wire.PaperAnswer(3)),
    "paper out": ("0C", wire.PaperAnswer(0x0C)),
    "XON": ("11", wire.Flow(True)),
    "XOFF": ("13", wire.Flow(False)),
}
RUBBISH = b"\xff\x91\x80\x55\xfe"


@pytest.mark.parametrize(("text", "answer"), ANSWERS.values(), ids=ANSWERS.keys())
def test_each_answer_in_every_way_of_arriving(text: str, answer: wire.Answer) -> None:
    data = bytes.fromhex(text)
    assert wire.Decoder().feed(data) == [answer]
    decoder = wire.Decoder()
    assert [found for byte in data for found in decoder.feed(bytes([byte]))] == [answer]
    assert wire.Decoder().feed(data + data) == [answer, answer]
    decoder = wire.Decoder()
    assert decoder.feed(data + b"\x18\x00") == [answer]
    assert decoder.feed(b"\x0f\x00") == [wire.AutoStatus(b"\x18\x00\x0f\x00")]
    decoder = wire.Decoder()
    assert decoder.feed(RUBBISH + data) == [answer]
    assert decoder.rubbish == len(RUBBISH)


def test_a_mixed_stream_comes_apart() -> None:
    stream = bytes.fromhex("10 00 00 00 12 00 16 18 00 0F 00 13 1A 11 0C")
    assert wire.Decoder().feed(stream) == [
        wire.AutoStatus(bytes.fromhex("10000000")),
        wire.StatusAnswer(0x12),
        wire.PaperAnswer(0),
        wire.StatusAnswer(0x16),
        wire.AutoStatus(bytes.fromhex("18000F00")),
        wire.Flow(False),
        wire.StatusAnswer(0x1A),
        wire.Flow(True),
        wire.PaperAnswer(0x0C),
    ]


def test_flow_control_inside_a_group_breaks_nothing() -> None:
    decoder = wire.Decoder()
    assert decoder.feed(bytes.fromhex("10 00 13 00 00")) == [wire.Flow(False), wire.AutoStatus(b"\x10\0\0\0")]
    assert decoder.rubbish == 0


def test_a_group_that_is_broken_by_another_start_is_rubbish() -> None:
    decoder = wire.Decoder()
    assert decoder.feed(bytes.fromhex("10 00 18 00 00 00")) == [wire.AutoStatus(b"\x18\0\0\0")]
    assert decoder.rubbish == 2


def test_a_group_cut_by_silence_does_not_eat_the_next_answer() -> None:
    decoder = wire.Decoder()
    assert decoder.feed(b"\x10\x00") == []
    decoder.quiet()
    assert decoder.feed(b"\x00") == [wire.PaperAnswer(0)]
    assert decoder.rubbish == 2


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_bytes_are_answers_or_counted_as_rubbish(pieces: list[bytes]) -> None:
    decoder = wire.Decoder()
    answers = [answer for piece in pieces for answer in decoder.feed(piece)]
    decoder.quiet()
    used = sum(4 if isinstance(answer, wire.AutoStatus) else 1 for answer in answers)
    assert used + decoder.rubbish == sum(map(len, pieces))


@given(st.binary(max_size=200), st.sampled_from(list(ANSWERS.values())))
def test_after_any_rubbish_and_a_silence_answers_are_found(
    rubbish: bytes, case: tuple[str, wire.Answer]
) -> None:
    decoder = wire.Decoder()
    decoder.feed(rubbish)
    decoder.quiet()
    assert decoder.feed(bytes.fromhex(case[0])) == [case[1]]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("auto_status_healthy", ""),
        ("auto_status_paper_out", "paper_out"),
        ("auto_status_cover_open", "cover_open"),
        ("auto_status_cutter", "cutter"),
    ],
)
def test_golden_automatic_status(golden: Golden, name: str, code: str) -> None:
    (raw,) = heard(golden, name)
    assert fault_of(from_auto_status(raw)) == code


@pytest.mark.parametrize(("name", "code"), [("dle_eot_healthy", ""), ("dle_eot_paper_out", "paper_out")])
def test_golden_answers(golden: Golden, name: str, code: str) -> None:
    raw = b"".join(heard(golden, name))
    assert wire.Decoder().feed(raw) == [wire.StatusAnswer(value) for value in raw]
    assert fault_of(from_answers(raw)) == code


@pytest.mark.parametrize(("index", "mask", "field"), AUTO_STATUS_BITS)
def test_each_bit_of_automatic_status(index: int, mask: int, field: str) -> None:
    raw = bytearray.fromhex("10000000")
    raw[index] |= mask
    assert from_auto_status(bytes(raw)) == Status(**{field: True})


@pytest.mark.parametrize(("index", "mask", "field"), DLE_EOT_BITS)
def test_each_bit_of_the_four_answers(index: int, mask: int, field: str) -> None:
    raw = bytearray.fromhex("12121212")
    raw[index] |= mask
    assert from_answers(bytes(raw)) == Status(**{field: True})


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status(offline=True, cover_open=True, paper_out=True), "cover_open"),
        (Status(offline=True, paper_out=True, cutter=True), "paper_out"),
        (Status(offline=True, cutter=True), "cutter"),
        (Status(unrecoverable=True), "error"),
        (Status(too_hot=True), "error"),
        (Status(offline=True), "offline"),
        (Status(paper_low=True), ""),
    ],
)
def test_the_fault_to_tell_first(status: Status, code: str) -> None:
    assert fault_of(status) == code


@pytest.mark.parametrize("code", ["cover_open", "paper_out", "cutter", "error", "offline", "paper_low"])
def test_every_fault_has_words_for_a_technician(code: str) -> None:
    told = health(code)
    assert (told.state, told.code) == ("degraded", code)
    assert told.detail.endswith(".")
    assert health("gone").state == "lost"
