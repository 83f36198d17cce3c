"""What a keypad's frames mean over time, and what its display holds.

Rules
1. The same frame again within the repeat time is the keypad asking for its echo, not a second press. Each
   repeat starts that time anew, for a keypad on a bad line may ask for seconds.
2. Numbers are the resting display. A result or an answer to a query passes: after its time, or when the
   next key is pressed, the numbers (or blanks) come back. Numbers told meanwhile wait for that.
3. The display is told what it should hold whenever the port comes back.
"""

from __future__ import annotations

from devices.keypad.messages import (
    Beep,
    Command,
    Event,
    KeyPressed,
    KeysUnknown,
    ShowNumbers,
    ShowResult,
)
from devices.keypad.settings import KeypadSettings


class KeypadMachine:
    """One keypad. `due_s` is when a passing display ends, or None."""

    def __init__(self, settings: KeypadSettings) -> None:
        self._settings = settings
        self._key_map = settings.key_map()
        self._last: tuple[str, str] | None = None
        self._last_s = 0.0
        self._numbers: ShowNumbers | None = None
        self.due_s: float | None = None
        self.repeats = 0

    def on_open(self) -> Command | None:
        """What to show on a display that may have forgotten, or None when nothing was ever shown."""
        self.due_s = None
        return self._numbers

    def on_keys(self, digits: str, key: str, now_s: float) -> Event | None:
        """The event in what was typed, or None for a repeat."""
        typed = (digits, key)
        is_repeat = typed == self._last and now_s - self._last_s < self._settings.repeat_ms / 1000
        self._last, self._last_s = typed, now_s
        if is_repeat:
            self.repeats += 1
            return None
        if self.due_s is not None:
            self.due_s = now_s
        meaning = self._key_map.meaning(digits, key)
        if meaning is None:
            return KeysUnknown(f"{digits} {key}".strip())
        return KeyPressed(meaning.action, meaning.digits, meaning.option)

    def on_command(self, command: Command, now_s: float) -> Command | None:
        """What to send now, or None when it has to wait or is on the display already."""
        if isinstance(command, Beep):
            return command
        if isinstance(command, ShowNumbers):
            is_news = command != self._numbers
            self._numbers = command
            return command if is_news and self.due_s is None else None
        pass_s = self._settings.result_s if isinstance(command, ShowResult) else self._settings.query_s
        self.due_s = now_s + pass_s
        return command

    def step(self, now_s: float) -> Command | None:
        """The resting display, when a passing one is over."""
        if self.due_s is None or now_s < self.due_s:
            return None
        self.due_s = None
        return self._numbers or ShowNumbers()
