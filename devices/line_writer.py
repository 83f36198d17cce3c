"""The one writer of a line: one frame after another onto the link, each when the wire is free for it."""

from __future__ import annotations

from typing import Final

from devices.errors import LinkLost
from devices.line_queue import LineQueue, Post
from devices.line_settings import LineSettings
from devices.links import Link

_BITS_PER_BYTE: Final = 10  # start bit, eight data bits, stop bit
_STUCK_S: Final = 10.0  # a descriptor that takes nothing so long belongs to a dead adapter
_OWN_ECHO_MAX_BYTES: Final = 1024  # one second at 9600 baud: an echo that late is no echo
_ANSWER: Final = Post("", "", b"", 0.0)


class LineWriter:
    """Answers leave as soon as the link takes them, posts when the wire is free.

    `wire_free_s` is when the last byte given away will have left at this baud rate.
    """

    def __init__(self, settings: LineSettings) -> None:
        self.queue = LineQueue()
        self.leaving = b""
        self.wire_free_s = 0.0
        self.sent_frames = 0
        self._settings = settings
        self._post = _ANSWER
        self._since_s = 0.0
        self._reply_until_s = 0.0
        self._reply_from = ""
        self._own = bytearray()

    def write_one(self, link: Link, now_s: float, *, may_post: bool) -> Post | None:
        """Write until one frame has left; returns it, or None when there is nothing to do now."""
        if not self.leaving and not self._take(now_s, may_post):
            return None
        taken = link.write(self.leaving)
        if taken:
            self._since_s = now_s
        self._remember_own(self.leaving[:taken])
        self.leaving = self.leaving[taken:]
        if self.leaving:
            return None
        return self._left(now_s)

    def due_s(self) -> float | None:
        """When the next post may start, or a stuck link must be noticed."""
        if self.leaving:
            return self._since_s + _STUCK_S
        return self._post_from_s() if self.queue.has_posts else None

    def check_stuck(self, link: Link, now_s: float) -> None:
        """Raises LinkLost for a far end that takes nothing."""
        if self.leaving and now_s >= self._since_s + _STUCK_S:
            link.discard()
            raise LinkLost(f"port {link.name}: takes no bytes for {_STUCK_S:.0f} s; it is opened again")

    def reply_came(self, device: str) -> None:
        if device == self._reply_from:
            self._reply_until_s = 0.0

    def clear(self) -> None:
        self.queue.clear()
        self._own.clear()
        self.leaving = b""
        self.wire_free_s = self._reply_until_s = 0.0

    def without_own_echo(self, data: bytes) -> bytes:
        """Bytes without what this line itself sent just before, on adapters that hear themselves."""
        at = 0
        while at < len(data) and self._own and data[at] == self._own[0]:
            del self._own[0]
            at += 1
        if at < len(data):
            self._own.clear()  # two talked at once: what is left of ours can no longer be told apart
        return data[at:]

    def _remember_own(self, sent: bytes) -> None:
        if self._settings.hears_itself:
            self._own += sent
            del self._own[:-_OWN_ECHO_MAX_BYTES]

    def _take(self, now_s: float, may_post: bool) -> bool:
        if self.queue.has_answers:
            self._post = _ANSWER._replace(frame=self.queue.take_answer())
        elif may_post and self.queue.has_posts and now_s >= self._post_from_s():
            self._post = self.queue.take_post()
        else:
            return False
        self.leaving = self._post.frame
        self._since_s = now_s
        return True

    def _post_from_s(self) -> float:
        return max(self.wire_free_s + self._settings.gap_ms / 1000, self._reply_until_s)

    def _left(self, now_s: float) -> Post:
        post = self._post
        self.sent_frames += 1
        wire_s = len(post.frame) * _BITS_PER_BYTE / self._settings.baud
        self.wire_free_s = max(now_s, self.wire_free_s) + wire_s
        if post.reply_s:
            self._reply_from = post.device
            self._reply_until_s = self.wire_free_s + post.reply_s
        return post
