"""`hall watch`: a hall's traffic as it passes the broker, decoded, one readable line a message.

A watcher is nobody in the hall: it has no life, no last will, and says nothing.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from mqtt_bridge import messages as m
from mqtt_bridge.contract import CHANNELS, tag
from mqtt_bridge.errors import Refused
from mqtt_bridge.keeper import Keeper
from mqtt_bridge.link import Incoming
from mqtt_bridge.payloads import clears, decode, late
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import ROOT, VERSION, Topic, parse

log = logging.getLogger("hall.watch")

_NODE_COLUMNS = 14
_KIND_COLUMNS = 8
_VALUE_CHARS = 60

_WORDS: Mapping[type[m.Message], str] = MappingProxyType(
    {
        m.Life: "节点",
        m.DeviceState: "设备",
        m.Role: "协调节点",
        m.HallState: "大厅",
        m.SiteState: "站点文件",
        m.WindowState: "窗口",
        m.QueueState: "队列",
        m.BoardState: "大屏",
        m.TakeNumber: "取号",
        m.Quote: "问等候时间",
        m.Reprint: "补打号票",
        m.CallNext: "呼叫下一位",
        m.CallNumber: "呼叫指定号",
        m.Recall: "重呼",
        m.Begin: "开始办理",
        m.NoShow: "过号",
        m.Hold: "挂起",
        m.ResumeHeld: "恢复挂起",
        m.Transfer: "转移",
        m.AddItem: "增加事项",
        m.AskRating: "请评价",
        m.Finish: "办结",
        m.PauseWindow: "暂停窗口",
        m.ResumeWindow: "恢复窗口",
        m.Login: "登录",
        m.Logout: "退出",
        m.ApplySite: "更新站点文件",
        m.ClaimRole: "申请协调",
        m.Promote: "接管",
        m.LeaseNumbers: "预留号段",
        m.Meet: "报到",
        m.Answer: "答复",
        m.Rated: "评价",
        m.Printed: "打印结果",
        m.Shown: "已显示",
        m.Issued: "脱机取号",
        m.Withdrawn: "取号作废",
        m.MaybePrinted: "可能已出票",
        m.Skipped: "跳过序号",
        m.Records: "补传记录",
        m.Receipt: "回执",
        m.StandbyState: "备用副本",
        m.CopyPiece: "账本副本",
        m.CopyAsk: "索取副本",
        m.Copied: "副本回执",
    }
)

_RED = "31"
_COLOURS = MappingProxyType(
    {
        "life": "36",
        "device": "36",
        "role": "36",
        "request": "33",
        "record": "35",
        "answer": "32",
        "receipt": "32",
        "copy": "90",
        "copied": "90",
    }
)
_STATE_COLOUR = "34"

# Said by the topic, or of no use to a reader.
_UNSAID = frozenset({"epoch", "version", "valid_until_ms", "deadline_ms", "source"})
_UNSAID_OF_STATES = _UNSAID | {"at_ms"}  # the line begins with the time


def line(topic: Topic, message: m.Message) -> str:
    """What `message` on `topic` says: node, kind, Chinese word, then its fields as name=value.

    One line whatever is in it: characters that would move the cursor or change colours are replaced.
    """
    kind = topic.kind.removeprefix("state/")
    rest = " ".join(topic.rest)
    words = [_WORDS[type(message)], *([rest] if rest else []), tag(type(message)), *_fields(message)]
    return clean(f"{topic.node:<{_NODE_COLUMNS}} {kind:<{_KIND_COLUMNS}} {' '.join(words)}")


def clean(text: str) -> str:
    """`text` with everything unprintable replaced by a dot: it comes from strangers."""
    return "".join(one if one.isprintable() else "·" for one in text)


def _fields(message: msgspec.Struct) -> list[str]:
    """The fields that say something: those unlike their default."""
    defaults = {field.name: field.default for field in msgspec.structs.fields(message)}
    unsaid = _UNSAID_OF_STATES if isinstance(message, m.State) else _UNSAID
    if isinstance(message, m.Role):
        unsaid = unsaid - {"epoch"}  # who has the higher one coordinates
    return [
        f"{name}={_value(name, getattr(message, name))}"
        for name, default in defaults.items()
        if name not in unsaid and getattr(message, name) != default
    ]


def _value(name: str, value: Any) -> str:
    match value:
        case msgspec.Struct():
            return f"({' '.join(_fields(value))})"
        case tuple():
            return f"[{', '.join(_value('', one) for one in value)}]"
        case bool():
            return "yes" if value else "no"
        case int() if name.endswith("_ms"):
            return time.strftime("%H:%M:%S", time.localtime(value / 1000))
        case bytes():
            return f"({len(value)} bytes)"
        case str() if len(value) > _VALUE_CHARS:
            return f"{value[:_VALUE_CHARS]}…({len(value)})"
    return str(value)


def describe(topic_text: str, payload: bytes, now_ms: int) -> tuple[str, str]:
    """The line for a message as it came, and its colour code. Says so where it would be refused."""
    try:
        topic = parse(topic_text)
    except ValueError:
        return clean(f"✗ 拒收 wrong_topic: {topic_text[:200]}"), _RED
    if clears(topic, payload):
        rest = " ".join((topic.kind.removeprefix("state/"), *topic.rest))
        return f"{topic.node:<{_NODE_COLUMNS}} {rest} 清除 cleared", _STATE_COLOUR
    try:
        message = decode(topic, payload)
        if late(message, now_ms):
            raise Refused("late", line(topic, message))
    except Refused as refused:
        return clean(f"✗ 拒收 {refused} ({topic_text[:200]})"), _RED
    return line(topic, message), _COLOURS.get(topic.kind, _STATE_COLOUR)


async def watch(
    site: str, address: BrokerAddress, out: Callable[[str], None], *, colour: bool = False
) -> None:
    """Print a hall's traffic until cancelled; waits for a broker that is away. `out` gets whole lines.

    What the broker kept from before is marked with "·" behind the time. Ends with the BrokenPipeError of
    an `out` that nobody reads any more.
    """
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def heard(incoming: Incoming) -> None:
        incoming.acknowledge()
        now_s = time.time()
        text, code = describe(incoming.topic, incoming.payload, int(now_s * 1000))
        if incoming.retained and not _kept(incoming.topic):
            text, code = f"✗ 拒收 stored: {text}", _RED
        clock = time.strftime("%H:%M:%S", time.localtime(now_s)) + f".{int(now_s * 1000) % 1000:03d}"
        text = f"{clock}{'·' if incoming.retained else ' '} {text}"
        try:
            out(f"\x1b[{code}m{text}\x1b[0m" if colour else text)
        except BrokenPipeError as error:
            if not ended.done():
                ended.set_exception(error)

    keeper = Keeper(address, f"{site}.watch.{secrets.token_hex(4)}", None, heard, log=log)
    keeper.subscribe(f"{ROOT}/{VERSION}/{site}/#")
    keeper.start()
    try:
        await ended
    finally:
        await keeper.stop()


def _kept(topic_text: str) -> bool:
    try:
        return CHANNELS[parse(topic_text).kind].retain
    except ValueError:
        return True  # already refused by its topic
