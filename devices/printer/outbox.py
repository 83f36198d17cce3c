"""Bytes on their way to a printer: whole commands in order, and how far each has gone.

Rules
1. A command once begun is sent to its end, whatever happens: a cut raster command would eat the next ticket.
2. What is dropped is whole commands that were not begun.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable


class Outbox:
    """The bytes that wait. `begun` tells whether any byte of the last ticket has gone out."""

    def __init__(self) -> None:
        self.begun = False
        self._waiting: deque[tuple[bytes, bool]] = deque()
        self._offset = 0

    @property
    def empty(self) -> bool:
        """Nothing waits."""
        return not self._waiting

    @property
    def ticket_first(self) -> bool:
        """The next byte belongs to a ticket."""
        return bool(self._waiting) and self._waiting[0][1]

    def add(self, command: bytes) -> None:
        """A command of our own at the end."""
        if command:
            self._waiting.append((command, False))

    def add_ticket(self, commands: Iterable[bytes]) -> None:
        """The commands of a ticket at the end; `begun` starts anew."""
        self.begun = False
        self._waiting.extend((command, True) for command in commands if command)

    def head(self, most: int) -> bytes:
        """The next bytes to send, at most `most`."""
        parts: list[bytes] = []
        room, offset = most, self._offset
        for command, _ in self._waiting:
            parts.append(command[offset : offset + room])
            room, offset = room - len(parts[-1]), 0
            if not room:
                break
        return b"".join(parts)

    def taken(self, count: int) -> None:
        """`count` of the bytes of `head` have gone out."""
        while count and self._waiting:
            command, of_ticket = self._waiting[0]
            step = min(count, len(command) - self._offset)
            self.begun = self.begun or of_ticket
            self._offset, count = self._offset + step, count - step
            if self._offset == len(command):
                self._waiting.popleft()
                self._offset = 0

    def drop(self) -> list[bytes]:
        """Forget every command that was not begun; returns them."""
        kept = 1 if self._offset else 0
        dropped = [command for command, _ in self._waiting][kept:]
        self._waiting = deque(list(self._waiting)[:kept])
        return dropped

    def clear(self) -> None:
        """Forget everything: the link is gone."""
        self._waiting.clear()
        self._offset = 0
        self.begun = False
