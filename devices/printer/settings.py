"""Settings of a ticket printer. Baud rate and address are the port's."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(ge=0.1, le=600.0)]


class PrinterSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    r"""One ESC/POS ticket printer.

    `width_dots`: printable width, 576 for 80 mm paper, 384 for 58 mm, at 203 dots an inch.
    `mode`: "text" sends characters in the printer's own Chinese font (about 300 bytes a ticket), "raster" a
    picture (about 50 kB: for 115200 baud or TCP).
    `answers`: False for a printer that never answers; each ticket is then "unknown" at once, without fault.
    `charset`: what the printer's Chinese font holds; other characters go as a small picture of their line.
    `advice` closes the ticket; "\n" breaks its line.
    `qr`: drawn by the printer ("native"), sent as a picture, or left out.
    """

    width_dots: Literal[384, 576] = 576
    mode: Literal["text", "raster"] = "text"
    language: Literal["zh", "en", "both"] = "both"
    cut: Literal["partial", "full", "none"] = "partial"
    answers: bool = True
    charset: Literal["gb2312", "gbk"] = "gb2312"
    qr: Literal["native", "raster", "none"] = "native"
    qr_module_dots: Annotated[int, Meta(ge=2, le=12)] = 6
    advice: Annotated[str, Meta(max_length=200)] = "请留意叫号屏和广播\n过号请到咨询台"
    advice_en: Annotated[str, Meta(max_length=200)] = (
        "Please watch the screens.\nMissed your call? Ask the desk."
    )
    hold_s: Seconds = 60.0
    """A ticket that could not be begun for so long is not printed any more: its citizen has left."""
    confirm_timeout_s: Seconds = 15.0
    """From the last byte sent to the printer's answer; then the outcome is unknown."""
    stall_timeout_s: Seconds = 15.0
    """The printer takes no byte for so long in the middle of a ticket; then the outcome is unknown."""
    status_timeout_s: Seconds = 1.0
    """From a status request to its answer."""
    check_s: Annotated[float, Meta(ge=1.0, le=3600.0)] = 30.0
    """An idle printer is asked so often whether it is still there."""
    poll_s: Seconds = 2.0
    """A printer with a fault, or without automatic status, is asked so often."""
    queue_most: Annotated[int, Meta(ge=1, le=64)] = 8
    chunk_bytes: Annotated[int, Meta(ge=16, le=4096)] = 512
    """Most bytes handed to the port in one go."""
