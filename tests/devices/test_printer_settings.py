"""Every number of a printer's settings is bounded; a slip of the pen is an error."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from devices.printer.settings import PrinterSettings


def test_the_defaults_are_a_valid_file() -> None:
    assert msgspec.convert({}, PrinterSettings) == PrinterSettings()


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ({"width_dots": 500}, "width_dots"),
        ({"mode": "pdf"}, "mode"),
        ({"language": "fr"}, "language"),
        ({"cut": "half"}, "cut"),
        ({"hold_s": 0}, "hold_s"),
        ({"hold_s": 601}, "hold_s"),
        ({"confirm_timeout_s": -1}, "confirm_timeout_s"),
        ({"check_s": 0.5}, "check_s"),
        ({"queue_most": 65}, "queue_most"),
        ({"chunk_bytes": 15}, "chunk_bytes"),
        ({"qr_module_dots": 13}, "qr_module_dots"),
        ({"answer": False}, "answer"),
    ],
)
def test_what_is_out_of_range_or_unknown_is_refused(table: dict[str, Any], path: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=path):
        msgspec.convert(table, PrinterSettings)
