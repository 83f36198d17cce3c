"""Traffic on real brokers: order, bursts, retained states, what is refused, and what is held back."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paho.mqtt import publish as stranger
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.broker import RunningBroker
from mqtt_bridge.errors import BrokerLost
from mqtt_bridge.examples import DEADLINE_MS, EXAMPLES, NOW_MS, VALID_MS
from mqtt_bridge.messages import CallNext, DeviceState, Life, QueueState, Rated, Recall, Role
from mqtt_bridge.outgoing import RECORDS
from mqtt_bridge.payloads import encode
from mqtt_bridge.topics import build, every

SITE = "chaotian"
REQUESTS = every(SITE, "request")
RECORDS_OF_ALL = every(SITE, "record")
ALL = f"hall/1/{SITE}/#"


def press(number: int) -> CallNext:
    return CallNext(f"k{number}", DEADLINE_MS, window="w12")


def rated(sequence: int) -> Rated:
    return Rated("pad", f"0a1b2c3d-{sequence}", NOW_MS, visit="20261123-A001", window="w12", level=5)


def test_order_is_kept_over_many_more_than_fit_at_once(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    async def story() -> None:
        hub = await party(any_broker.port, "hub", REQUESTS).start()
        pad = await party(any_broker.port, "pad").start()
        for number in range(900):
            assert pad.bridge.publish("request", (), press(number))
        heard = [(await hub.next("request")).id for _ in range(900)]
        assert heard == [f"k{number}" for number in range(900)]
        await pad.bridge.stop()
        await hub.bridge.stop()

    run(story())


@pytest.mark.parametrize("protocol", ["auto", "3.1.1"])
def test_a_burst_of_round_trips_has_no_steps_of_delayed_acknowledgement(
    any_broker: RunningBroker, party: Any, run: Any, protocol: str
) -> None:
    """Without TCP_NODELAY on either end, each round trip takes a step of 40 ms."""

    async def story() -> list[float]:
        hub = await party(any_broker.port, "hub", REQUESTS, protocol=protocol).start()
        pad = await party(any_broker.port, "pad", every(SITE, "answer", "pad"), protocol=protocol).start()
        took = []
        for number in range(200):
            start_s = time.perf_counter()
            pad.bridge.publish("request", (), press(number))
            await hub.next("request")
            hub.bridge.publish("answer", ("pad",), EXAMPLE_ANSWER)
            await pad.next("answer")
            took.append(time.perf_counter() - start_s)
        await pad.bridge.stop()
        await hub.bridge.stop()
        return took

    steps = [s for s in run(story()) if s > 0.035]
    assert len(steps) < 100  # a machine under load loses some; delayed acknowledgement makes it all 200


EXAMPLE_ANSWER = next(message for topic, message in EXAMPLES if topic.kind == "answer")


def test_a_newcomer_hears_who_holds_the_role_before_its_own_claim_and_then_every_state(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    """A node that claims the role relies on that order. The embedded broker hands out 100 states at most."""

    async def story() -> None:
        hub = await party(any_broker.port, "hub").start()
        names = [f"q{number}" for number in range({"mosquitto": 300, "embedded": 90}[any_broker.kind])]
        done: asyncio.Queue[str] = asyncio.Queue()
        for name in names:
            state = QueueState(1, 1, VALID_MS, queue=name, name="社保")
            hub.bridge.publish("state/queue", (name,), state, done=lambda name=name: done.put_nowait(name))
        hub.bridge.publish("life", (), Life("ready", "hub-1"), done=lambda: done.put_nowait("life"))
        hub.bridge.publish("role", (), Role(3, "hub-1"), done=lambda: done.put_nowait("role"))
        assert [await done.get() for _ in range(len(names) + 2)] == [*names, "life", "role"]
        filters = (every(SITE, "role"), every(SITE, "life"), every(SITE, "state/queue", "+"), REQUESTS)
        new = await party(any_broker.port, "new", *filters).start()
        new.bridge.publish("request", (), press(1))
        heard = [await new.heard.get() for _ in range(len(names) + 3)]
        kinds = [topic.kind for topic, _, _ in heard]
        assert kinds.index("role") < kinds.index("request")
        assert kinds.index("life") < kinds.index("request")
        states = [
            topic.rest[0] for topic, _, delivery in heard if topic.kind == "state/queue" and delivery.retained
        ]
        assert sorted(states) == sorted(names)
        await new.bridge.stop()
        await hub.bridge.stop()

    run(story())


def test_a_cleared_state_is_gone_for_newcomers_and_silently_passed_by_those_who_listen(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    async def story() -> None:
        hub = await party(any_broker.port, "hub", every(SITE, "device", "+")).start()
        hub.bridge.publish("device", ("p-1",), DeviceState("printer", "ready"))
        hub.bridge.publish("device", ("p-2",), DeviceState("printer", "ready"))
        cleared = asyncio.Event()
        hub.bridge.publish("device", ("p-1",), None, done=cleared.set)
        await cleared.wait()
        new = await party(any_broker.port, "new", every(SITE, "device", "+"), REQUESTS).start()
        new.bridge.publish("request", (), press(1))
        heard = []
        while (one := await new.heard.get())[0].kind != "request":
            heard.append(one[0].rest)
        assert heard == [("p-2",)]
        assert hub.bridge.refused == {}
        await new.bridge.stop()
        await hub.bridge.stop()

    run(story())


def test_garbage_on_every_topic_is_counted_logged_once_and_harms_nothing(
    any_broker: RunningBroker,
    party: Any,
    run: Any,
    say: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    other_life = encode(Life("ready", "x"))
    stranger = [
        ("hall/1/chaotian/pad/nonsense", b"{}", "wrong_topic"),
        ("hall/1/chaotian/PAD/life", other_life, "wrong_topic"),
        ("hall/1/chaotian/pad/record", encode(rated(1)).replace(b'"pad"', b'"hub"'), "wrong_topic"),
        ("hall/1/chaotian/pad/record", encode(press(1)), "wrong_type"),
        ("hall/1/chaotian/pad/request", encode(Recall("k", NOW_MS - 1, window="w1")), "late"),
        ("hall/1/chaotian/pad/request", encode(press(1))[:-1] + b',"x":"%s"}' % (b"x" * 20_000), "too_large"),
    ]
    topics = [build(topic) for topic, _ in EXAMPLES[:2] + EXAMPLES[2:3] + EXAMPLES[22:]]

    async def story() -> dict[str, int]:
        hub = await party(any_broker.port, "hub", ALL).start()
        for topic in topics:
            for payload in (b"{", b"\xff\xfe", b"[" * 1000):
                say(any_broker, topic, payload)
        for topic, payload, _ in stranger:
            say(any_broker, topic, payload)
            say(any_broker, topic, payload, qos=0)
        say(any_broker, "hall/1/chaotian/pad/request", encode(press(7)))
        assert await hub.next("request") == press(7)
        await hub.bridge.stop()
        return dict(hub.bridge.refused)

    refused = run(story())
    expected = {"malformed": 3 * len(topics), "wrong_topic": 6, "wrong_type": 2, "late": 2, "too_large": 2}
    assert refused == expected
    logged = [message for message in caplog.messages if " on 'hall/1/" in message]
    assert len(logged) == len(set(topics)) + len(stranger)
    assert sum(" late: " in f" {message}" or message.startswith("late") for message in logged) == 1


@pytest.fixture(scope="module")
def noisy() -> Any:
    """One broker and one loop for a flood of examples."""
    from edge.broker import start_broker

    with start_broker() as broker:
        yield broker


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flood=st.lists(
        st.tuples(
            st.sampled_from([build(topic) for topic, _ in EXAMPLES]), st.binary(min_size=1, max_size=64)
        ),
        min_size=1,
        max_size=20,
    )
)
def test_any_bytes_on_any_topic_leave_the_bridge_whole(
    noisy: RunningBroker, party: Any, run: Any, flood: list[tuple[str, bytes]]
) -> None:
    async def story() -> None:
        hub = await party(noisy.port, "listener", ALL).start()
        stranger.multiple([(topic, payload, 1, False) for topic, payload in flood], port=noisy.port)
        hub.bridge.publish("request", (), press(1))
        assert await hub.next("request") == press(1)
        assert sum(hub.bridge.refused.values()) == len(flood)
        await hub.bridge.stop()

    run(story())


def test_a_stranger_may_add_properties(mosquitto: RunningBroker, party: Any, run: Any) -> None:
    """Such a message is read by paho, plain ones are not; both come in their order."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = "application/json"
    requests = [
        ("hall/1/chaotian/pad/request", encode(press(number)), 1, False, properties if number % 2 else None)
        for number in range(5)
    ]

    async def story() -> None:
        hub = await party(mosquitto.port, "hub", REQUESTS).start()
        stranger.multiple(requests, port=mosquitto.port, protocol=MQTTProtocolVersion.MQTTv5)
        assert [await hub.next("request") for _ in requests] == [press(number) for number in range(5)]
        await hub.bridge.stop()

    run(story())


