"""One strip: the text it should show, sent until it is acknowledged, and again at a slow pace.

```
          text            sent               acknowledged
  IDLE ─────────> QUEUED ──────> WAITING ────────────────────> RESTING
                    ^               │ silence                    │ refresh is due, or a new text
                    ├───────────────┤ attempts left              │
                    └───────────────┼────────────────────────────┘
                                    └ none left: RESTING, and the strip counts as silent
```
Rules
1. Only the newest text counts: a newer one takes the older's place wherever that one is.
2. An acknowledgement carries no text, so it counts for the text whose frame is waited for and for no other.
3. A silent strip is tried again once a refresh, not more, for its neighbours need the line too.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from devices.strip.messages import Command, Shown
from devices.strip.settings import StripSettings

_GOLDEN: Final = 0.618034  # spreads neighbouring addresses evenly
_SILENT_RETRY_S: Final = 30.0  # a silent strip without refresh is still looked for


class State(Enum):
    IDLE = "idle"
    QUEUED = "queued"
    WAITING = "waiting"
    RESTING = "resting"


class Do(NamedTuple):
    """What should be done: send the frame of `send`, tell `shown`, tell that the strip answers or not."""

    send: Command | None = None
    shown: Shown | None = None
    answers: bool | None = None


NOTHING: Final = Do()


class StripMachine:
    """Times are seconds of the monotonic clock."""

    def __init__(self, settings: StripSettings) -> None:
        self._settings = settings
        self.state = State.IDLE
        self.due_s: float | None = None
        self._text: Command | None = None
        self._told: Shown | None = None
        self._attempts = 0

    def on_open(self) -> Do:
        """The port is there: whatever the strip held, it is filled again."""
        return self._queue() if self._text is not None else NOTHING

    def on_close(self) -> None:
        """The port is gone."""
        self.state, self.due_s = State.IDLE, None

    def on_command(self, command: Command, is_open: bool) -> Do:
        """A new text. The same text and token again is nothing new."""
        if command == self._text:
            return NOTHING
        self._text, self._told = command, None
        return self._queue() if is_open else NOTHING

    def on_sent(self, end_s: float) -> Do:
        """The frame has left; the strip has heard it at `end_s`."""
        if not self._settings.acks:
            self._rest(end_s)
            return Do(shown=self._news(False))
        self._attempts += 1
        self.state, self.due_s = State.WAITING, end_s + self._settings.reply_ms / 1000
        return NOTHING

    def on_ack(self, now_s: float) -> Do:
        """The strip acknowledged. One that comes late, for a text already replaced, only shows life."""
        if self.state is not State.WAITING:
            return Do(answers=True)
        self._rest(now_s)
        return Do(shown=self._news(True), answers=True)

    def step(self, now_s: float) -> Do:
        """Let time pass."""
        if self.due_s is None or now_s < self.due_s:
            return NOTHING
        if self.state is not State.WAITING:
            return self._queue()
        if self._attempts < self._settings.attempts:
            return self._requeue()
        self._rest(now_s, _SILENT_RETRY_S)
        return Do(shown=self._news(False), answers=False)

    def _queue(self) -> Do:
        self._attempts = 0
        return self._requeue()

    def _requeue(self) -> Do:
        self.state, self.due_s = State.QUEUED, None
        return Do(send=self._text)

    def _rest(self, now_s: float, without_refresh_s: float | None = None) -> None:
        """Until the next refresh, a quarter sooner or later by address so that strips do not gather."""
        self.state = State.RESTING
        pace_s = self._settings.refresh_s or without_refresh_s
        spread = 0.75 + 0.5 * (self._settings.address * _GOLDEN % 1)
        self.due_s = now_s + pace_s * spread if pace_s else None

    def _news(self, acknowledged: bool) -> Shown | None:
        """What to tell of the present text: the first outcome, and an acknowledgement after a silence."""
        text = self._text
        if text is None:
            return None
        shown = Shown(text.token, acknowledged)
        if self._told is not None and (self._told == shown or self._told.acknowledged):
            return None
        self._told = shown
        return shown
