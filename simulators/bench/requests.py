"""What may be asked over a control socket, and the answers: one JSON object a line, both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from simulators.bench.bench import Bench
from simulators.bench.happenings import EVENTS
from simulators.bench.typed import order_of
from simulators.device import Device
from simulators.printer.model import Paper
from simulators.trouble import CannotBe
from simulators.wires.names import NameTaken

LINE_MAX_BYTES: Final = 65_536
WAIT_MAX_S: Final = 3600.0
FOR_MAX_S: Final = 86_400.0
RECENT_SAID: Final = 20  # bursts; a burst has at most 512 bytes, so that they fit into a line

_Asked = dict[str, Any]


async def answer(bench: Bench, line: bytes) -> dict[str, Any]:
    """The answer to one line. Never raises for what a line may hold.

    A key "follow" in it, taken out by the session, names the events that the client wants from now on.
    """
    try:
        asked = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"ok": False, "error": "that is no JSON"}
    if not isinstance(asked, dict):
        return {"ok": False, "error": 'a request is an object: {"do": "look"}'}
    said = {"id": asked.pop("id")} if "id" in asked else {}
    try:
        return {**said, "ok": True, **await _done(bench, asked)}
    except TimeoutError as error:
        return {**said, "ok": False, "late": True, "error": str(error)}
    except (CannotBe, NameTaken) as error:
        return {**said, "ok": False, "error": str(error)}


def encode(said: dict[str, Any]) -> bytes:
    """One line of JSON."""
    return msgspec.json.encode(said) + b"\n"


async def _done(bench: Bench, asked: _Asked) -> dict[str, Any]:
    what = _text(asked, "do")
    known = REQUESTS.get(what)
    if known is not None:
        answered = known(bench, asked)
        return await answered if asyncio.iscoroutine(answered) else answered  # type: ignore[return-value]
    device = _text(asked, "device")
    result = await bench.do(device, what, **{str(key): value for key, value in asked.items()})
    if isinstance(result, Paper):
        result = result.look()
    return {} if result is None else {"result": result}


def _look(bench: Bench, asked: _Asked) -> dict[str, Any]:
    everything = bench.look()
    if "device" in asked:
        name = bench.device(_text(asked, "device")).name
        everything = {name: everything[name]}
    _no_more(asked)
    return {"looks": everything}


def _fault(bench: Bench, asked: _Asked) -> dict[str, Any]:
    device, fault = _text(asked, "device"), _text(asked, "fault")
    for_s = _number(asked, "for_s", 0.0, FOR_MAX_S)
    bench.fault(device, fault, order_of(asked), for_s)
    return {}


def _mend(bench: Bench, asked: _Asked) -> dict[str, Any]:
    device, fault = _text(asked, "device"), _text(asked, "fault")
    _no_more(asked)
    bench.mend(device, fault)
    return {}


async def _wait(bench: Bench, asked: _Asked) -> dict[str, Any]:
    """Until its face shows something, and its own values are those named."""
    device = bench.device(_text(asked, "device"))
    timeout_s = _number(asked, "timeout_s", 5.0, WAIT_MAX_S)
    shows = _text(asked, "shows") if "shows" in asked or not asked else ""
    for key in asked:
        if key not in device.look():
            raise CannotBe(f'{device.name} has no "{key}"; it has {", ".join(device.look())}')
    try:
        await device.changed(
            lambda seen: shows in seen.face and asked.items() <= _values(seen).items(), timeout_s
        )
    except TimeoutError as error:
        now = _values(device)
        values = ", ".join(f"{key} {msgspec.json.encode(now[key]).decode()}" for key in asked)
        raise TimeoutError(f"{error}, with {values}" if values else str(error)) from None
    return {"face": device.face}


def _recent(bench: Bench, asked: _Asked) -> dict[str, Any]:
    port = bench.port_of(_text(asked, "device"))
    _no_more(asked)
    now_s = asyncio.get_running_loop().time()
    bursts = [
        {"ago_s": round(now_s - at_s, 6), "way": way, "hex": data.hex(" ").upper()}
        for at_s, way, data in port.recent[-RECENT_SAID:]
    ]
    return {"port": port.name, "recent": bursts}


def _follow(bench: Bench, asked: _Asked) -> dict[str, Any]:
    events = asked.pop("events", [])
    _no_more(asked)
    if not isinstance(events, list) or not all(isinstance(one, str) and one in EVENTS for one in events):
        raise CannotBe(f"events is a list of {', '.join(EVENTS)}; an empty one means all")
    return {"follow": events}


REQUESTS: Final[dict[str, Callable[[Bench, _Asked], dict[str, Any] | Awaitable[dict[str, Any]]]]] = {
    "look": _look,
    "fault": _fault,
    "mend": _mend,
    "wait": _wait,
    "recent": _recent,
    "follow": _follow,
}


def _values(device: Device) -> dict[str, Any]:
    """What it says of itself, as JSON can say it."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(device.look()))
    return plain


def _text(asked: _Asked, key: str) -> str:
    value = asked.pop(key, None)
    if not isinstance(value, str):
        raise CannotBe(f'the request needs "{key}", a text')
    return value


def _number(asked: _Asked, key: str, usual: float, most: float) -> float:
    value = asked.pop(key, usual)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise CannotBe(f"{key} is a number from 0 to {most:g}")
    return float(value)


def _no_more(asked: _Asked) -> None:
    if asked:
        raise CannotBe(f'the request is not told "{next(iter(asked))}"')