def test_a_retained_request_is_never_acted_on(
    any_broker: RunningBroker, party: Any, run: Any, say: Callable[..., None]
) -> None:
    async def story() -> None:
        say(any_broker, "hall/1/chaotian/pad/request", encode(press(1)), retain=True)
        hub = await party(any_broker.port, "hub", REQUESTS).start()
        say(any_broker, "hall/1/chaotian/pad/request", encode(press(2)))
        assert await hub.next("request") == press(2)
        assert hub.bridge.refused == {"stored": 1}
        await hub.bridge.stop()

    run(story())


def test_a_late_request_is_refused_but_may_be_answered(
    any_broker: RunningBroker, party: Any, run: Any, say: Callable[..., None]
) -> None:
    late = asyncio.Queue()  # type: ignore[var-annotated]

    async def story() -> None:
        hub = party(any_broker.port, "hub", REQUESTS, on_late=lambda *heard: late.put_nowait(heard))
        await hub.start()
        ask = Recall("k9", NOW_MS - 1, window="w1")
        say(any_broker, "hall/1/chaotian/pad/request", encode(ask))
        topic, message, _ = await late.get()
        assert (topic.node, message) == ("pad", ask)
        assert hub.heard.empty()
        assert hub.bridge.refused == {"late": 1}
        await hub.bridge.stop()

    run(story())


