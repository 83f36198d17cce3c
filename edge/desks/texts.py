"""What windows' strips say, in both languages."""

from __future__ import annotations

from devices.strip.messages import Segment
from mqtt_bridge.messages import WindowState

NAME_MOST = 40
"""Characters of a window's name on its strip: what comes behind it must still be read."""


def strip_text(state: WindowState, language: str) -> tuple[Segment, ...]:
    """The text of a window's strip: who is asked here, or what the window is."""
    return _english(state) if language == "en" else _chinese(state)


def stale_text(state: WindowState | None, since: str, language: str) -> tuple[Segment, ...]:
    """The text of a strip that does not know what its window is doing: what it did at `since`, or nothing.

    The hour comes first, so that a short strip does not cut it off. It never asks anybody to the window.
    """
    if state is None:
        return (Segment("One moment please" if language == "en" else "系统恢复中 请稍候", "yellow"),)
    if language == "en":
        return (Segment(f"At {since} {_was_english(state)}", "yellow"),)
    return (Segment(f"截至{since} {_was(state)}", "yellow"),)


def _was(state: WindowState) -> str:
    match state.phase:
        case "closed":
            return "暂未开放"
        case "paused":
            return "暂停服务"
        case "calling":
            return f"叫号{state.ticket}"
        case "serving":
            return f"办理{state.ticket}"
        case _:
            return _short(state.name) or f"{state.label}号窗口"


def _was_english(state: WindowState) -> str:
    match state.phase:
        case "closed" | "paused":
            return state.phase
        case "calling":
            return f"called {state.ticket}"
        case "serving":
            return f"serving {state.ticket}"
        case _:
            return _short(state.name_en) or f"window {state.label}"


def _chinese(state: WindowState) -> tuple[Segment, ...]:
    match state.phase:
        case "closed":
            return (Segment(f"{state.label}号窗口 暂未开放", "red"),)
        case "paused":
            return (Segment(_short(state.reason) or "暂停服务", "yellow"), Segment(" 请稍候", "red"))
        case "calling":
            return (
                Segment("请", "red"),
                Segment(state.ticket, "green"),
                Segment(f"号到{state.label}号窗口", "red"),
            )
        case "serving":
            return (Segment(state.ticket, "green"), Segment("号 正在办理", "yellow"))
        case _:
            return (Segment(_short(state.name) or f"{state.label}号窗口", "red"), _clerk(state, "工号"))


def _english(state: WindowState) -> tuple[Segment, ...]:
    match state.phase:
        case "closed":
            return (Segment(f"Window {state.label} closed", "red"),)
        case "paused":
            return (Segment("Paused, please wait", "yellow"),)
        case "calling":
            return (Segment(state.ticket, "green"), Segment(f" to window {state.label}", "red"))
        case "serving":
            return (Segment(state.ticket, "green"), Segment(" in service", "yellow"))
        case _:
            return (Segment(_short(state.name_en) or f"Window {state.label}", "red"), _clerk(state, "clerk "))


def _short(name: str) -> str:
    return name if len(name) <= NAME_MOST else name[: NAME_MOST - 1] + "…"


def _clerk(state: WindowState, word: str) -> Segment:
    return Segment(f" {word}{state.clerk}" if state.clerk else "", "yellow")
