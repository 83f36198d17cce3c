"""Payloads of the contract: pure functions between messages and JSON bytes.

Reading is strict where a mistake would do harm (types, ranges, sizes, whose topic it is) and lenient where
a newer sender must be understood (unknown fields are ignored). Of a field written twice the last one
counts. Nothing but `Refused` is ever raised for bytes from outside.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Union

import msgspec

from mqtt_bridge.contract import CHANNELS, LARGE, SMALL_BYTES, Channel, tag
from mqtt_bridge.errors import Refused
from mqtt_bridge.messages import Ask, LeaseNumbers, Message
from mqtt_bridge.records import records_of
from mqtt_bridge.topics import Topic

# What msgspec raises for bytes that are not what they should be. Text that is not UTF-8 and numbers out of
# range are ValueErrors; brackets nested without end are a RecursionError.
_BAD_BYTES = (msgspec.MsgspecError, ValueError, RecursionError)


class _Head(msgspec.Struct):
    type: str = ""


@cache
def _decoder(kind: str) -> msgspec.json.Decoder[Any]:
    """Made when the first message of its kind comes: most nodes never hear a request."""
    return msgspec.json.Decoder(Union[CHANNELS[kind].types])  # noqa: UP007 - known only at run time


_TAGS = {kind: frozenset(map(tag, channel.types)) for kind, channel in CHANNELS.items()}
_LIMITS = {kind: channel.limit_bytes for kind, channel in CHANNELS.items()}
_LARGEST = max(_LIMITS.values())
_HEAD = msgspec.json.Decoder(_Head)
_ENCODER = msgspec.json.Encoder()


def encode(message: Message) -> bytes:
    """JSON in UTF-8. Raises Refused("too_large") for a message that no receiver would take."""
    data = _ENCODER.encode(message)
    _check_size(message, data)
    return data


def decode(topic: Topic, payload: bytes) -> Message:
    """The message that `payload` holds, checked against the topic it came on. Raises Refused only."""
    channel, limit_bytes = CHANNELS[topic.kind], _LIMITS[topic.kind]
    if len(payload) > limit_bytes:
        raise Refused("too_large", f"{len(payload)} bytes, {limit_bytes} allowed")
    try:
        payload.decode("utf-8")  # msgspec does not look inside of fields that it skips
        message: Message = _decoder(topic.kind).decode(payload)
    except _BAD_BYTES as error:
        raise _refusal(topic.kind, payload, error) from error
    _check_size(message, payload)
    _check_place(topic, channel, message)
    return message


def clears(topic: Topic, payload: bytes) -> bool:
    """Whether this is the empty payload by which a retained topic is taken off the broker."""
    return not payload and CHANNELS[topic.kind].retain


def late(message: Message, now_ms: int) -> bool:
    """Whether a request is past its deadline. `now_ms` is the system clock; other messages are never late."""
    return isinstance(message, Ask) and now_ms > message.deadline_ms


def _refusal(kind: str, payload: bytes, error: Exception) -> Refused:
    try:
        name = _HEAD.decode(payload).type
    except _BAD_BYTES:
        name = ""
    if name and name not in _TAGS[kind]:
        return Refused("wrong_type", f"{name[:40]!r} does not belong on {kind}")
    return Refused("malformed", str(error)[:200])


def _check_size(message: Message, data: bytes) -> None:
    if len(data) > SMALL_BYTES and type(message) not in LARGE:
        raise Refused("too_large", f"{len(data)} bytes, {SMALL_BYTES} allowed")
    if len(data) > _LARGEST:
        raise Refused("too_large", f"{len(data)} bytes")


def _check_place(topic: Topic, channel: Channel, message: Message) -> None:
    """A node speaks for itself alone, and a state says the same name as its topic."""
    for spoken in (*records_of(message), *((message,) if isinstance(message, LeaseNumbers) else ())):
        if spoken.source != topic.node:
            raise Refused("wrong_topic", f"a message of {spoken.source} on a topic of {topic.node}")
    if channel.own_name and getattr(message, channel.own_name) != topic.rest[0]:
        raise Refused(
            "wrong_topic", f"{channel.own_name} {getattr(message, channel.own_name)} on {topic.rest[0]}"
        )
