"""Events and records of a journal in words: Chinese, then the English name, then what it is about."""

from __future__ import annotations

import calendar
import re
import time
from typing import Any

from edge.hall.catalogue import Catalogue

WORDS = {
    "CatalogueApplied": "站点文件生效",
    "DayStarted": "营业日开始",
    "HoursTurned": "营业状态变化",
    "ClockSet": "时钟校正",
    "NumberIssued": "取号",
    "NumbersLeased": "预留号段",
    "IssuedAlone": "脱机取号",
    "Withdrawn": "取号作废",
    "MaybePrinted": "可能已出票",
    "Skipped": "跳过序号",
    "NumbersPassed": "跳过号段",
    "TicketRebuilt": "恢复号票",
    "CallRebuilt": "恢复叫号",
    "Called": "叫号",
    "Recalled": "重呼",
    "Begun": "开始办理",
    "Missed": "过号",
    "Held": "挂起",
    "Resumed": "恢复办理",
    "Transferred": "转移",
    "ItemAdded": "增加事项",
    "RatingAsked": "请评价",
    "RatingGiven": "评价",
    "Finished": "办结",
    "WindowPaused": "暂停窗口",
    "WindowResumed": "恢复窗口",
    "LoggedIn": "登录",
    "LoggedOut": "退出",
    "PrintMarked": "打印结果",
    "Rated": "评价记录",
    "Printed": "打印记录",
    "Shown": "显示记录",
    "Issued": "脱机取号记录",
}
"""By name of an event or of a record; `Withdrawn` and `MaybePrinted` are both."""

_UNSAID = frozenset(
    {"type", "source", "id", "oldest", "at_s", "at_ms", "number", "visit", "prediction", "catalogue"}
)
_TIME = re.compile(r"(?P<day>\d{4}-\d\d?-\d\d?)?[T ]?(?P<clock>\d\d?:\d\d)?")
_LEVELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


def class_name(tag: str) -> str:
    """The name of a record by its type on the wire: "maybe_printed" is "MaybePrinted"."""
    return "".join(part.capitalize() for part in tag.split("_"))


class Words:
    """Writes lines in the words of one hall. `catalogue` gives names to ids, `None` none."""

    def __init__(self, catalogue: Catalogue | None) -> None:
        self._offset_s = catalogue.hours.utc_offset_s if catalogue else 28_800.0
        self._names: dict[str, str] = {}
        if catalogue is not None:
            windows = {one.id: f"{one.label}号窗口" for one in catalogue.windows.values()}
            queues = {one.id: one.name for one in catalogue.queues.values()}
            services = {one.id: one.name for one in catalogue.services.values()}
            classes = {one.id: one.name for one in catalogue.classes.values()}
            for fields, names in (
                (("window", "to_window"), windows),
                (("queue", "to_queue"), queues),
                (("service", "item"), services),
                (("priority",), classes),
            ):
                self._names |= {f"{field}={id_}": name for field in fields for id_, name in names.items()}

    def line(self, head: str, at_ms: int, kind: str, body: dict[str, Any]) -> str:
        """One row."""
        about = body.get("number") or body.get("visit", "").partition("-")[2]
        said = [self._said(name, value) for name, value in body.items() if name not in _UNSAID and value]
        words = [WORDS.get(kind, "？"), kind, *([about] if about else []), *said]
        text = f"{head:<8} {self.clock(at_ms)}  {' '.join(words)}"
        return "".join(one if one.isprintable() else "·" for one in text)

    def clock(self, at_ms: int) -> str:
        """Date and time at the hall."""
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at_ms / 1000 + self._offset_s))

    def unix_s(self, text: str, day_of_ms: int) -> float | None:
        """Unix seconds of 09:30 on the day of `day_of_ms`, 2026-11-23 or 2026-11-23T09:30; else None."""
        read = _TIME.fullmatch(text)
        if read is None or not text:
            return None
        day = read["day"] or self.clock(day_of_ms)[:10]
        year, month, date = map(int, day.split("-"))
        hour, minute = map(int, (read["clock"] or "0:0").split(":"))
        if not (1 <= month <= 12 and 1 <= date <= 31 and hour < 24 and minute < 60):
            return None
        return calendar.timegm((year, month, date, hour, minute, 0)) - self._offset_s

    def _said(self, name: str, value: Any) -> str:
        if name == "level" and value in _LEVELS:
            return f"{value} {_LEVELS[value]}"
        if isinstance(value, list):
            return f"{name}={','.join(self._names.get(f'service={one}', str(one)) for one in value)}"
        if name.endswith("_s") and isinstance(value, float) and value > 1e9:
            return f"{name}={self.clock(int(value * 1000))}"
        return self._names.get(f"{name}={value}", f"{name}={value}")
