"""A hall as data to be stored, and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from edge.hall.state import Facts, Flow, Hall, Mean, Score, Stub, Visit, WindowState

_CHANGEABLE = (Visit, WindowState, Mean, Flow, Score, Stub)


def snapshot(hall: Hall) -> Facts:
    """All that must be kept of `hall`, apart from it; JSON-friendly."""
    return Facts(**_fields_of(hall, Facts))


def restore(facts: Facts) -> Hall:
    """The hall of a snapshot, equal to the one it was taken of and apart from `facts`."""
    return Hall(**_fields_of(facts, Facts))


def _fields_of(value: Any, kind: Any) -> dict[str, Any]:
    return {item.name: _copied(getattr(value, item.name)) for item in fields(kind)}


def _copied(value: Any) -> Any:
    """A deep copy of what can change; frozen dataclasses and words are shared."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    if isinstance(value, _CHANGEABLE):
        return type(value)(**_fields_of(value, value))
    return value
