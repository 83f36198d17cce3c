"""Which keys to press for an action: the site file's key map read backwards."""

from __future__ import annotations

from devices.keypad.keymap import READY_MADE
from devices.keypad.settings import KeypadSettings


def keys_for(settings: KeypadSettings, action: str, digits: str = "") -> str:
    """The sequence that means `action` with `digits`, as a keypad's `press` takes it. Raises KeyError."""
    base = settings.map or ("tickets" if settings.use == "tickets" else "callsystem")
    for sequence, meaning in {**READY_MADE[base], **settings.keys}.items():
        if meaning == action and ("#" in sequence) == bool(digits):
            typed, _, key = sequence.rpartition(" ")
            return f"{typed.rstrip('#')}{digits} {key}".strip()
    raise KeyError(f"no key for {action} {digits}".strip())
