"""Rows of a ticket to ESC/POS commands: as text in the printer's font, or as a picture.

A command each row, so that a broken-off ticket ends between two rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from devices.printer import wire_escpos as wire
from devices.printer.layout import compose
from devices.printer.messages import Notice, Ticket
from devices.printer.settings import PrinterSettings
from devices.printer.text_gb import clean, columns, covers, encode
from display import qr
from display.ticket import Code, Pair, Row, Words, draw, pack
from display.ticket_wrap import balance, shorten, wrap

COLUMN_DOTS = 12  # font A is 12 x 24, Chinese 24 x 24
FEED_LINES = 4  # without a cutter: out to the tear bar
NUMBER_TIMES = 6
TITLE_TIMES = (((2, 2), 1), ((1, 2), 2))  # size, and the lines it may take; tried in turn


def commands(slip: Ticket | Notice, settings: PrinterSettings) -> tuple[bytes, ...]:
    """The whole slip, the cut included. Never fails for a text."""
    rows = compose(slip, settings)
    body = _picture(rows, settings) if settings.mode == "raster" else _text(rows, settings)
    end = wire.feed(FEED_LINES) if settings.cut == "none" else wire.cut(settings.cut)
    return (wire.INIT, *body, end)


def _picture(rows: tuple[Row, ...], settings: PrinterSettings) -> list[bytes]:
    return wire.raster(settings.width_dots // 8, pack(draw(rows, settings.width_dots)))


def _text(rows: tuple[Row, ...], settings: PrinterSettings) -> Iterator[bytes]:
    yield wire.CHINESE_ON + wire.align("center")
    for row in rows:
        yield from _row(row, settings)
    yield wire.CHINESE_OFF


def _row(row: Row, settings: PrinterSettings) -> list[bytes]:
    if isinstance(row, Code):
        return _code(row, settings)
    if not all(covers(clean(text), settings.charset) for text in _texts(row)):
        return _picture((row,), settings)
    room = settings.width_dots // COLUMN_DOTS
    if isinstance(row, Words):
        return [_words(row, room, settings)]
    lines = _pair(row, room) if isinstance(row, Pair) else ["-" * room]
    return [b"".join(encode(line, settings.charset) + wire.LINE_FEED for line in lines)]


def _texts(row: Row) -> tuple[str, ...]:
    if isinstance(row, Words):
        return (row.text,)
    return (row.label, row.value) if isinstance(row, Pair) else ()


def _words(row: Words, room: int, settings: PrinterSettings) -> bytes:
    text = f"【{row.text}】" if row.marked else row.text
    wide, high = _times(row.size, clean(text), room)
    lines = balance(clean(text), room // wide, row.most_lines, columns)
    body = b"".join(encode(line, settings.charset) + wire.LINE_FEED for line in lines)
    return body if (wide, high) == (1, 1) else wire.size(wide, high) + body + wire.size(1, 1)


def _times(size: str, text: str, room: int) -> tuple[int, int]:
    """How many times wide and high a text is printed."""
    if size == "number":
        times = max(1, min(NUMBER_TIMES, room // max(columns(text), 1)))
        return times, times
    if size == "title":
        fitting = (
            times for times, most in TITLE_TIMES if len(wrap(text, room // times[0], 3, columns)) <= most
        )
        return next(fitting, (1, 1))
    return 1, 1


def _pair(row: Pair, room: int) -> list[str]:
    label = shorten(clean(row.label), room, columns)
    value = clean(row.value)
    gap = room - columns(label) - columns(value)
    if gap >= 1:
        return [label + " " * gap + value]
    lines = wrap(value, room, 3, columns)
    return [label + " " * (room - columns(label)), *(" " * (room - columns(line)) + line for line in lines)]


def _code(row: Code, settings: PrinterSettings) -> list[bytes]:
    dots = qr.module_dots(row.payload, settings.width_dots, row.most_dots)
    if settings.qr == "raster" or not dots:
        return _picture((row,), settings) if dots else []
    return [wire.qr(row.payload.encode(), dots)]
