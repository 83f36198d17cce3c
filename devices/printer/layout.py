"""What stands on a ticket, row by row, in Chinese, English or both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from devices.printer.messages import Notice, Ticket
from devices.printer.settings import PrinterSettings
from display.ticket import Code, Pair, Row, Rule, Words

Language: TypeAlias = Literal["zh", "en"]

HALL_LINES = 3
SERVICE_LINES = 9  # a name of 200 characters stays whole on 80 mm paper
NOTICE_LINES = 6
PLACE = "系统恢复后，按取号时间排队叫号"
PLACE_EN = "Once the system is back you are called by the time of issue"
HOURS_FROM_MIN = 120  # nobody counts minutes beyond


def compose(slip: Ticket | Notice, settings: PrinterSettings) -> tuple[Row, ...]:
    """The rows of `slip`. In "both", Chinese leads and English follows in small letters."""
    main: Language = "en" if settings.language == "en" else "zh"
    both = settings.language == "both"
    if isinstance(slip, Notice):
        return tuple(_notice(slip, main, both))
    return _ticket(slip, settings, main, both)


def _ticket(ticket: Ticket, settings: PrinterSettings, main: Language, both: bool) -> tuple[Row, ...]:
    return (
        *_head(ticket, main, both),
        Rule(),
        *_facts(ticket, main),
        *(_place(main, both) if ticket.alone else ()),
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


def _notice(notice: Notice, main: Language, both: bool) -> Iterator[Row]:
    yield from _hall(notice, main, both)
    for line in _either(notice.text, notice.text_en, main).splitlines():
        yield Words(line, "title", NOTICE_LINES)
    for line in notice.text_en.splitlines() if both else ():
        yield Words(line, "small", NOTICE_LINES)
    yield Rule()
    yield Words(notice.issued, "small")


def _hall(slip: Ticket | Notice, main: Language, both: bool) -> Iterator[Row]:
    yield Words(_either(slip.hall, slip.hall_en, main), "title", HALL_LINES)
    if both and slip.hall_en:
        yield Words(slip.hall_en, "small", HALL_LINES)
    yield Rule()


def _place(main: Language, both: bool) -> Iterator[Row]:
    """What is known of the place of a ticket that was issued alone."""
    yield Words(_either(PLACE, PLACE_EN, main), "body", 3)
    if both:
        yield Words(PLACE_EN, "small", 3)


def _head(ticket: Ticket, main: Language, both: bool) -> Iterator[Row]:
    yield from _hall(ticket, main, both)
    if ticket.copy:
        yield Words(_copy_text(ticket.copy, main, both), marked=True)
    yield Words(_both("您的号码", "Your number", main, both), "small")
    yield Words(ticket.number, "number", 1)
    if ticket.alone:
        yield Words(_both("脱机取号", "Issued offline", main, both), marked=True)
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
