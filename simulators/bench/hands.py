"""What is said with a hand, from whoever says it: a program, a line of JSON, a line typed."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

import msgspec

from simulators.device import Device, a
from simulators.trouble import CannotBe


def arguments_of(device: Device, hand: str, said: dict[str, Any]) -> dict[str, Any]:
    """Each word as the hand's method wants it. Raises CannotBe with a plain sentence."""
    if hand not in device.HANDS:
        can = ", ".join(device.HANDS) or "nothing"
        raise CannotBe(f"nobody can {hand} {device.name}; what can be done to {a(device.kind)}: {can}")
    takes = device.HANDS[hand].takes
    for word in said:
        if word not in takes:
            raise CannotBe(f'{hand} is not told "{word}"; it is told {", ".join(takes) or "nothing"}')
    method = getattr(device, hand)
    types = get_type_hints(method)
    for name, parameter in inspect.signature(method).parameters.items():
        if name not in said and parameter.default is parameter.empty:
            raise CannotBe(f'{hand} must be told "{name}": {device.HANDS[hand].means}')
    return {word: _as(types[word], value, word) for word, value in said.items()}


def _as(kind: Any, value: Any, word: str) -> Any:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise CannotBe(f'"{word}" cannot be {value!r}: {error}') from error
