"""Golden exchanges, as a twin has to take part in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent.parent / "golden"


def read_golden(name: str) -> list[tuple[str, bytes]]:
    """The lines of `name` (kind/dialect/file): "<" from the device or ">" from the host, and the bytes."""
    _, *lines = (GOLDEN / f"{name}.hex").read_text(encoding="utf-8").splitlines()
    return [(line[0], bytes.fromhex(line[1:])) for line in lines]


@pytest.fixture
def golden() -> Callable[[str], list[tuple[str, bytes]]]:
    return read_golden
