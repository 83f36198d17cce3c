"""What a bench can hold: one row a kind, with the settings that a bench file may give it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

from msgspec import Meta, Struct

from simulators.announcer.twin import SpeakerTwin
from simulators.board.picture import PictureTwin
from simulators.board.twin import BoardTwin
from simulators.device import Device
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.pins.interface_socket import PinsTwin
from simulators.pins.twin import ButtonTwin, LampTwin
from simulators.printer.twin import PrinterTwin
from simulators.strip.twin import StripTwin
from simulators.twin import Twin

PAPERS_MAX: Final = 200

Address = Annotated[int, Meta(ge=0, le=255)]
Seconds = Annotated[float, Meta(gt=0, le=600)]
Pin = Annotated[int, Meta(ge=0, le=27)]
Dots = Annotated[int, Meta(ge=16, le=8192)]
Family = Literal["wire", "pins", "screen", "sound"]


def _says(text: str) -> Meta:
    return Meta(description=text)


class KeypadSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A counter keypad, FF 68."""

    address: Annotated[Address, _says("its address on the line")] = 3
    repeat_s: Annotated[Seconds, _says("how soon it says a key again that was not echoed")] = 0.25
    repeats_max: Annotated[int, Meta(ge=0, le=10_000), _says("how often, until it gives up")] = 12


class EvaluatorSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An evaluator, FF 68."""

    address: Annotated[Address, _says("its address on the line")] = 131
    keypad: Annotated[int, Meta(ge=-1, le=255), _says("the keypad whose 0B it overhears; -1 = none")] = -1
    grades: Annotated[int, Meta(ge=2, le=11), _says("keys it has")] = 4
    repeat_s: Annotated[Seconds, _says("how soon it says a grade again that was not acknowledged")] = 0.3
    repeats_max: Annotated[int, Meta(ge=0, le=10_000), _says("how often, until it gives up")] = 10
    open_s: Annotated[Seconds, _says("how long its lamp asks")] = 60.0
    thanks_s: Annotated[Seconds, _says("how long it thanks")] = 3.0


class StripSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A window strip, A0 90."""

    address: Annotated[Address, _says("its address on the line")] = 3
    rom: Annotated[str, Meta(max_length=100), _says("its stored text, shown when it gets power")] = ""
    acks: Annotated[bool, _says("false: a make that never answers")] = True
    ack_middle: Annotated[
        str, Meta(pattern=r"^(?:[0-9A-Fa-f]{2} ?){0,16}\Z"), _says("hex bytes inside its answer")
    ] = ""


class PrinterSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A ticket printer, ESC/POS."""

    width_dots: Annotated[Literal[384, 512, 576, 832], _says("dots across the paper")] = 576
    speed_mm_s: Annotated[float, Meta(ge=0, le=1000), _says("how fast paper comes out; 0 = at once")] = 150.0
    paper_mm: Annotated[float, Meta(ge=0, le=500_000), _says("what is left on the roll")] = 50_000.0
    answers: Annotated[bool, _says("false: a make that never says anything")] = True
    auto_status: Annotated[bool, _says("false: a make that does not know GS a")] = True
    boots_chinese: Annotated[bool, _says("true: a make that needs no FS &")] = False
    handshake: Annotated[bool, _says("true: it sends XOFF and XON")] = False
    buffer_bytes: Annotated[int, Meta(ge=16, le=1 << 20), _says("what it holds unprinted")] = 4096


class PinSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A push button to ground, or a lamp, on a pin."""

    pin: Annotated[Pin, _says("its Broadcom number")] = 17


class BoardSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A hall board's panel; one that is told its picture as a file is as large as that is."""

    width: Annotated[Dots, _says("pixels across")] = 1920
    height: Annotated[Dots, _says("pixels down")] = 1080
    bits: Annotated[Literal[16, 32], _says("bits of a pixel")] = 32


class AnnouncerSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A loudspeaker."""


class Made(NamedTuple):
    """What a device is made with: its port's far end, and for printers what to draw with and to keep.

    `folder` is a framebuffer's, or a loudspeaker's; `file` a board's picture.
    """

    pins: PinsTwin | None = None
    folder: Path | None = None
    file: Path | None = None
    font: Path | None = None
    papers_max: int | None = PAPERS_MAX


class Kind(NamedTuple):
    """`family`: what it hangs on; `shared`: several may. `apart`: the setting that tells two apart."""

    settings: type[Struct]
    build: Callable[[str, Any, Made], Device]
    family: Family = "wire"
    shared: bool = True
    apart: str = ""


def _keypad(name: str, own: KeypadSettings, made: Made) -> Twin:
    return KeypadTwin(own.address, name=name, repeat_s=own.repeat_s, repeats_max=own.repeats_max)


def _evaluator(name: str, own: EvaluatorSettings, made: Made) -> Twin:
    return EvaluatorTwin(
        own.address,
        keypad=own.keypad if own.keypad >= 0 else None,
        grades=own.grades,
        name=name,
        repeat_s=own.repeat_s,
        repeats_max=own.repeats_max,
        open_s=own.open_s,
        thanks_s=own.thanks_s,
    )


def _strip(name: str, own: StripSettings, made: Made) -> Twin:
    middle = bytes.fromhex(own.ack_middle)
    return StripTwin(own.address, rom=own.rom, acks=own.acks, ack_middle=middle, name=name)


def _printer(name: str, own: PrinterSettings, made: Made) -> Twin:
    twin = PrinterTwin(
        name,
        width_dots=own.width_dots,
        font=made.font,
        speed_mm_s=own.speed_mm_s,
        answers=own.answers,
        has_auto_status=own.auto_status,
        boots_chinese=own.boots_chinese,
        handshake=own.handshake,
        buffer_bytes=own.buffer_bytes,
        papers_max=made.papers_max,
    )
    twin.model.paper_mm = own.paper_mm
    return twin


def _pin(build: Callable[[str, PinsTwin, int], Device]) -> Callable[[str, PinSettings, Made], Device]:
    def made_of(name: str, own: PinSettings, made: Made) -> Device:
        if made.pins is None:
            raise TypeError(f"{name} needs pins")
        return build(name, made.pins, own.pin)

    return made_of


def _board(name: str, own: BoardSettings, made: Made) -> Device:
    if made.file is not None:
        return PictureTwin(name, made.file)
    if made.folder is None:
        raise TypeError(f"{name} needs a folder")
    return BoardTwin(name, made.folder, own.width, own.height, own.bits)


def _announcer(name: str, own: AnnouncerSettings, made: Made) -> Device:
    if made.folder is None:
        raise TypeError(f"{name} needs a folder")
    return SpeakerTwin(name, made.folder)


KINDS: Final[dict[str, Kind]] = {
    "keypad": Kind(KeypadSettings, _keypad, apart="address"),
    "evaluator": Kind(EvaluatorSettings, _evaluator, apart="address"),
    "strip": Kind(StripSettings, _strip, apart="address"),
    "printer": Kind(PrinterSettings, _printer, shared=False),
    "button": Kind(PinSettings, _pin(ButtonTwin), "pins", apart="pin"),
    "lamp": Kind(PinSettings, _pin(LampTwin), "pins", apart="pin"),
    "board": Kind(BoardSettings, _board, "screen", shared=False),
    "announcer": Kind(AnnouncerSettings, _announcer, "sound", shared=False),
}
