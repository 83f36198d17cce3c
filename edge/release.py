"""Which release this is."""

from __future__ import annotations

VERSION = "0.1.0"

MADE_S = 1_767_225_600.0
"""The first moment of the year it was made in: a clock that shows less has not been set."""
