"""The board's own words, Chinese first, English second."""

from __future__ import annotations

from display.board_view import Language, Queue

WORDS: dict[str, tuple[str, str]] = {
    "calls": ("正在叫号", "Now calling"),
    "calls_then": ("先前叫号", "Called before"),
    "queues": ("排队等候", "Waiting"),
    "people": ("等候人数", "People"),
    "minutes": ("约需分钟", "Minutes"),
    "no_calls": ("暂无叫号", "No calls at the moment"),
    "no_queues": ("暂无排队信息", "No queues to show"),
    "recovering": ("系统恢复中 请稍候", "One moment please"),
    "closed": ("大厅已关闭", "The hall is closed"),
    "stopped": ("停止取号", "No tickets"),
    "stale": ("数据过期 自", "Out of date since"),
}


def words(key: str, language: Language) -> tuple[str, str]:
    """The large and the small form of a word: the small one is empty but for "both"."""
    return pair(*WORDS[key], language)


def pair(chinese: str, english: str, language: Language) -> tuple[str, str]:
    """Which of two texts is written large, and which small below it. A missing translation falls back."""
    if language == "zh":
        return chinese or english, ""
    if language == "en":
        return english or chinese, ""
    return (chinese, english if english != chinese else "") if chinese else (english, "")


def minutes(queue: Queue) -> str:
    """The expected wait as whole minutes, e.g. "10–15": down at the low end, up at the high one.

    "—" where nobody can say; ">240" where the high end has more than three digits.
    """
    if queue.wait_high_s == 0:
        return "—"
    low, high = queue.wait_low_s // 60, max(1, -(-queue.wait_high_s // 60))
    if high > 999:
        return f">{min(low, 999)}"
    return f"{low}–{high}" if low < high else f"{high}"


def window_name(label: str, language: Language) -> tuple[str, str, str]:
    """What stands before, large, and after a window's label: ("", "12", "号窗口"). Words stand alone."""
    if not label.isascii():
        return "", label, ""
    return ("Window", label, "") if language == "en" else ("", label, "号窗口")
