"""The one reader of a line: bytes in, each whole frame to the device that owns it.

What is not understood is counted, and told once per fault until a good frame came.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import msgspec

from devices.errors import WireError
from devices.framing import Piece, Splitter
from devices.line_device import LineDevice

_log = logging.getLogger(__name__)

_STRANGERS_MAX: Final = 256  # told one by one; as many as there are addresses
STRANGER_S: Final = 600.0  # a stranger not heard for so long was set right, or is gone


class LineCounts(msgspec.Struct):
    """What the line saw since it was made.

    `strangers` are whole frames that no device of ours owns, `senseless` those of ours whose content
    means nothing.
    """

    frames: int = 0
    rubbish_bytes: int = 0
    strangers: int = 0
    senseless: int = 0
    dropped_answers: int = 0
    sent_frames: int = 0


class LineReader:
    """Finds the device that owns each frame, and lets it act on it.

    `trouble`: somebody speaks here who belongs to nobody; it ends at `trouble_until_s`.
    """

    def __init__(
        self, name: str, devices: Sequence[LineDevice], counts: LineCounts, silence_s: float
    ) -> None:
        self._name = name
        self._devices = devices
        self._counts = counts
        self._silence_s = silence_s
        framers = {device.framer.dialect: device.framer for device in devices}
        self._splitter = Splitter(list(framers.values()))
        self._heard_s = 0.0
        self._is_faulty = False
        self._strangers: set[tuple[str, bytes]] = set()
        self.trouble = ""
        self.trouble_until_s: float | None = None

    @property
    def is_partial(self) -> bool:
        """Whether the start of a frame waits for its end."""
        return self._splitter.is_partial

    @property
    def silent_s(self) -> float:
        """When the start of a frame counts as cut off, if nothing more comes."""
        return self._heard_s + self._silence_s

    def feed(self, data: bytes, now_s: float) -> list[tuple[LineDevice, bytes]]:
        """Whole frames with their devices, in the order they came."""
        if data:
            self._heard_s = now_s
        return self._owned(self._splitter.feed(data))

    def lapse(self) -> list[tuple[LineDevice, bytes]]:
        """The line is silent: frames hidden behind one that was cut off, with their devices."""
        return self._owned(self._splitter.lapse())

    def clear(self) -> None:
        """Forget the start of a frame."""
        self._splitter.clear()

    def hand_on(self, device: LineDevice, frame: bytes, now_s: float) -> None:
        """Let the device act on its frame."""
        try:
            device.heard(frame, now_s)
        except WireError as error:
            self._counts.senseless += 1
            self._complain(f"device {device.name}: {error}")
        else:
            self._is_faulty = False

    def _owned(self, pieces: list[Piece]) -> list[tuple[LineDevice, bytes]]:
        self._count_rubbish()
        self._counts.frames += len(pieces)
        owned = []
        for piece in pieces:
            device = next((each for each in self._devices if _is_of(each, piece)), None)
            if device is None:
                self._count_stranger(piece)
            else:
                owned.append((device, piece.frame))
        return owned

    def _count_rubbish(self) -> None:
        rubbish = self._splitter.rubbish_bytes - self._counts.rubbish_bytes
        self._counts.rubbish_bytes += rubbish
        if rubbish:
            self._complain(
                f"{rubbish} bytes that are no frame of a known dialect; check wiring and baud rate"
            )

    def _count_stranger(self, piece: Piece) -> None:
        self._counts.strangers += 1
        sender = (piece.dialect, piece.frame[:6])
        text = f"a {piece.dialect} frame from no device of this line: {piece.frame.hex(' ')}; check addresses"
        self.trouble = self.trouble or text[:300]
        self.trouble_until_s = self._heard_s + STRANGER_S
        if sender not in self._strangers and len(self._strangers) < _STRANGERS_MAX:
            self._strangers.add(sender)
            _log.warning("port %s: %s", self._name, text)

    def calm_down(self, now_s: float) -> None:
        """End the trouble with strangers when its time has come."""
        if self.trouble_until_s is not None and now_s >= self.trouble_until_s:
            self.trouble, self.trouble_until_s = "", None

    def _complain(self, text: str) -> None:
        if not self._is_faulty:
            _log.warning("port %s: %s", self._name, text)
        self._is_faulty = True


def _is_of(device: LineDevice, piece: Piece) -> bool:
    return device.framer.dialect == piece.dialect and device.owns(piece.frame)
