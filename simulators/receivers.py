"""How devices on an RS-485 line take frames out of what they hear (docs/protocols.md 3 and 4).

A device waits for its own start byte and believes a frame whose check is right. What others say on the
same line is noise to it. After a silence it starts afresh.
"""

from __future__ import annotations

from typing import Final, NamedTuple

SILENCE_S: Final = 0.3  # longer than the longest frame takes at 9600 baud


class HeardFF68(NamedTuple):
    """`68 L L 68 ADDR FUNC DATA.. SUM 16`, with or without FF before it."""

    address: int
    func: int
    data: bytes


class HeardA090(NamedTuple):
    """`A0 90 ADDR CMD LENhi LENlo DATA.. XOR`."""

    address: int
    command: int
    data: bytes


class _Receiver:
    def __init__(self) -> None:
        self._buffer = bytearray()
        self._last_s = 0.0

    def _take_in(self, data: bytes, now_s: float) -> None:
        if now_s - self._last_s > SILENCE_S:
            self._buffer.clear()
        self._last_s = now_s
        self._buffer += data


class ReceiverFF68(_Receiver):
    """FF 68 frames; the FF only wakes the receiver and is not looked at."""

    def feed(self, data: bytes, now_s: float) -> list[HeardFF68]:
        """Whole frames, whoever they are for."""
        self._take_in(data, now_s)
        heard: list[HeardFF68] = []
        buffer = self._buffer
        while buffer:
            if buffer[0] != 0x68:
                start = buffer.find(0x68)
                del buffer[: start if start >= 0 else len(buffer)]
                continue
            if not self._is_head():
                del buffer[0]
                continue
            size = (buffer[1] if len(buffer) > 1 else 64) + 6
            if len(buffer) < size:
                break
            body = bytes(buffer[4 : size - 2])
            if sum(body) % 256 == buffer[size - 2] and buffer[size - 1] == 0x16:
                heard.append(HeardFF68(body[0], body[1], body[2:]))
                del buffer[:size]
            else:
                del buffer[0]
        return heard

    def _is_head(self) -> bool:
        head = self._buffer[:4]
        if len(head) > 1 and not 2 <= head[1] <= 64:
            return False
        if len(head) > 2 and head[2] != head[1]:
            return False
        return len(head) < 4 or head[3] == 0x68


class ReceiverA090(_Receiver):
    """A0 90 frames."""

    LONGEST_DATA: Final = 512

    def feed(self, data: bytes, now_s: float) -> list[HeardA090]:
        """Whole frames, whoever they are for."""
        self._take_in(data, now_s)
        heard: list[HeardA090] = []
        while (frame := self._next()) is not None:
            check = 0
            for byte in frame[2:-1]:
                check ^= byte
            if check == frame[-1]:
                heard.append(HeardA090(frame[2], frame[3], frame[6:-1]))
                del self._buffer[: len(frame)]
            else:
                del self._buffer[:2]
        return heard

    def _next(self) -> bytes | None:
        """The bytes that the next head asks for, or None when they are not all there."""
        while (start := self._buffer.find(b"\xa0\x90")) >= 0:
            del self._buffer[:start]
            if len(self._buffer) < 6:
                return None
            size = self._buffer[4] * 256 + self._buffer[5] + 7
            if size <= self.LONGEST_DATA + 7:
                return bytes(self._buffer[:size]) if len(self._buffer) >= size else None
            del self._buffer[:2]
        del self._buffer[:-1]  # an A0 at the very end may be the start of the next head
        return None
