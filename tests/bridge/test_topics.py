"""Topics: both ways, and everything that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtt_bridge.contract import CHANNELS
from mqtt_bridge.examples import EXAMPLES
from mqtt_bridge.topics import KINDS, Topic, build, every, parse

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True)

LITERAL = [
    ("hall/1/chaotian/window-east/life", Topic("chaotian", "window-east", "life")),
    ("hall/1/chaotian/window-east/device/p-1", Topic("chaotian", "window-east", "device", ("p-1",))),
    ("hall/1/chaotian/window-east/request", Topic("chaotian", "window-east", "request")),
    ("hall/1/chaotian/window-east/record", Topic("chaotian", "window-east", "record")),
    ("hall/1/chaotian/hub/answer/window-east", Topic("chaotian", "hub", "answer", ("window-east",))),
    ("hall/1/chaotian/hub/receipt/window-east", Topic("chaotian", "hub", "receipt", ("window-east",))),
    ("hall/1/chaotian/hub/role", Topic("chaotian", "hub", "role")),
    ("hall/1/chaotian/hub/state/hall", Topic("chaotian", "hub", "state/hall")),
    ("hall/1/chaotian/hub/state/site", Topic("chaotian", "hub", "state/site")),
    ("hall/1/chaotian/hub/state/window/w12", Topic("chaotian", "hub", "state/window", ("w12",))),
    ("hall/1/chaotian/hub/state/queue/tax", Topic("chaotian", "hub", "state/queue", ("tax",))),
    ("hall/1/chaotian/hub/state/board", Topic("chaotian", "hub", "state/board")),
    ("hall/1/chaotian/hub/state/standby", Topic("chaotian", "hub", "state/standby")),
    ("hall/1/chaotian/hub/copy/spare", Topic("chaotian", "hub", "copy", ("spare",))),
    ("hall/1/chaotian/spare/copied", Topic("chaotian", "spare", "copied")),
]


@pytest.mark.parametrize(("text", "topic"), LITERAL)
def test_topic_strings_both_ways(text: str, topic: Topic) -> None:
    assert build(topic) == text
    assert parse(text) == topic


def test_every_kind_has_a_literal_and_an_example() -> None:
    assert {topic.kind for _, topic in LITERAL} == set(KINDS)
    assert {topic.kind for topic, _ in EXAMPLES} == set(KINDS)


def test_the_contract_names_as_many_levels_as_the_topics_have() -> None:
    assert {kind: len(channel.levels) for kind, channel in CHANNELS.items()} == KINDS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "hall",
        "hall/1/a/b",
        "hall/1/a/b/",
        "hall/2/a/b/life",
        "Hall/1/a/b/life",
        "hall/1/a/b/lives",
        "hall/1/a/b/state",
        "hall/1/a/b/state/",
        "hall/1/a/b/state/windows/3",
        "hall/1/a/b/state/window",
        "hall/1/a/b/state/window/3/4",
        "hall/1/a/b/life/x",
        "hall/1//b/life",
        "hall/1/A/b/life",
        "hall/1/a/-b/life",
        "hall/1/a/b\n/life",
        "hall/1/a/b/device/x\n",
        "hall/1/a/+/life",
        "hall/1/a/b/device/#",
        "hall/1/a/b/device/" + "x" * 33,
        "hall/1/朝天/b/life",
    ],
)
def test_what_is_no_topic_raises(text: str) -> None:
    with pytest.raises(ValueError, match="topic"):
        parse(text)


@given(st.text(max_size=80))
def test_any_text_is_a_topic_or_a_value_error(text: str) -> None:
    try:
        topic = parse(text)
    except ValueError:
        return
    assert build(topic) == text


@given(NAMES, NAMES, st.sampled_from(sorted(KINDS)), NAMES)
def test_round_trip(site: str, node: str, kind: str, name: str) -> None:
    topic = Topic(site, node, kind, (name,) * KINDS[kind])
    assert parse(build(topic)) == topic


def test_filters() -> None:
    assert every("a", "state/window", "+") == "hall/1/a/+/state/window/+"
    assert every("a", "answer", "east", node="hub") == "hall/1/a/hub/answer/east"
