"""`hall watch`: one readable line a message, whatever it is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.broker import RunningBroker
from edge.watch import describe, line, watch
from mqtt_bridge.contract import tag
from mqtt_bridge.examples import DEADLINE_MS, EXAMPLES, NOW_MS
from mqtt_bridge.messages import CallNext, Message, PauseWindow, Role, WindowState
from mqtt_bridge.payloads import encode
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import Topic, build

EAST = Topic("chaotian", "window-east", "request")


@pytest.mark.parametrize(("topic", "message"), EXAMPLES)
def test_every_message_is_one_line_with_its_node_its_kind_and_a_chinese_word(
    topic: Topic, message: Message
) -> None:
    text = line(topic, message)
    assert text.isprintable()
    assert text.split()[0] == topic.node
    assert text.split()[1] == topic.kind.removeprefix("state/")
    assert tag(type(message)) in text.split()
    assert re.search("[一-鿿]", text)


def test_a_press() -> None:
    text = line(EAST, CallNext("k7-4", DEADLINE_MS, window="w12"))
    assert text == "window-east    request  呼叫下一位 call_next id=k7-4 window=w12"


def test_a_window() -> None:
    topic, state = next((topic, one) for topic, one in EXAMPLES if isinstance(one, WindowState))
    said = line(topic, state)
    assert said.startswith("hub            window   窗口 w12 window_state window=w12 label=12 phase=calling")
    assert "ticket=A001 service=社会保障卡" in said
    assert "reason" not in said


def test_a_role_tells_its_epoch_for_the_highest_one_coordinates() -> None:
    topic, role = next((topic, one) for topic, one in EXAMPLES if isinstance(one, Role))
    assert f"epoch={role.epoch} " in line(topic, role)


def test_a_long_text_is_cut_with_its_length() -> None:
    said = line(EAST, PauseWindow("k1", DEADLINE_MS, window="w1", reason="停" * 400))
    assert said.endswith("停…(400)")
    assert len(said) < 140


def test_a_stranger_cannot_move_the_cursor() -> None:
    said = line(EAST, PauseWindow("k1", DEADLINE_MS, window="w1", reason="\x1b[2J\r\n\u202e\x9b31m"))
    assert said.endswith("reason=·[2J····31m")


@pytest.mark.parametrize(
    ("topic", "payload", "said"),
    [
        ("hall/1/a/b/request", b"{", "✗ 拒收 malformed: Input data was truncated (hall/1/a/b/request)"),
        ("hall/1/a/b/role", b"", "b              role 清除 cleared"),
        ("hall/1/a/hub/state/window/w1", b"", "hub            window w1 清除 cleared"),
        ("hall/9/a\x1b/b/role", b"", "✗ 拒收 wrong_topic: hall/9/a·/b/role"),
    ],
)
def test_what_is_no_message_is_said_too(topic: str, payload: bytes, said: str) -> None:
    assert describe(topic, payload, NOW_MS)[0] == said


def test_a_late_request_is_said_to_be_late() -> None:
    payload = encode(CallNext("k7-4", DEADLINE_MS, window="w12"))
    assert describe(build(EAST), payload, DEADLINE_MS)[0].startswith("window-east")
    assert describe(build(EAST), payload, DEADLINE_MS + 1)[0].startswith(
        "✗ 拒收 late: window-east    request"
    )


@given(
    st.text(max_size=60) | st.sampled_from([build(topic) for topic, _ in EXAMPLES]), st.binary(max_size=80)
)
def test_anything_gives_one_printable_line(topic: str, payload: bytes) -> None:
    text, colour = describe(topic, payload, NOW_MS)
    assert text.isprintable()
    assert colour.isdigit()


def test_watching_a_real_broker(any_broker: RunningBroker, run: Any, say: Callable[..., None]) -> None:
    """Retained ones first and marked, then live ones, refused ones among them; until cancelled."""
    topic, role = next((build(topic), encode(one)) for topic, one in EXAMPLES if topic.kind == "role")
    say(any_broker, topic, role, retain=True)

    async def story() -> list[str]:
        lines: asyncio.Queue[str] = asyncio.Queue()
        address = BrokerAddress(port=any_broker.port)
        task = asyncio.create_task(watch("chaotian", address, lines.put_nowait, colour=True))
        first = await lines.get()
        say(any_broker, "hall/1/chaotian/pad/record", b"\xff")
        say(any_broker, "hall/1/elsewhere/pad/record", b"\xff")
        say(any_broker, topic, role)
        heard = [first, await lines.get(), await lines.get()]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return heard

    kept, refused, live = run(story())
    clock = r"\d\d:\d\d:\d\d\.\d\d\d"
    assert re.fullmatch(rf"\x1b\[36m{clock}· hub +role +协调节点 role .*\x1b\[0m", kept)
    assert re.fullmatch(
        rf"\x1b\[31m{clock}  ✗ 拒收 malformed: .*\(hall/1/chaotian/pad/record\)\x1b\[0m", refused
    )
    assert re.fullmatch(rf"\x1b\[36m{clock}  hub +role +协调节点 role .*\x1b\[0m", live)
