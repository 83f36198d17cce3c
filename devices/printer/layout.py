"""What stands on a ticket, row by row, in Chinese, English or both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from devices.printer.messages import Ticket
from devices.printer.settings import PrinterSettings
from display.ticket import Code, Pair, Row, Rule, Words

Language: TypeAlias = Literal["zh", "en"]

HALL_LINES = 3
SERVICE_LINES = 9  # a name of 200 characters stays whole on 80 mm paper
HOURS_FROM_MIN = 120  # nobody counts minutes beyond


def compose(ticket: Ticket, settings: PrinterSettings) -> tuple[Row, ...]:
    """The rows of `ticket`. In "both", Chinese leads and English follows in small letters."""
    main: Language = "en" if settings.language == "en" else "zh"
    both = settings.language == "both"
    return (
        *_head(ticket, main, both),
        Rule(),
        *_facts(ticket, main),
        *([Words(_sentence(ticket), "small")] if both and _sentence(ticket) else []),
        Rule(),
        *_foot(ticket, settings, main, both),
    )


def wait_text(low_s: int, high_s: int, language: Language) -> str:
    """A wait as a range: "约10～20分钟", "about 10-20 min", rounded outward; "" when nobody can say."""
    if high_s <= 0:
        return ""
    low, high = low_s // 60, -(-high_s // 60)
    if high <= 1:
        return "1分钟内" if language == "zh" else "under 1 min"
    unit = ("分钟", "min")
    if low >= HOURS_FROM_MIN:
        low, high, unit = low // 60, -(-high // 60), ("小时", "h")
    if language == "zh":
        return f"约{high}{unit[0]}" if low in (0, high) else f"约{low}～{high}{unit[0]}"
    return f"about {high} {unit[1]}" if low in (0, high) else f"about {low}-{high} {unit[1]}"


def _head(ticket: Ticket, main: Language, both: bool) -> Iterator[Row]:
    yield Words(_either(ticket.hall, ticket.hall_en, main), "title", HALL_LINES)
    if both and ticket.hall_en:
        yield Words(ticket.hall_en, "small", HALL_LINES)
    yield Rule()
    if ticket.copy:
        yield Words(_copy_text(ticket.copy, main, both), marked=True)
    yield Words(_both("您的号码", "Your number", main, both), "small")
    yield Words(ticket.number, "number", 1)
    if ticket.priority:
        yield Words(ticket.priority, marked=True)
    yield Words(_either(ticket.service, ticket.service_en, main), "title", SERVICE_LINES)
    if both and ticket.service_en:
        yield Words(ticket.service_en, "small", SERVICE_LINES)


def _facts(ticket: Ticket, main: Language) -> Iterator[Row]:
    wait = wait_text(ticket.wait_low_s, ticket.wait_high_s, main)
    ahead = "" if ticket.ahead is None else str(ticket.ahead)
    labels = _LABELS[main]
    values = (f"{ahead}人" if ahead and main == "zh" else ahead, wait, ticket.windows, ticket.issued)
    return (Pair(label, value) for label, value in zip(labels, values, strict=True) if value)


_LABELS: dict[Language, tuple[str, str, str, str]] = {
    "zh": ("前面等候", "预计等候", "办理窗口", "取号时间"),
    "en": ("Ahead of you", "Expected wait", "Windows", "Issued"),
}


def _sentence(ticket: Ticket) -> str:
    wait = wait_text(ticket.wait_low_s, ticket.wait_high_s, "en")
    ahead = "" if ticket.ahead is None else f"{ticket.ahead} ahead"
    return ", ".join(part for part in (ahead, wait and f"wait {wait}") if part)


def _foot(ticket: Ticket, settings: PrinterSettings, main: Language, both: bool) -> Iterator[Row]:
    if ticket.qr and settings.qr != "none":
        yield Code(ticket.qr, settings.qr_module_dots)
        yield Words(_either("扫码查看排队进度", "Scan to follow the queue", main), "small")
    for line in _either(settings.advice, settings.advice_en, main).splitlines():
        yield Words(line, "body", 3)
    for line in settings.advice_en.splitlines() if both else ():
        yield Words(line, "small", 3)


def _either(zh: str, en: str, main: Language) -> str:
    return en or zh if main == "en" else zh or en


def _both(zh: str, en: str, main: Language, both: bool) -> str:
    return f"{zh} {en}" if both else _either(zh, en, main)


def _copy_text(copy: int, main: Language, both: bool) -> str:
    return _both(f"补打第{copy}次", f"Copy {copy}", main, both)
