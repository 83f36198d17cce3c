"""The two MQTT packets that a hall's traffic is made of, as bytes: PUBLISH at QoS 0 and 1, and PUBACK.

MQTT 3.1.1 (sections 2.2, 3.3, 3.4) and MQTT 5 (1.5.5, 3.3, 3.4), whose PUBLISH has properties as well.
All other packets, and a PUBLISH that is not plain, are paho's to read (`client.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

PUBLISH, PUBACK = 0x30, 0x40
_KIND, _QOS_BITS, _QOS_1, _QOS_2, _RETAIN = 0xF0, 0x06, 0x02, 0x04, 0x01  # of a packet's first byte
_LENGTH_BYTES = 4
_FAILURES = 0x80  # reasons from here on


class Publish(NamedTuple):
    """A message that came. `mid` is 0 at QoS 0."""

    topic: bytes
    payload: bytes
    retain: bool
    mid: int


class PubAck(NamedTuple):
    """The broker's answer to a message."""

    mid: int
    took: bool


def publish(topic: str, payload: bytes, mid: int, *, retain: bool, five: bool) -> bytes:
    """A PUBLISH at QoS 1, sent for the first time; `five` for MQTT 5."""
    name = topic.encode()
    size = 2 + len(name) + 2 + five + len(payload)
    head = (PUBLISH | _QOS_1 | retain).to_bytes() + _length(size) + len(name).to_bytes(2)
    return b"".join((head, name, mid.to_bytes(2), b"\0" if five else b"", payload))


def puback(mid: int) -> bytes:
    """A PUBACK that says success, in either version."""
    return b"\x40\x02" + mid.to_bytes(2)


def split(data: bytes | bytearray) -> Iterator[bytes]:
    """The whole packets at the beginning of `data`. Raises ValueError for a length that is none."""
    start = 0
    while (end := _end(data, start)) and end <= len(data):
        yield bytes(data[start:end])
        start = end


def read(packet: bytes, *, five: bool) -> Publish | PubAck | None:
    """What a whole packet says; None for what is paho's. Raises ValueError for a PUBACK that is none."""
    match packet[0] & _KIND:
        case 0x30:
            return _read_publish(packet, five)
        case 0x40:
            return _read_puback(packet, five)
    return None


def _read_publish(packet: bytes, five: bool) -> Publish | None:
    head, start = packet[0], _body(packet)
    topic = start + 2
    number = topic + int.from_bytes(packet[start:topic])
    properties = number + (2 if head & _QOS_BITS else 0)
    payload = properties + five
    if number == topic or head & _QOS_2 or len(packet) < payload or any(packet[properties:payload]):
        return None
    mid = int.from_bytes(packet[number:properties])
    return Publish(packet[topic:number], packet[payload:], bool(head & _RETAIN), mid)


def _read_puback(packet: bytes, five: bool) -> PubAck:
    body = packet[_body(packet) :]
    if len(body) < 2 or (len(body) > 2 and not five):
        raise ValueError(f"PUBACK of {len(body)} bytes")
    return PubAck(int.from_bytes(body[:2]), len(body) == 2 or body[2] < _FAILURES)


def _end(data: bytes | bytearray, start: int) -> int:
    """Where the packet at `start` ends; 0 while its length is not whole."""
    size = shift = 0
    for at, byte in enumerate(data[start + 1 : start + 1 + _LENGTH_BYTES], start + 2):
        size |= (byte & 0x7F) << shift
        if byte < 0x80:
            return at + size
        shift += 7
    if shift == 7 * _LENGTH_BYTES:
        raise ValueError("a packet's length of more than four bytes")
    return 0


def _body(packet: bytes) -> int:
    at = 1
    while packet[at] >= 0x80:
        at += 1
    return at + 1


def _length(size: int) -> bytes:
    out = bytearray()
    while size >= 0x80:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    out.append(size)
    return bytes(out)
