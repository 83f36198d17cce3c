"""What a keypad's frames mean over time, and what its display holds.

Rules
1. The same frame again within the repeat time is the keypad asking for its echo, not a second press. Each
   repeat starts that time anew, for a keypad on a bad line may ask for seconds.
2. Numbers are the resting display. A result or an answer to a query passes: after its time, or when the
   next key is pressed, the numbers (or blanks) come back. Numbers told meanwhile wait for that.
3. The display is told what it should hold whenever the port comes back, and again once a refresh. Neighbours
   on a line are spread by a quarter each way, so that they do not gather.
"""

from __future__ import annotations

from typing import Final

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

_GOLDEN: Final = 0.618034  # spreads neighbouring addresses evenly


class KeypadMachine:
    """One keypad. `due_s` is when a passing display ends or the numbers are sent again, or None."""

    def __init__(self, settings: KeypadSettings) -> None:
        self._settings = settings
        self._key_map = settings.key_map()
        self._last: tuple[str, str] | None = None
        self._last_s = 0.0
        self._numbers: ShowNumbers | None = None
        self._passes_s: float | None = None  # until when something passing is shown
        self._refresh_s: float | None = None  # when the numbers are sent again
        self.repeats = 0

    @property
    def due_s(self) -> float | None:
        """When `step` has something to do."""
        return self._refresh_s if self._passes_s is None else self._passes_s

    def on_open(self, now_s: float) -> Command | None:
        """What to show on a display that may have forgotten, or None when nothing was ever shown."""
        self._passes_s = None
        return self._rest(now_s) if self._numbers is not None else None

    def _rest(self, now_s: float) -> Command:
        """The resting display, sent now."""
        pace_s = self._settings.refresh_s * (0.75 + 0.5 * (self._settings.address * _GOLDEN % 1))
        self._refresh_s = now_s + pace_s if pace_s and self._numbers is not None else None
        return self._numbers or ShowNumbers()

    def on_keys(self, digits: str, key: str, now_s: float) -> Event | None:
        """The event in what was typed, or None for a repeat."""
        typed = (digits, key)
        is_repeat = typed == self._last and now_s - self._last_s < self._settings.repeat_ms / 1000
        self._last, self._last_s = typed, now_s
        if is_repeat:
            self.repeats += 1
            return None
        if self._passes_s is not None:
            self._passes_s = now_s
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
            return self._rest(now_s) if is_news and self._passes_s is None else None
        pass_s = self._settings.result_s if isinstance(command, ShowResult) else self._settings.query_s
        self._passes_s = now_s + pass_s
        return command

    def step(self, now_s: float) -> Command | None:
        """The resting display, when a passing one is over or a refresh is due."""
        if self.due_s is None or now_s < self.due_s:
            return None
        self._passes_s = None
        return self._rest(now_s)