def test_what_is_not_acknowledged_by_hand_holds_the_sender_back_and_comes_again(
    mosquitto: RunningBroker, party: Any, run: Any
) -> None:
    """Mosquitto keeps 20 under way to one receiver. None is lost when the receiver goes without a word."""

    async def story() -> None:
        hub = await party(mosquitto.port, "hub", RECORDS_OF_ALL, hold=True).start()
        pad = await party(mosquitto.port, "pad").start()
        taken: asyncio.Queue[int] = asyncio.Queue()
        for number in range(1, 31):
            pad.bridge.publish(
                "record", (), rated(number), done=lambda number=number: taken.put_nowait(number)
            )
        assert [await taken.get() for _ in range(30)] == list(range(1, 31))
        held = [await hub.heard.get() for _ in range(20)]
        for _, _, delivery in held[1:]:
            delivery.ack()
            delivery.ack()
        marker = await party(mosquitto.port, "marker", REQUESTS).start()
        marker.bridge.publish("request", (), press(1))
        await marker.next("request")
        assert hub.heard.empty()
        held[0][2].ack()
        rest = [await hub.heard.get() for _ in range(10)]
        heard = [message.id for _, message, _ in held + rest]
        assert heard == [f"0a1b2c3d-{number}" for number in range(1, 31)]
        for one in (marker, pad, hub):
            await one.bridge.stop()

    run(story())


