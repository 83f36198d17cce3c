"""What happens inside a printer between wire and paper: buffer, order, pace."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from simulators.printer.interface_escpos import Interpreter, auto_status, real_time_status
from simulators.printer.tokens import Token, Tokens

_DLE_EOT, _DLE_ENQ = b"\x10\x04", b"\x10\x05"
_FORGET = 2  # DLE ENQ 2 empties the buffer
HEARD_MAX_BYTES = 1 << 20


class Engine:
    """Works off what comes in, command by command, while nothing is wrong. `heard` is the last of it."""

    def __init__(self, interpreter: Interpreter, buffer_bytes: int, answer: Callable[[bytes], None]) -> None:
        self.heard = bytearray()
        self.lost_bytes = 0
        self._interpreter = interpreter
        self._model = interpreter.model
        self._buffer_bytes = buffer_bytes
        self._answer = answer
        self._tokens = Tokens()
        self._work: deque[Token] = deque()
        self._busy_until_s = 0.0
        self._told = b""

    @property
    def full(self) -> bool:
        """The buffer holds no more."""
        return self._waiting_bytes() >= self._buffer_bytes

    def due_s(self) -> float | None:
        """When the next command can be done."""
        return self._busy_until_s if self._work and not self._model.stopped else None

    def hear(self, data: bytes) -> None:
        """Bytes come in; those that find no room, with as much again in reserve, are lost."""
        kept = data[: max(self._buffer_bytes * 2 - self._waiting_bytes(), 0)]
        self.lost_bytes += len(data) - len(kept)
        self.heard += kept
        del self.heard[:-HEARD_MAX_BYTES]
        for token in self._tokens.feed(kept):
            self._arrived(token)

    def run(self, now_s: float) -> None:
        """Do what can be done by now."""
        self.tell()
        while self._work and not self._model.stopped and now_s >= self._busy_until_s:
            token = self._work.popleft()
            seconds = self._interpreter.do(token)
            self._busy_until_s = now_s + seconds if seconds else self._busy_until_s
            self._model.worked(token.size)
            self.tell()

    def tell(self) -> None:
        """Automatic status, when it changed."""
        status = auto_status(self._model)
        if status != self._told:
            self._told = status
            if self._interpreter.auto_mask:
                self._answer(status)

    def power_on(self) -> None:
        """Nothing of before is known any more."""
        self._model.cutter_error = self._model.cutter_jammed
        self._interpreter.start()
        self._interpreter.auto_mask = 0
        self._tokens.reset()
        self._work.clear()
        self._busy_until_s = 0.0

    def _arrived(self, token: Token) -> None:
        """Real-time commands are carried out at once, whatever waits."""
        if token.name == _DLE_EOT:
            self._answer(real_time_status(self._model, token.data[0]))
        elif token.name == _DLE_ENQ:
            self._recover(token.data[0])
        else:
            self._work.append(token)

    def _recover(self, how: int) -> None:
        self._model.cutter_error = self._model.cutter_error and self._model.cutter_jammed
        if how == _FORGET and not self._model.cutter_error:
            self._work.clear()
            self._interpreter.start()

    def _waiting_bytes(self) -> int:
        return sum(token.size for token in self._work)
