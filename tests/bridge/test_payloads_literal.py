"""Every message as literal bytes, both ways. It is on the wire in halls: change it with care."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mqtt_bridge.contract import CHANNELS, tag
from mqtt_bridge.examples import EXAMPLES
from mqtt_bridge.messages import Message
from mqtt_bridge.payloads import decode, encode
from mqtt_bridge.schemas import message_types
from mqtt_bridge.topics import Topic

GOLDEN = Path(__file__).parent.parent / "golden" / "bridge"


@pytest.mark.parametrize(
    ("topic", "message"), EXAMPLES, ids=lambda one: tag(type(one)) if isinstance(one, Message) else ""
)
def test_literal_bytes_both_ways(topic: Topic, message: Message) -> None:
    golden = (GOLDEN / f"{tag(type(message))}.json").read_bytes().rstrip(b"\n")
    assert encode(message) == golden
    assert decode(topic, golden) == message


def test_every_message_has_an_example_and_a_golden_file() -> None:
    tags = {tag(one) for one in message_types()}
    assert {tag(type(message)) for _, message in EXAMPLES} == tags
    assert {path.stem for path in GOLDEN.glob("*.json")} == tags
    assert len(message_types()) == sum(len(channel.types) for channel in CHANNELS.values())


@pytest.mark.parametrize(("topic", "message"), EXAMPLES)
def test_a_newer_sender_is_understood(topic: Topic, message: Message) -> None:
    data = json.loads(encode(message)) | {"added_in_2031": {"deep": [1, None, "x"]}}
    assert decode(topic, json.dumps(data).encode()) == message


@pytest.mark.parametrize(("topic", "message"), EXAMPLES)
def test_the_order_of_fields_and_blanks_do_not_matter(topic: Topic, message: Message) -> None:
    data = dict(reversed(json.loads(encode(message)).items()))
    assert decode(topic, json.dumps(data, indent=3, ensure_ascii=True).encode()) == message