def test_acknowledgements_given_in_any_order_go_out_in_the_order_of_arrival(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    """MQTT 3.1.1 (4.6) asks for it, and the embedded broker hangs up on any other order."""

    async def story() -> None:
        hub = await party(any_broker.port, "hub", RECORDS_OF_ALL, hold=True).start()
        pad = await party(any_broker.port, "pad").start()
        for number in range(1, 9):
            pad.bridge.publish("record", (), rated(number))
        held = [await hub.heard.get() for _ in range(8)]
        for _, _, delivery in reversed(held):
            delivery.ack()
        pad.bridge.publish("record", (), rated(9))
        assert (await hub.heard.get())[1] == rated(9)
        assert hub.links.empty()
        assert hub.bridge.connected
        await pad.bridge.stop()
        await hub.bridge.stop()

    run(story())


def test_records_are_taken_one_window_at_a_time(any_broker: RunningBroker, party: Any, run: Any) -> None:
    async def story() -> None:
        hub = await party(any_broker.port, "hub", RECORDS_OF_ALL).start()
        pad = party(any_broker.port, "pad")
        assert not pad.bridge.publish("record", (), rated(1))
        await pad.start()
        waiting = list(range(1, 501))
        most = 0

        def feed() -> None:
            nonlocal most
            fed = 0
            while waiting and pad.bridge.publish("record", (), rated(waiting[0]), done=feed):
                waiting.pop(0)
                fed += 1
            most = max(most, fed)

        feed()
        heard = [(await hub.next("record")).id for _ in range(500)]
        assert heard == [f"0a1b2c3d-{number}" for number in range(1, 501)]
        assert most == RECORDS
        assert pad.bridge.dropped == {}
        await pad.bridge.stop()
        await hub.bridge.stop()

    run(story())


def test_an_error_of_the_receiver_is_the_loops_and_the_next_message_comes(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    async def story() -> None:
        errors: asyncio.Queue[BaseException] = asyncio.Queue()
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: errors.put_nowait(context["exception"])
        )
        hub = party(any_broker.port, "hub", every(SITE, "device", "+"))
        hub.bridge._on_message = lambda *_: 1 / 0
        await hub.start()
        for number in range(60):
            hub.bridge.publish("device", (f"d{number}",), DeviceState("printer", "ready"))
        for _ in range(60):
            assert isinstance(await errors.get(), ZeroDivisionError)
        await hub.bridge.stop()

    run(story())


@pytest.mark.parametrize(
    ("kind", "rest", "message"),
    [
        ("life", (), press(1)),
        ("request", (), None),
        ("request", ("x",), press(1)),
        ("state/window", ("w1", "w2"), EXAMPLES[-3][1]),
        ("nonsense", (), press(1)),
        ("device", ("P 1",), DeviceState("printer", "ready")),
    ],
)
def test_what_does_not_belong_together_is_the_callers_error(
    party: Any, run: Any, kind: str, rest: tuple[str, ...], message: Any
) -> None:
    async def story() -> None:
        with pytest.raises(ValueError):
            party(1883, "pad").bridge.publish(kind, rest, message)

    run(story())


def test_an_idle_bridge_sleeps(mosquitto: RunningBroker, party: Any, run: Any) -> None:
    """Five seconds with nothing to say: pings at the keep-alive's pace, and no other wake-up."""

    async def story() -> int:
        pad = await party(mosquitto.port, "pad", ALL, keepalive_s=3).start()
        loop = asyncio.get_running_loop()
        for _ in range(3):  # what follows the start
            await asyncio.sleep(0.05)
        selector = loop._selector  # type: ignore[attr-defined]
        wakes = 0
        select = selector.select

        def counted(timeout: float | None = None) -> Any:
            nonlocal wakes
            wakes += 1
            return select(timeout)

        selector.select = counted
        await asyncio.sleep(5)
        selector.select = select
        await pad.bridge.stop()
        return wakes

    # Each second a look at the keep-alive; two pings, each written, and answered, in a turn of its own.
    assert run(story()) <= 5 + 2 * 3 + 3


def test_what_an_access_rule_forbids_is_counted_where_the_broker_says_so(
    tmp_path: Path, party: Any, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The pad may write its own branch but for records, and may not hear records at all."""
    from edge import broker as broker_module

    acl = tmp_path / "acl"
    acl.write_text("topic readwrite hall/1/chaotian/+/life\ntopic readwrite hall/1/chaotian/+/request\n")
    acl.chmod(0o644)
    text = broker_module._MOSQUITTO
    broker_module._MOSQUITTO = text.replace("allow_anonymous true", f"allow_anonymous true\nacl_file {acl}")
    try:
        with broker_module.start_broker(kind="mosquitto") as broker:
            run(forbidden_story(broker, party))
    finally:
        broker_module._MOSQUITTO = text
    assert (
        "forbidden on 'hall/1/chaotian/pad/record': \"the broker's access rules keep it back\""
        in caplog.messages
    )


async def forbidden_story(broker: RunningBroker, party: Any) -> None:
    pad = await party(broker.port, "pad", REQUESTS, RECORDS_OF_ALL).start()
    done: list[int] = []
    for number in range(1, 4):
        pad.bridge.publish("record", (), rated(number), done=lambda: done.append(1))
    pad.bridge.publish("request", (), press(1))
    assert await pad.next("request") == press(1)
    assert pad.bridge.forbidden == {"record": 3}
    assert done == []
    await pad.bridge.stop()


PAGE = Path(__file__).parent.parent.parent / "docs" / "contract.md"


def block(language: str) -> str:
    """A block of code of the page."""
    return PAGE.read_text().split(f"```{language}\n")[1].split("```")[0]


def test_the_brokers_settings_on_the_page_keep_nodes_apart(
    tmp_path: Path, party: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node writes its own branch and no other, hears all, and cannot push out a peer by its client id."""
    from edge import broker as broker_module

    tmp_path.chmod(0o755)
    passwords, rules = tmp_path / "passwords", tmp_path / "hall.acl"
    passwords.touch(0o600)
    for node in ("hub", "pad"):
        subprocess.run(["mosquitto_passwd", "-b", str(passwords), node, f"{node}-secret"], check=True)
    rules.write_text(block("acl"))
    conf = block("conf").replace("/etc/mosquitto/passwords", str(passwords))
    conf = conf.replace("/etc/mosquitto/hall.acl", str(rules)).replace("listener 1883\n", "")
    conf = (
        "listener {port} {host}\n"
        + conf.replace("persistence true", "persistence false")
        + "log_dest stderr\n"
    )
    monkeypatch.setattr(broker_module, "_MOSQUITTO", conf)
    monkeypatch.setattr(broker_module, "_check_answer", lambda _port: None)
    with broker_module.start_broker(kind="mosquitto") as broker:
        run(apart_story(broker, party))


async def apart_story(broker: RunningBroker, party: Any) -> None:
    hub = await party(broker.port, "hub", REQUESTS, username="hub", password="hub-secret").start()
    pad = await party(broker.port, "pad", username="pad", password="pad-secret").start()
    pad.bridge.publish("request", (), press(1))
    assert await hub.next("request") == press(1)
    # The same device under its own account, but in the name and with the client id of its peer.
    liar = await party(broker.port, "hub", username="pad", password="pad-secret").start()
    await pad.link(False)
    liar.bridge.publish("request", (), press(2))
    await liar.bridge._settle()
    assert liar.bridge.forbidden["request"] == 1
    assert hub.bridge.connected
    assert hub.heard.empty()
    wrong = party(broker.port, "hub", username="hub", password="guess")
    with pytest.raises(BrokerLost, match="refuses us"):
        await wrong.bridge._keeper._open()
    for one in (liar, pad, hub):
        await one.bridge.stop()
