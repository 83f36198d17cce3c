"""What a bench tells, in a line for a person: Chinese words first, as in `hall watch`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from simulators.bench.bench import Bench
from simulators.bench.happenings import Happening

_NAME_COLUMNS: Final = 14


def line_of(happening: Happening) -> str:
    """One happening: who, what, and how it is now."""
    word, more = _WORDS[happening.event]
    return f"{happening.of:<{_NAME_COLUMNS}} {word}  {more(happening.more)}".rstrip()


def where_to_plug(bench: Bench) -> list[str]:
    """Each port, where software opens it, and what hangs on it."""
    lines: list[str] = []
    for plan in bench.plan.ports:
        port = bench.ports.get(plan.id)
        there = f"{port.url}  {plan.framing}" if port is not None else plan.url
        hung = ", ".join(one.id for one in bench.plan.devices if one.port == plan.id)
        lines.append(f"{plan.id:<{_NAME_COLUMNS}} {there}  ← {hung}")
    return lines


def everything(bench: Bench) -> list[str]:
    """Every face, and what can be done and go wrong."""
    lines: list[str] = []
    for one in (*bench.ports.values(), *bench.devices.values()):
        lines.append(f"{one.name:<{_NAME_COLUMNS}} {one.face}")
        hands = [
            f"{name} <{'> <'.join(hand.takes)}>" if hand.takes else name for name, hand in one.HANDS.items()
        ]
        lines.append(f"{'':<{_NAME_COLUMNS}}   hands {', '.join(hands) or '-'}")
        lines.append(f"{'':<{_NAME_COLUMNS}}   faults {', '.join(one.TROUBLES)}")
    return lines


def _face(more: dict[str, Any]) -> str:
    return str(more["face"])


def _paper(more: dict[str, Any]) -> str:
    codes = "".join(f"  [QR {code}]" for code in more["qr"])
    text = " | ".join(more["text"]) or f"(图 {more['width']}×{more['height']})"
    return f"{text}{codes}  ({more['cut']})"


def _hand(more: dict[str, Any]) -> str:
    said = " ".join(str(value) for key, value in more.items() if key != "did")
    return f"{more['did']} {said}".rstrip()


def _fault(more: dict[str, Any]) -> str:
    told = " ".join(f"{key}={value}" for key, value in more.items() if key not in ("fault", "on"))
    return f"{'+' if more['on'] else '-'}{more['fault']} {told}".rstrip()


def _framing(more: dict[str, Any]) -> str:
    if more["set"] == more["own"]:
        return f"{more['set']} ✓"
    garbled = "" if more["understood"] else "，收发都是乱码 all bytes are rubbish"
    return f"对方设为 {more['set']}，本线 {more['own']}{garbled}"


def _open(more: dict[str, Any]) -> str:
    if more["count"] < 2:
        return ("已关闭 closed", "已打开 opened")[more["count"]]
    who = ", ".join(more.get("who", ())) or "?"
    return f"!! {more['count']} 个程序同时打开，会互相抢字节 they take each other's bytes: {who}"


_WORDS: Final[dict[str, tuple[str, Callable[[dict[str, Any]], str]]]] = {
    "face": ("显示", _face),
    "paper": ("出纸", _paper),
    "hand": ("操作", _hand),
    "fault": ("故障", _fault),
    "refused": ("拒绝", lambda more: str(more["why"])),
    "bytes": ("字节", lambda more: f"{more['way']} {more['hex']}"),
    "framing": ("串口", _framing),
    "open": ("端口", _open),
}
