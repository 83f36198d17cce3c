"""What is typed at a bench: one line, one thing done. Pure; `Bench` does it.

    keypad-3 press next      keypad-3 next       evaluator-3 2        a hand and what is said with it
    printer +paper_out after_bytes=200 for_s=10   strip-3 -no_ack      a fault begins, is mended
    look      help      quit
The name may be left out where there is one device only, and `press` where the device is for pressing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from simulators.bench.bench import Bench
from simulators.device import Device
from simulators.trouble import CannotBe, Order

HELP = """\
<device> <hand> [words]        keypad-3 press next    keypad-3 6 confirm    printer new_roll
<device> +<fault> [key=value]  printer +paper_out after_bytes=200 for_s=10    window-3 +unplug
<device> -<fault>              printer -paper_out
look    every face, hand and fault        help    this        quit    ends"""


@dataclass(frozen=True)
class Typed:
    """`what`: "do", "fault", "mend", "look", "help" or "quit"; `name` is the hand or the fault."""

    what: str
    device: str = ""
    name: str = ""
    said: dict[str, Any] = field(default_factory=dict)
    order: Order = field(default_factory=Order)
    for_s: float = 0.0


def understood(line: str, bench: Bench) -> Typed | None:
    """What a line means; None for an empty one. Raises CannotBe."""
    words = line.split()
    if not words:
        return None
    if words in (["look"], ["help"], ["quit"]):
        return Typed(words[0])
    if words[0] not in bench.devices and words[0] not in bench.ports and len(bench.devices) == 1:
        words.insert(0, next(iter(bench.devices)))
    device = bench.device(words[0])
    if len(words) == 1:
        raise CannotBe(f"what about {device.name}? type help")
    if words[1][0] in "+-":
        return _fault(device, words[1], words[2:])
    return _hand(device, words[1:])


async def done(typed: Typed, bench: Bench) -> Any:
    """Do it; returns what a hand brings. Raises CannotBe, TimeoutError, NameTaken."""
    match typed.what:
        case "do":
            return await bench.do(typed.device, typed.name, **typed.said)
        case "fault":
            bench.fault(typed.device, typed.name, typed.order, typed.for_s)
        case "mend":
            bench.mend(typed.device, typed.name)
    return None


def _hand(device: Device, words: list[str]) -> Typed:
    """A hand; the last of what it takes gets all words that are left."""
    if words[0] not in device.HANDS and "press" in device.HANDS:
        words = ["press", *words]
    hand, rest = words[0], words[1:]
    takes = device.HANDS[hand].takes if hand in device.HANDS else ()
    if len(rest) > len(takes) and not takes:
        raise CannotBe(f"{hand} is told nothing")
    last = len(takes) - 1
    said = {name: rest[at] for at, name in enumerate(takes[:last]) if at < len(rest)}
    if takes and len(rest) > last:
        said[takes[last]] = " ".join(rest[last:])
    return Typed("do", device.name, hand, said)


def _fault(device: Device, word: str, told: list[str]) -> Typed:
    name = word[1:]
    if word[0] == "-":
        return Typed("mend", device.name, name)
    pairs = [one.partition("=") for one in told]
    wrong = [key for key, equals, _ in pairs if not equals]
    if wrong:
        raise CannotBe(f'what a fault is told reads key=value, and not "{wrong[0]}"')
    values = {key: value for key, _, value in pairs}
    for_s = _seconds(values.pop("for_s", "0"))
    return Typed("fault", device.name, name, order=order_of(values, strict=False), for_s=for_s)


def order_of(told: dict[str, Any], *, strict: bool = True) -> Order:
    """What a fault is told, from plain values. Raises CannotBe."""
    try:
        return msgspec.convert(told, Order, strict=strict)
    except msgspec.ValidationError as error:
        raise CannotBe(f"a fault cannot be told that: {error}") from error


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise CannotBe(f'for_s is 0 to 86400 seconds, and not "{text}"')
    return seconds
