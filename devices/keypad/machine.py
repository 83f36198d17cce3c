"""What a keypad's frames mean over time, and what its display should hold.

Rules
1. The same frame again within the repeat time is the keypad asking for its echo, not a second press. Each
   repeat starts that time anew, for a keypad on a bad line may ask for seconds.
2. The display is told what it last should show whenever the port comes back.
"""

from __future__ import annotations

from devices.keypad.keymap import KeyMap
from devices.keypad.messages import Command, Event, KeyPressed, KeysUnknown, ShowDigits, ShowNumbers


class KeypadMachine:
    """One keypad."""

    def __init__(self, key_map: KeyMap, repeat_s: float) -> None:
        self._key_map = key_map
        self._repeat_s = repeat_s
        self._last: tuple[str, str] | None = None
        self._last_s = 0.0
        self.shown: Command | None = None
        self.repeats = 0

    def on_keys(self, digits: str, key: str, now_s: float) -> Event | None:
        """The event in what was typed, or None for a repeat."""
        typed = (digits, key)
        is_repeat = typed == self._last and now_s - self._last_s < self._repeat_s
        self._last, self._last_s = typed, now_s
        if is_repeat:
            self.repeats += 1
            return None
        meaning = self._key_map.meaning(digits, key)
        if meaning is None:
            return KeysUnknown(f"{digits} {key}".strip())
        return KeyPressed(meaning.action, meaning.digits, meaning.option)

    def on_command(self, command: Command) -> None:
        """Keep what the display should hold from now on; a beep or a result is over soon."""
        if isinstance(command, ShowNumbers | ShowDigits):
            self.shown = command
