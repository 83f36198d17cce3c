"""The owner of one serial line: one reader, one writer, several devices in several dialects.

```
  bytes in ── own echo off ── splitter (dialects in order) ── device that owns the frame ── emit
  bytes out ── link ── leaving frame ── answers first, then posts in turn, with a gap ── devices
```
Rules
1. Counter keypads talk when they like and want their echo within tens of milliseconds: an answer leaves
   in the same call in which its frame came in.
2. Posts wait for the wire: for the time the last frame needs at this baud rate plus the gap, for the
   answer that a device may give to it, and for the end of a frame that is just coming in.
3. Rubbish and frames of unknown addresses are counted, and told once per fault until a good frame came.
   While somebody of an unknown address is heard, the line says so (PortTrouble).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devices.base import Emit, Message, PortTrouble
from devices.line_device import LineDevice
from devices.line_queue import Post
from devices.line_reader import LineCounts, LineReader
from devices.line_settings import LineSettings
from devices.line_writer import LineWriter
from devices.links import Link, open_link


class LinePort:
    """A port (devices.base.Port) for one line. Serves a single device on a port of its own just as well."""

    def __init__(
        self,
        name: str,
        settings: LineSettings,
        devices: Sequence[LineDevice],
        opener: Callable[..., Link] = open_link,
        emit: Emit = lambda _name, _message: None,
    ) -> None:
        """`opener` is `devices.links.open_link` or, in tests, one with its signature.

        `emit` hears a PortTrouble of the line. Raises ValueError when two devices have the same name.
        """
        self.name = name
        self.counts = LineCounts()
        self._settings = settings
        self._devices = {device.name: device for device in devices}
        if len(self._devices) != len(devices):
            raise ValueError(f"port {name}: two devices of the same name")
        self._opener = opener
        self._emit = emit
        self._trouble = ""
        self._link: Link | None = None
        self._reader = LineReader(name, tuple(devices), self.counts, settings.silence_ms / 1000)
        self._writer = LineWriter(settings)
        self._now_s = 0.0
        self._is_started = False

    @property
    def devices(self) -> tuple[str, ...]:
        return tuple(self._devices)

    def open(self, now_s: float) -> None:
        self._now_s = now_s
        wire = self._settings
        self._link = self._opener(
            wire.url, wire.baud, name=self.name, parity=wire.parity, stop_bits=wire.stop_bits
        )
        self._start_if_up(now_s)

    def close(self) -> None:
        link, self._link = self._link, None
        self._is_started = False
        for device in self._devices.values():
            device.closed()
        self._reader.clear()
        self._writer.clear()
        if link is not None:
            link.close()

    def read_fd(self) -> int | None:
        return self._link.fileno() if self._link is not None else None

    def write_fd(self) -> int | None:
        if self._link is None or (self._is_started and not self._writer.leaving):
            return None
        return self._link.fileno()

    def due_s(self) -> float | None:
        if not self._is_started:
            return None
        times = [device.due_s() for device in self._devices.values()]
        times.append(self._reader.trouble_until_s)
        if self._reader.is_partial:  # posts wait for the end of what is coming in
            times.append(self._reader.silent_s)
        if self._writer.leaving or not self._reader.is_partial:
            times.append(self._writer.due_s())
        return min((time for time in times if time is not None), default=None)

    def on_readable(self, now_s: float) -> None:
        self._now_s = now_s
        if self._link is None:
            return
        self._start_if_up(now_s)
        data = self._writer.without_own_echo(self._link.read())
        self._deliver(self._reader.feed(data, now_s), now_s)
        self._pump(now_s)

    def on_writable(self, now_s: float) -> None:
        self._now_s = now_s
        self._start_if_up(now_s)
        self._pump(now_s)

    def step(self, now_s: float) -> None:
        self._now_s = now_s
        if not self._is_started:
            return
        if self._reader.is_partial and now_s >= self._reader.silent_s:
            self._end_of_silence(now_s)
        for device in self._devices.values():
            due_s = device.due_s()
            if due_s is not None and now_s >= due_s:
                device.step(now_s)
        self._reader.calm_down(now_s)
        self._tell_trouble()
        if self._link is not None:
            self._writer.check_stuck(self._link, now_s)
        self._pump(now_s)

    def handle(self, device: str, message: Message, now_s: float) -> None:
        self._now_s = now_s
        self._devices[device].handle(message, now_s)
        self._pump(now_s)

    def _start_if_up(self, now_s: float) -> None:
        if self._is_started or self._link is None or not self._link.is_up():
            return
        self._is_started = True
        for device in self._devices.values():
            device.opened(_DeviceOutbox(self, device.name), now_s)
        self._pump(now_s)

    def _end_of_silence(self, now_s: float) -> None:
        """Bytes that came while the loop was busy are no silence: they are read first."""
        self.on_readable(now_s)
        if now_s >= self._reader.silent_s:
            self._deliver(self._reader.lapse(), now_s)

    def _deliver(self, frames: list[tuple[LineDevice, bytes]], now_s: float) -> None:
        for device, frame in frames:
            self._writer.reply_came(device.name)
            self._reader.hand_on(device, frame, now_s)
        self._tell_trouble()

    def _tell_trouble(self) -> None:
        if self._reader.trouble != self._trouble:
            self._trouble = self._reader.trouble
            self._emit(self.name, PortTrouble(self._trouble))

    def answer(self, frame: bytes) -> None:
        """For the devices of this line: send `frame` ahead of all posts, now."""
        self._writer.queue.answer(frame)
        self._pump(self._now_s)

    def post(self, post: Post) -> None:
        """For the devices of this line: send in turn."""
        self._writer.queue.post(post)

    def _pump(self, now_s: float) -> None:
        if self._link is None or not self._is_started:
            return
        while True:
            post = self._writer.write_one(self._link, now_s, may_post=not self._reader.is_partial)
            if post is None:
                break
            if post.device:
                self._devices[post.device].sent(post.slot, self._writer.wire_free_s)
        self.counts.sent_frames = self._writer.sent_frames
        self.counts.dropped_answers = self._writer.queue.dropped_answers


class _DeviceOutbox:
    """A device's own door to the line."""

    def __init__(self, line: LinePort, device: str) -> None:
        self._line = line
        self._device = device

    def answer(self, frame: bytes) -> None:
        self._line.answer(frame)

    def post(self, slot: str, frame: bytes, reply_s: float) -> None:
        self._line.post(Post(self._device, slot, frame, reply_s))
