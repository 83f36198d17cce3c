"""Packets that go past paho are read and written as paho would have, and the rest is left to it."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from mqtt_bridge.packets import PubAck, Publish, puback, publish, read, split

FIVE = st.booleans()
TOPIC = "hall/1/chaotian/hub/state/window/1"


def a_paho(five: bool) -> Any:
    """A client of paho's that only writes down what it would send."""
    protocol = paho.MQTTv5 if five else paho.MQTTv311
    client: Any = paho.Client(CallbackAPIVersion.VERSION2, "x", protocol=protocol, manual_ack=True)
    client.wrote, client._sock = [], Mock()
    client._packet_queue = lambda _command, packet, *_: client.wrote.append(bytes(packet)) or 0
    return client


@pytest.mark.parametrize(
    ("five", "packet", "said"),
    [
        (False, "32 09 0003 612F62 000A 7B7D", Publish(b"a/b", b"{}", False, 10)),
        (True, "32 0A 0003 612F62 000A 00 7B7D", Publish(b"a/b", b"{}", False, 10)),
        (True, "33 08 0003 612F62 FFFF 00", Publish(b"a/b", b"", True, 65535)),
        (False, "30 04 0001 61 00", Publish(b"a", b"\0", False, 0)),
        (True, "3B 07 0001 61 0001 00 31", Publish(b"a", b"1", True, 1)),  # sent again
        (True, "32 8700 0001 61 0001 00 31", Publish(b"a", b"1", False, 1)),  # a longer length than it needs
        (False, "40 02 000A", PubAck(10, True)),
        (True, "40 02 8000", PubAck(0x8000, True)),
        (True, "40 03 000A 10", PubAck(10, True)),  # nobody subscribes
        (True, "40 03 000A 87", PubAck(10, False)),  # not authorized
        (True, "40 08 000A 97 04 1F00 01 78", PubAck(10, False)),  # over quota, with a reason's text
        (True, "32 0D 0003 612F62 000A 03 010100 7B", None),  # properties
        (True, "34 0A 0003 612F62 000A 00 7B7D", None),  # QoS 2
        (False, "32 06 0000 0001 7B7D", None),  # no topic
        (False, "32 04 0003 612F", None),  # ends within its topic
        (False, "30 00", None),
        (True, "20 03 00 00 00", None),
        (True, "D0 00", None),
    ],
)
def test_a_packet_says(five: bool, packet: str, said: object) -> None:
    assert read(bytes.fromhex(packet), five=five) == said


@pytest.mark.parametrize(("five", "packet"), [(True, "40 00"), (True, "40 01 00"), (False, "40 03 000A 00")])
def test_a_puback_that_is_none_is_refused(five: bool, packet: str) -> None:
    with pytest.raises(ValueError, match="PUBACK of"):
        read(bytes.fromhex(packet), five=five)


@given(FIVE, st.booleans(), st.integers(1, 65_535), st.text(min_size=1, max_size=40), st.binary(max_size=300))
@example(True, True, 0x8000, "t" * 120, b"")  # where the length takes a second byte
@example(False, False, 1, "t", b"x" * 16_379)  # the last of two bytes
@example(False, False, 1, "t", b"x" * 16_380)  # and the first of three
def test_a_publish_is_written_as_paho_writes_it(
    five: bool, retain: bool, mid: int, topic: str, payload: bytes
) -> None:
    assume("\0" not in topic and topic.encode("utf-8", "ignore") == topic.encode("utf-8", "replace"))
    client = a_paho(five)
    client._send_publish(mid, topic.encode(), payload, 1, retain)
    packet = publish(topic, payload, mid, retain=retain, five=five)
    assert [packet] == client.wrote
    assert list(split(packet)) == [packet]
    assert read(packet, five=five) == Publish(topic.encode(), payload, retain, mid)


@given(FIVE, st.integers(1, 65_535))
def test_a_puback_is_written_as_paho_writes_it(five: bool, mid: int) -> None:
    client = a_paho(five)
    client.ack(mid, 1)
    assert [puback(mid)] == client.wrote
    assert read(puback(mid), five=five) == PubAck(mid, True)


@given(FIVE, st.integers(0x30, 0x3F), st.binary(max_size=60))
@example(True, 0x32, b"\0\1a\0\1")
@example(False, 0x32, b"\0\0\0\1{}")
@example(True, 0x32, b"\0\0\0\1\0{}")
def test_a_publish_is_taken_as_paho_takes_it(five: bool, head: int, body: bytes) -> None:
    said = read(bytes((head, len(body))) + body, five=five)
    if said is not None:
        client = a_paho(five)
        heard: list[Publish] = []
        client.on_message = lambda _c, _d, one: heard.append(
            Publish(one._topic, bytes(one.payload), bool(one.retain), one.mid if one.qos else 0)
        )
        client._in_packet["command"], client._in_packet["packet"] = head, bytearray(body)
        client._handle_publish()
        assert heard == [said]


@given(FIVE, st.integers(1, 65_535), st.sampled_from([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]))
def test_an_answer_is_taken_as_paho_takes_it(five: bool, mid: int, reason: int) -> None:
    body = mid.to_bytes(2) + (bytes((reason,)) if five else b"")
    client = a_paho(five)
    taken: list[PubAck] = []
    client.on_publish = lambda _c, _d, number, code, _p: taken.append(PubAck(number, not code.is_failure))
    message = paho.MQTTMessage(mid, TOPIC.encode())
    message.qos = 1
    client._out_messages[mid] = message
    client._in_packet["command"], client._in_packet["packet"] = 0x40, bytearray(body)
    client._handle_pubackcomp("PUBACK")
    assert taken == [read(bytes((0x40, len(body))) + body, five=five)]


@given(st.booleans(), st.binary(max_size=300))
def test_properties_are_left_to_paho(has_properties: bool, payload: bytes) -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if has_properties:
        properties.ContentType = "application/json"
    client = a_paho(True)
    client._send_publish(1, TOPIC.encode(), payload, 1, False, properties=properties)
    said = None if has_properties else Publish(TOPIC.encode(), payload, False, 1)
    assert read(client.wrote[0], five=True) == said


@given(st.lists(st.binary(max_size=200), max_size=6), st.data())
def test_packets_are_whole_however_they_come(payloads: list[bytes], data: st.DataObject) -> None:
    sent = [publish(TOPIC, payload, 1, retain=False, five=True) for payload in payloads]
    stream, came, rest = b"".join(sent), [], bytearray()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        rest, stream = rest + stream[:size], stream[size:]
        whole = list(split(rest))
        came += whole
        del rest[: sum(map(len, whole))]
    assert came == sent
    assert not rest


def test_a_length_of_five_bytes_is_none() -> None:
    with pytest.raises(ValueError, match="more than four bytes"):
        list(split(bytes.fromhex("30 80808080 01")))
    assert list(split(bytes.fromhex("30 808080"))) == []
    assert list(split(bytes.fromhex("D000 30"))) == [b"\xd0\0"]
