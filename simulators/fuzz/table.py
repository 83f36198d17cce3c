"""All that reads bytes of others: drivers and twins, messages of the broker, files, the control socket.

Who adds a decoder adds a row here; a test looks for those that are in no row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from devices.announcer.wave_join import ClipUnfitError
from devices.errors import WireError
from devices.evaluator import wire_ff68 as evaluator
from devices.frame_ff68 import MAX_BODY, Ff68Framer, build, parse
from devices.framing import Splitter
from devices.keypad import wire_ff68 as keypad
from devices.pins_socket import parse as parse_pins
from devices.printer.status import from_answers, from_auto_status
from devices.printer.wire_escpos import AutoStatus
from devices.printer.wire_escpos import Decoder as PrinterAnswers
from devices.strip.wire_a090 import A090Framer, address_of_ack
from edge.settings.load import examine
from edge.settings.problems import SettingsError
from edge.watch import describe
from mqtt_bridge import packets, payloads, topics
from mqtt_bridge.contract import CHANNELS
from mqtt_bridge.errors import Refused
from mqtt_bridge.examples import EXAMPLES, NOW_MS
from simulators.bench.typed import understood
from simulators.capture.dialects import dialect_of
from simulators.capture.format import CaptureError
from simulators.evaluator.twin import EvaluatorTwin
from simulators.fuzz import adapters as off
from simulators.fuzz import others
from simulators.fuzz.demand import Decoder
from simulators.fuzz.seeds import (
    ANSWERS,
    BENCH,
    CAPTURE,
    DIGITS,
    FAULTS,
    FRAMES,
    HEALTHY,
    KEY,
    MINIMAL,
    PRINTED,
    START,
    STRIP_ACK,
    STRIP_TEXT,
    TICKET,
)
from simulators.keypad.twin import KeypadTwin
from simulators.pins.interface_socket import PinsTwin
from simulators.printer.tokens import Tokens
from simulators.receivers import ReceiverA090, ReceiverFF68
from simulators.sim.bench_file import parse_bench
from simulators.sim.faults_file import parse_script
from simulators.strip.twin import StripTwin
from simulators.trouble import CannotBe


@cache
def decoders() -> dict[str, Decoder]:
    """The whole table, by name."""
    rows = (*_drivers(), *_twins(), *_messages(), *_files(), *_people())
    return {row.name: row for row in rows}


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _of(function: Callable[[Any], object]) -> Callable[[Any, bytes], object]:
    """A function that keeps nothing, of bytes."""
    return lambda _, data: function(data)


def _stream(
    name: str,
    reads: tuple[str, ...],
    make: Callable[[], Any],
    good: bytes,
    seeds: tuple[bytes, ...],
    holds_bytes: int = 65_536,
) -> Decoder:
    """One that has `feed` and `quiet` and refuses nothing: what it cannot read it passes over."""
    return Decoder(
        name,
        reads,
        lambda one, data: one.feed(data),
        good,
        make=make,
        quiet=lambda one: one.quiet(),
        seeds=seeds,
        holds_bytes=holds_bytes,
    )


def _framed(function: Callable[[bytes], object], func: int) -> Callable[[Any, bytes], object]:
    """A function of whole FF 68 frames, given whatever stands in one."""
    return lambda _, data: function(build(3, func, data[: MAX_BODY - 2]))


def _drivers() -> Iterator[Decoder]:
    yield Decoder(
        "line splitter",
        ("devices.framing:Splitter", "devices.frame_ff68:Ff68Framer", "devices.strip.wire_a090:A090Framer"),
        lambda one, data: one.feed(data),
        KEY,
        make=lambda: Splitter([Ff68Framer(), A090Framer()]),
        quiet=lambda one: one.lapse(),
        seeds=FRAMES,
    )
    drivers = ("keypad.driver:Keypad", "evaluator.driver:Evaluator", "strip.driver:Strip")
    yield _stream(
        "line port",
        ("devices.line_reader:LineReader", *(f"devices.{driver}" for driver in drivers)),
        off.counter_line,
        KEY,
        FRAMES,
        holds_bytes=200_000,
    )
    bits = ("devices.printer.status:from_auto_status", "devices.printer.status:from_answers")
    yield _stream("printer port", bits, off.printer_port, HEALTHY, ANSWERS, holds_bytes=200_000)
    yield _stream("printer at work", bits, off.printing_port, HEALTHY, ANSWERS, holds_bytes=200_000)
    yield Decoder(
        "printer answers",
        ("devices.printer.wire_escpos:Decoder",),
        lambda one, data: [_meant(answer) for answer in one.feed(data)],
        HEALTHY,
        make=PrinterAnswers,
        quiet=lambda one: one.quiet(),
        seeds=ANSWERS,
    )
    wire_error = (WireError,)
    yield Decoder(
        "FF 68 frame",
        ("devices.frame_ff68:parse", "devices.keypad.wire_ff68:address_if_keys"),
        _of(lambda frame: (parse(frame), keypad.address_if_keys(frame))),
        KEY,
        error=wire_error,
        seeds=FRAMES,
    )
    keys = ("devices.keypad.wire_ff68:decode",)
    yield Decoder(
        "keypad frame", keys, _framed(keypad.decode, 1), b"\x06\x0f", error=wire_error, seeds=(b"\x0c",)
    )
    grades = ("devices.evaluator.wire_ff68:decode", "devices.evaluator.wire_ff68:address_if_grade")
    yield Decoder("evaluator frame", grades, _framed(_grade, 0x11), b"\x02", error=wire_error)
    acks = ("devices.strip.wire_a090:address_of_ack",)
    yield Decoder("strip frame", acks, _of(address_of_ack), STRIP_ACK, error=wire_error, seeds=(STRIP_TEXT,))
    pins = ("devices.pins_socket:parse",)
    yield Decoder("pins line", pins, _of(parse_pins), b"low 17", error=(ValueError,), seeds=(b"float 4",))


def _grade(frame: bytes) -> object:
    return evaluator.decode(frame), evaluator.address_if_grade(frame)


def _meant(answer: object) -> object:
    if isinstance(answer, AutoStatus):
        return from_auto_status(answer.raw), from_answers(answer.raw)
    return answer


def _twins() -> Iterator[Decoder]:
    for name, receiver, good in (("FF 68", ReceiverFF68, KEY), ("A0 90", ReceiverA090, STRIP_TEXT)):
        reads = (f"simulators.receivers:{receiver.__name__}",)
        yield _stream(f"{name} receiver", reads, partial(off.ReceiverOffWire, receiver), good, FRAMES)
    faces = (
        ("keypad", KeypadTwin, off.keypad_twin, DIGITS),
        ("evaluator", EvaluatorTwin, off.evaluator_twin, START),
        ("strip", StripTwin, off.strip_twin, STRIP_TEXT),
    )
    for kind, twin, make, good in faces:
        reads = (f"{twin.__module__}:{twin.__name__}",)
        yield _stream(f"{kind} twin", reads, make, good, FRAMES, holds_bytes=100_000)
    yield _stream(
        "printer twin",
        ("simulators.printer.twin:PrinterTwin",),
        off.PrinterOffWire,
        TICKET,
        PRINTED,
        holds_bytes=3_000_000,  # the last million that it heard among them
    )
    yield Decoder(
        "printer tokens",
        ("simulators.printer.tokens:Tokens",),
        lambda one, data: one.feed(data),
        TICKET,
        make=Tokens,
        quiet=off.fill_up,
        seeds=PRINTED,
    )
    yield Decoder(
        "pins twin",
        ("simulators.pins.interface_socket:PinsTwin",),
        off.seen_lamp,
        b"out 27 1",
        make=lambda: PinsTwin("nowhere"),
        seeds=(b"in 17 1", b"error x"),
        holds_bytes=1_000_000,  # the last hundred lines that it did not understand
    )
    yield _stream(
        "RFC 2217",
        ("simulators.wires.rfc2217_wire:Rfc2217Wire", "simulators.wires.tcp_wire:TcpWire"),
        others.Rfc2217OffWire,
        KEY.replace(b"\xff", b"\xff\xff"),
        (b"\xff\xfd\x2c", b"\xff\xfa\x2c\x01\x00\x00\x25\x80\xff\xf0", b"\xff\xfa\x2c\x03\x01\xff\xf0"),
        holds_bytes=200_000,
    )


def _messages() -> Iterator[Decoder]:
    for kind in CHANNELS:
        shown = [(topic, payloads.encode(message)) for topic, message in EXAMPLES if topic.kind == kind]
        yield Decoder(
            f"mqtt {kind}",
            ("mqtt_bridge.payloads:decode", "edge.watch:describe"),
            _message(shown[0][0]),
            shown[0][1],
            error=(Refused,),
            seeds=tuple(payload for _, payload in shown),
        )
    yield Decoder(
        "mqtt topic",
        ("mqtt_bridge.topics:parse",),
        lambda _, data: topics.parse(_text(data)),
        b"hall/1/chaotian/hub/state/window/w12",
        error=(ValueError,),
        seeds=tuple(topics.build(topic).encode() for topic, _ in EXAMPLES),
    )
    yield Decoder(
        "mqtt packets",
        ("mqtt_bridge.packets:split", "mqtt_bridge.packets:read"),
        lambda _, data: [packets.read(one, five=True) for one in packets.split(data)],
        packets.publish("hall/1/chaotian/hub/life", b"{}", 1, retain=True, five=True),
        error=(ValueError,),
        seeds=(packets.puback(1),),
    )


def _message(topic: topics.Topic) -> Callable[[Any, bytes], object]:
    def feed(_: Any, data: bytes) -> object:
        return describe(topics.build(topic), data, NOW_MS), payloads.decode(topic, data)

    return feed


def _files() -> Iterator[Decoder]:
    settings_error = (SettingsError,)
    yield Decoder(
        "site file",
        ("edge.settings.load:examine", "edge.settings.load:parse_site"),
        lambda _, data: examine(_text(data), "site.toml"),
        MINIMAL.read_bytes(),
    )
    bench = ("simulators.sim.bench_file:parse_bench",)
    yield Decoder(
        "bench file", bench, lambda _, data: parse_bench(_text(data), "x"), BENCH, error=settings_error
    )
    faults = ("simulators.sim.faults_file:parse_script",)
    yield Decoder(
        "faults file",
        faults,
        lambda _, data: parse_script(_text(data), "x").faults,
        FAULTS,
        error=settings_error,
    )
    capture = ("simulators.capture.format:Capture", "simulators.capture.cast:cast_of")
    yield Decoder("capture file", capture, _of(others.read_capture), CAPTURE, error=(CaptureError,))
    sound = ("devices.announcer.wave_join:read_clip",)
    yield Decoder("sound clip", sound, _of(others.read_sound), others.a_sound(), error=(ClipUnfitError,))
    yield Decoder(
        "dialects",
        ("simulators.capture.dialects:dialect_of",),
        _of(lambda data: (dialect_of(data, "<"), dialect_of(data, ">"))),
        KEY,
        seeds=(*FRAMES, *PRINTED),
    )


def _people() -> Iterator[Decoder]:
    yield Decoder(
        "control socket",
        ("simulators.bench.requests:answer",),
        lambda one, data: one.feed(data),
        b'{"id": 1, "do": "fault", "device": "strip", "fault": "late", "late_s": 0.5}',
        make=cache(others.BenchOffWire),
        seeds=(
            b'{"id": 1, "do": "look"}',
            b'{"do": "press", "device": "keypad", "keys": "6 confirm"}',
            b'{"do": "wait", "device": "strip", "shows": "A001", "timeout_s": 0}',
            b'{"do": "follow", "events": ["face"]}',
            b'{"do": "mend", "device": "strip", "fault": "late"}',
            b'{"do": "new_roll", "device": "printer"}',
        ),
        holds_bytes=4_000_000,
    )
    yield Decoder(
        "typed line",
        ("simulators.bench.typed:understood",),
        lambda one, data: understood(_text(data), one.bench),
        b"printer +paper_out after_bytes=200 for_s=10",
        make=cache(others.BenchOffWire),
        error=(CannotBe,),
        seeds=(b"keypad press next", b"strip -no_ack", b"look"),
        holds_bytes=4_000_000,
    )
