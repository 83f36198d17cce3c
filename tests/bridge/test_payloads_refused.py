"""Whatever stands on a topic that should not is refused with its reason, and nothing else ever happens."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtt_bridge.contract import CHANNELS, SITE_BYTES, SMALL_BYTES
from mqtt_bridge.errors import Refused
from mqtt_bridge.examples import DEADLINE_MS, EXAMPLES, NOW_MS
from mqtt_bridge.messages import ApplySite, CallNext, LeaseNumbers, Life, Message, Rated, Records, SiteState
from mqtt_bridge.payloads import clears, decode, encode, late
from mqtt_bridge.topics import Topic

REQUEST = Topic("chaotian", "window-east", "request")
RECORD = Topic("chaotian", "window-east", "record")
SITE = Topic("chaotian", "hub", "state/site")
TOPICS = [topic for topic, _ in EXAMPLES]
CALL = '{"type":"call_next","id":"k1","deadline_ms":1795395604000,"window":"w12"%s}'


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "malformed"),
        (b"null", "malformed"),
        (b"[]", "malformed"),
        (b"{", "malformed"),
        (b"{}", "malformed"),
        (b"\x00", "malformed"),
        (b"\xff\xfe{\x00", "malformed"),
        (b"\xef\xbb\xbf" + CALL.encode() % b"", "malformed"),
        (CALL.encode() % b"" + b"x", "malformed"),
        (CALL.encode() % b',"x":NaN', "malformed"),
        (CALL.encode() % b',"x":Infinity', "malformed"),
        (CALL.encode() % b',"x":"\xff"', "malformed"),
        (CALL.encode() % (b',"x":' + b"[" * 12_000), "malformed"),
        (CALL.encode() % (b',"x":' + b'{"a":' * 3_000), "malformed"),
        (CALL.replace("1795395604000", "1" * 400).encode() % b"", "malformed"),
        (CALL.replace("1795395604000", "1e9").encode() % b"", "malformed"),
        (CALL.replace("1795395604000", "-1").encode() % b"", "malformed"),
        (CALL.replace("1795395604000", "true").encode() % b"", "malformed"),
        (CALL.replace("1795395604000", '"1795395604000"').encode() % b"", "malformed"),
        (CALL.replace('"w12"', '"W12"').encode() % b"", "malformed"),
        (CALL.replace('"w12"', '"w12\\n"').encode() % b"", "malformed"),
        (CALL.replace('"w12"', '"\\ud800"').encode() % b"", "malformed"),
        (CALL.replace('"w12"', "null").encode() % b"", "malformed"),
        (CALL.replace('"k1"', '""').encode() % b"", "malformed"),
        (CALL.replace('"k1"', '"' + "k" * 65 + '"').encode() % b"", "malformed"),
        (b'{"type":["call_next"]}', "malformed"),
        (b'{"type":"call_nex"}', "wrong_type"),
        (b'{"type":"life","state":"ready","instance":"1"}', "wrong_type"),
        (b'{"type":"\x1b[2J"}', "malformed"),
        (CALL.encode() % (b',"x":"' + b"x" * SMALL_BYTES + b'"'), "too_large"),
        (b" " * (SITE_BYTES + 1), "too_large"),
    ],
)
def test_refused_on_the_request_topic(payload: bytes, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        decode(REQUEST, payload)
    assert caught.value.reason == reason
    assert len(caught.value.detail) <= 200


def test_of_a_field_written_twice_the_last_counts() -> None:
    message = decode(REQUEST, CALL.encode() % b',"window":"w13"')
    assert isinstance(message, CallNext)
    assert message.window == "w13"


@pytest.mark.parametrize(("topic", "message"), EXAMPLES)
def test_each_message_is_refused_on_every_other_kind_of_topic(topic: Topic, message: Message) -> None:
    for other in {one.kind: one for one in TOPICS if one.kind != topic.kind}.values():
        with pytest.raises(Refused) as caught:
            decode(other, encode(message))
        assert caught.value.reason == "wrong_type"


def test_one_record_of_another_node_refuses_all_that_came_with_it() -> None:
    mine = Rated("window-east", "0a1b2c3d-1", 5, "20261123-A001", "w1", 5)
    other = Rated("window-west", "0a1b2c3d-2", 5, "20261123-A001", "w1", 5)
    assert decode(RECORD, encode(Records((mine, mine)))) == Records((mine, mine))
    with pytest.raises(Refused, match="window-west"):
        decode(RECORD, encode(Records((mine, other))))


FORGED_RATING = Rated("window-west", "0a1b2c3d-1", NOW_MS, visit="20261123-A001", window="w12", level=1)
FORGED_LEASE = LeaseNumbers("k1", NOW_MS, source="window-west")


@pytest.mark.parametrize(
    ("topic", "forged"), [(RECORD, FORGED_RATING), (RECORD._replace(kind="request"), FORGED_LEASE)]
)
def test_what_is_said_in_the_name_of_another_node_is_refused(topic: Topic, forged: Message) -> None:
    with pytest.raises(Refused) as caught:
        decode(topic, encode(forged))
    assert caught.value.reason == "wrong_topic"


@pytest.mark.parametrize("kind", ["state/window", "state/queue"])
def test_a_state_of_another_name_than_its_topic_is_refused(kind: str) -> None:
    topic, message = next((topic, message) for topic, message in EXAMPLES if topic.kind == kind)
    with pytest.raises(Refused) as caught:
        decode(topic._replace(rest=("other",)), encode(message))
    assert caught.value.reason == "wrong_topic"


def test_a_site_file_may_be_long_and_no_longer_than_that() -> None:
    longest = SiteState(1, 1, NOW_MS, site_version=1, toml="朝" * 192 * 1024)
    assert decode(SITE, encode(longest)) == longest
    asked = ApplySite("k1", DEADLINE_MS, toml="朝" * 192 * 1024)
    assert decode(REQUEST, encode(asked)) == asked
    with pytest.raises(Refused, match="too_large"):
        encode(SiteState(1, 1, NOW_MS, site_version=1, toml="朝" * 256 * 1024))


def test_an_ordinary_message_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(Refused, match="too_large"):
        encode(Life("ready", "1", host="x" * SMALL_BYTES))


def test_a_request_is_late_after_its_deadline_and_nothing_else_is() -> None:
    ask = CallNext("k1", DEADLINE_MS, window="w12")
    assert not late(ask, DEADLINE_MS)
    assert late(ask, DEADLINE_MS + 1)
    assert not late(Rated("a", "0a1b2c3d-1", 0, visit="20261123-A001", window="w", level=1), DEADLINE_MS)


def test_an_empty_payload_clears_what_is_retained_and_only_that() -> None:
    cleared = {topic.kind for topic in TOPICS if clears(topic, b"")}
    assert cleared == {kind for kind, channel in CHANNELS.items() if channel.retain}
    assert not clears(SITE, b" ")


def only_refused(topic: Topic, payload: bytes) -> None:
    with contextlib.suppress(Refused):
        message = decode(topic, payload)
        assert decode(topic, encode(message)) == message


@given(st.sampled_from(TOPICS), st.binary(max_size=300))
def test_any_bytes(topic: Topic, payload: bytes) -> None:
    only_refused(topic, payload)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(EXAMPLES), st.data())
def test_a_good_message_with_one_field_spoilt(example: tuple[Topic, Message], data: Any) -> None:
    topic, message = example
    fields = json.loads(encode(message))
    spoilt = data.draw(st.sampled_from(sorted(fields)))
    fields[spoilt] = data.draw(JSON)
    only_refused(topic, json.dumps(fields).encode("utf-8", "surrogatepass"))


@given(st.sampled_from(EXAMPLES), st.data())
def test_a_good_message_with_bytes_changed_cut_or_doubled(example: tuple[Topic, Message], data: Any) -> None:
    topic, message = example
    payload = bytearray(encode(message))
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    only_refused(topic, bytes(payload))
