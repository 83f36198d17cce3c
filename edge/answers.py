"""The answers given lately: the same request again gets the same answer, and is never acted on twice."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import msgspec

from mqtt_bridge.messages import Answer

MOST = 20_000
"""Some hours of a busy hall. A request is sent again within seconds, if at all."""

_TEXTS = {
    "late": ("操作已过时，请重试", "That came too late, please try again"),
    "storage_full": ("存储空间已满，操作未执行", "The disk is full: nothing was done"),
    "storage_reserve": ("存储空间不足，暂停取号", "The disk is nearly full: no new numbers"),
    "rebuilding": ("正在恢复号票，请稍候", "The hall is being put together again: one moment please"),
    "unknown_request": ("无法识别的操作", "Not an action of this hall"),
    "site_wrong": ("配置文件有误", "The site file has mistakes"),
    "site_needs_restart": ("配置改动需要重启", "These changes need a restart"),
}


def refusal(request_id: str, code: str, detail: str = "") -> Answer:
    """An answer of the coordinator itself, not of the rules."""
    text, text_en = _TEXTS[code]
    more = f": {detail}" if detail else ""
    return Answer(request_id, code, text=(text + more)[:400], text_en=(text_en + more)[:400])


class Answers:
    """By request id, oldest forgotten first."""

    def __init__(self, stored: Mapping[str, bytes]) -> None:
        """`stored` is what the journal kept, oldest first; what another release wrote is forgotten."""
        self._given: dict[str, Answer] = {}
        self._under_way: set[str] = set()
        for request_id, body in stored.items():
            with contextlib.suppress(msgspec.MsgspecError):
                self._given[request_id] = msgspec.json.decode(body, type=Answer)

    def get(self, request_id: str) -> Answer | None:
        """The answer given to this id, or None."""
        return self._given.get(request_id)

    def begin(self, request_id: str) -> bool:
        """A request comes in; False when it is being worked on already: its answer will come."""
        if request_id in self._under_way:
            return False
        self._under_way.add(request_id)
        return True

    def give(self, answer: Answer) -> None:
        """The answer is final."""
        self._under_way.discard(answer.id)
        self._given[answer.id] = answer
        if len(self._given) > MOST:
            del self._given[next(iter(self._given))]
