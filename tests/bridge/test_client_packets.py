"""Packets that go past paho's objects say what paho would have said, and the rest goes paho's way."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from mqtt_bridge.client import _Paho
from mqtt_bridge.link import Version

Told = tuple[bytes, bytes, bool, int]
VERSIONS: tuple[Version, ...] = ("3.1.1", "5")
TOPIC = "hall/1/chaotian/hub/state/window/1"


def told(version: Version, head: int, packet: bytes, handle: Any = _Paho._handle_publish) -> list[Told]:
    """What the client makes of a PUBLISH: head byte, and all after the remaining length."""
    client = _Paho(None, "x", version)  # type: ignore[arg-type]
    heard: list[Told] = []
    client.on_plain = lambda *one: heard.append(one)
    client.on_message = lambda _c, _d, one: heard.append(
        (one._topic, bytes(one.payload), bool(one.retain), one.mid if one.qos else 0)
    )
    client._in_packet["command"], client._in_packet["packet"] = head, bytearray(packet)
    handle(client)
    return heard


@pytest.mark.parametrize(
    ("version", "head", "packet", "said"),
    [
        ("3.1.1", 0x32, "0003 612F62 000A 7B7D", (b"a/b", b"{}", False, 10)),
        ("5", 0x32, "0003 612F62 000A 00 7B7D", (b"a/b", b"{}", False, 10)),
        ("5", 0x33, "0003 612F62 FFFF 00", (b"a/b", b"", True, 65535)),
        ("3.1.1", 0x30, "0001 61 00", (b"a", b"\0", False, 0)),
        ("5", 0x3B, "0001 61 0001 00 31", (b"a", b"1", True, 1)),  # sent again
    ],
)
def test_a_plain_publish_is_read_without_pahos_objects(
    version: Version, head: int, packet: str, said: Told
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("paho's own way")

    client = _Paho(None, "x", version)  # type: ignore[arg-type]
    heard: list[Told] = []
    client.on_plain = lambda *one: heard.append(one)
    client.on_message = never
    client._in_packet["command"], client._in_packet["packet"] = head, bytearray(bytes.fromhex(packet))
    client._handle_publish()
    assert heard == [said]


@given(st.sampled_from(VERSIONS), st.integers(0x30, 0x3F), st.binary(max_size=60))
@example("5", 0x32, b"")
@example("5", 0x32, b"\0\1a\0\1")
@example("3.1.1", 0x32, b"\0\0\0\1{}")
@example("5", 0x32, b"\0\0\0\1\0{}")
def test_any_bytes_are_taken_as_paho_takes_them(version: Version, head: int, packet: bytes) -> None:
    def attempt(handle: Any) -> list[Told] | str:
        try:
            return told(version, head, packet, handle)
        except Exception as error:
            return type(error).__name__

    assert attempt(_Paho._handle_publish) == attempt(paho.Client._handle_publish)


@given(st.booleans(), st.integers(1, 65_535), st.binary(max_size=300), st.booleans())
def test_properties_are_left_to_paho(retain: bool, mid: int, payload: bytes, has_properties: bool) -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if has_properties:
        properties.ContentType = "application/json"
    packet = struct.pack(f"!H{len(TOPIC)}sH", len(TOPIC), TOPIC.encode(), mid)
    packet += properties.pack() + payload  # type: ignore[no-untyped-call]
    assert told("5", 0x32 | retain, packet) == [(TOPIC.encode(), payload, retain, mid)]


@given(st.sampled_from(VERSIONS), st.sampled_from([b"\0\1", b"\0\2"]), st.binary(max_size=4))
@example("5", b"\0\1", b"\x10")  # no matching subscribers
@example("5", b"\0\1", b"\x10\0")
@example("5", b"\0\1", b"\x87")  # not authorized
def test_acknowledgements_are_taken_as_paho_takes_them(version: Version, mid: bytes, rest: bytes) -> None:
    def attempt(handle: Any) -> list[tuple[int, bool]] | str:
        client = _Paho(None, "x", version)  # type: ignore[arg-type]
        taken: list[tuple[int, bool]] = []
        client.on_publish = lambda _c, _d, number, reason, _p: taken.append((number, reason.is_failure))
        message = paho.MQTTMessage(1, TOPIC.encode())
        message.qos = 1
        client._out_messages[1] = message
        client._in_packet["command"], client._in_packet["packet"] = 0x40, bytearray(mid + rest)
        try:
            handle(client, "PUBACK")
        except Exception as error:
            return type(error).__name__
        return taken

    if version == "5" or not rest:
        assert attempt(_Paho._handle_pubackcomp) == attempt(paho.Client._handle_pubackcomp)
