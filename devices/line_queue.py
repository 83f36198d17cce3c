"""What waits to go out on a line: answers first, then posts in turn.

Rules
1. Answers leave in the order they came, at most ANSWERS_MAX of them; the oldest is dropped and counted,
   for a device that was not answered in time asks again anyway.
2. Posts are kept by (device, slot). A newer one takes the older's content and keeps its place, so there
   are never more than devices times slots, and no device waits longer because another talks more.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

ANSWERS_MAX: Final = 32  # 0.3 s of line time at 9600 baud: what is older answers nobody


class Post(NamedTuple):
    """A frame that waits its turn. After it the line stays free for `reply_s`, for the device to answer."""

    device: str
    slot: str
    frame: bytes
    reply_s: float


class LineQueue:
    """Bounded; never raises."""

    def __init__(self) -> None:
        self._answers: deque[bytes] = deque()
        self._posts: dict[tuple[str, str], Post] = {}
        self.dropped_answers = 0

    @property
    def has_answers(self) -> bool:
        return bool(self._answers)

    @property
    def has_posts(self) -> bool:
        return bool(self._posts)

    def answer(self, frame: bytes) -> None:
        if len(self._answers) == ANSWERS_MAX:
            self._answers.popleft()
            self.dropped_answers += 1
        self._answers.append(frame)

    def post(self, post: Post) -> None:
        self._posts[(post.device, post.slot)] = post

    def take_answer(self) -> bytes:
        return self._answers.popleft()

    def take_post(self) -> Post:
        return self._posts.pop(next(iter(self._posts)))

    def clear(self) -> None:
        self._answers.clear()
        self._posts.clear()
