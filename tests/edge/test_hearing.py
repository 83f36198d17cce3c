"""What a node makes of states: newest wins, and whether a living coordinator is heard."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.desks.base import Newest
from edge.hearing import Hearing
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic


class Listener:
    """A desk that notes what it hears."""

    def __init__(self, *wants: tuple[str, ...]) -> None:
        self.wants = wants
        self.heard: list[Any] = []
        self.links: list[int] = []

    def hear(self, topic: Topic, message: m.Message) -> None:
        self.heard.append(message)

    def said(self, device: str, message: Any) -> None: ...

    def health(self, device: str, health: Any) -> None: ...

    def link(self, epoch: int) -> None:
        self.links.append(epoch)


def window(name: str, epoch: int = 1, version: int = 1) -> m.WindowState:
    return m.WindowState(epoch, version, 0, window=name, label=name, phase="idle")


def say(hearing: Hearing, message: m.Message, *rest: str, node: str = "core") -> None:
    kinds = {m.WindowState: "state/window", m.Role: "role", m.Life: "life", m.BoardState: "state/board"}
    hearing.hear(Topic("small", node, kinds[type(message)], rest), message)


def test_each_desk_hears_what_it_wants_and_once() -> None:
    one, every, both = (
        Listener(("state/window", "1")),
        Listener(("state/window", "+")),
        Listener(("state/window", "1"), ("state/window", "+"), ("state/board",)),
    )
    hearing = Hearing([one, every, both, one])
    say(hearing, window("1"), "1")
    say(hearing, window("2"), "2")
    say(hearing, m.BoardState(1, 1, 0))
    assert [state.window for state in one.heard] == ["1"]
    assert [state.window for state in every.heard] == ["1", "2"]
    assert len(both.heard) == 3
    assert set(hearing.wants) >= {("state/window", "1"), ("state/window", "+"), ("state/site",)}


@pytest.mark.parametrize(
    ("epoch", "version", "passes"),
    [(1, 4, False), (1, 5, True), (1, 6, True), (2, 1, True), (0, 9, False)],
)
def test_the_newest_state_wins(epoch: int, version: int, passes: bool) -> None:
    desk = Listener(("state/window", "1"))
    hearing = Hearing([desk])
    say(hearing, window("1", 1, 5), "1")
    say(hearing, window("1", epoch, version), "1", node="other")
    assert len(desk.heard) == 1 + passes


def test_states_of_an_epoch_that_is_over_are_not_heard() -> None:
    desk = Listener(("state/window", "+"))
    hearing = Hearing([desk])
    say(hearing, m.Role(7, "i7"))
    say(hearing, window("1", 6, 99), "1", node="old")
    assert desk.heard == []
    say(hearing, window("1", 7, 1), "1")
    assert len(desk.heard) == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=30))
def test_what_passes_is_never_older_than_what_passed(stamps: list[tuple[int, int]]) -> None:
    newest = Newest()
    topic = Topic("small", "core", "state/window", ("1",))
    passed = [stamp for stamp in stamps if newest.admits(topic, window("1", *stamp))]
    assert passed == sorted(passed)
    if stamps:
        assert passed[-1:] == [max(stamps)]


def test_topics_are_compared_apart() -> None:
    newest = Newest()
    assert newest.admits(Topic("small", "core", "state/window", ("1",)), window("1", 1, 9))
    assert newest.admits(Topic("small", "core", "state/window", ("2",)), window("2", 1, 1))


def life(state: Any = "ready", instance: str = "i1") -> m.Life:
    return m.Life(state, instance)


def test_live_needs_a_link_a_role_and_a_living_process() -> None:
    desk = Listener()
    hearing = Hearing([desk])
    for step, live in (
        (lambda: hearing.link(True), False),
        (lambda: say(hearing, m.Role(1, "i1")), False),
        (lambda: say(hearing, life()), True),
        (lambda: say(hearing, life("degraded")), True),
        (lambda: say(hearing, life("lost")), False),
        (lambda: say(hearing, life("ready", "i2")), False),
        (lambda: say(hearing, m.Role(2, "i2")), True),
        (lambda: say(hearing, m.Role(1, "i1"), node="old"), True),
        (lambda: hearing.link(False), False),
        (lambda: hearing.link(True), False),
        (lambda: say(hearing, life("ready", "i2")), True),
        (lambda: say(hearing, life("disconnected", "i2")), False),
    ):
        step()
        assert hearing.live is live
    assert desk.links == [1, 0, 2, 0, 2, 0], "each change is told once"


def test_a_coordinator_that_starts_again_at_once_is_another_one() -> None:
    desk = Listener()
    hearing = Hearing([desk])
    say(hearing, m.Role(1, "i1"))
    say(hearing, life())
    say(hearing, life("ready", "i2"), node="standby")
    say(hearing, m.Role(2, "i2"), node="standby")
    assert desk.links == [1, 2]
    say(hearing, life("lost"))
    assert hearing.live


def test_nodes_that_are_gone_are_forgotten() -> None:
    hearing = Hearing([])
    for number in range(100):
        say(hearing, life("ready", f"i{number}"), node=f"n{number}")
        say(hearing, life("lost", f"i{number}"), node=f"n{number}")
    assert hearing._alive == {}


@pytest.mark.parametrize(
    ("epoch", "version", "passes"),
    [(3, 4, False), (3, 5, True), (3, 6, True), (4, 1, True), (2, 9, True)],
)
def test_a_call_shown_before_a_restart_is_followed_by_nothing_older_of_its_epoch(
    epoch: int, version: int, passes: bool
) -> None:
    """Of another epoch a state may be: a coordinator whose store was lost begins with any."""
    desk = Listener(("state/window", "+"))
    hearing = Hearing([desk])
    hearing.showed("1", (3, 5))
    say(hearing, window("2", 3, 4), "2")
    say(hearing, window("1", epoch, version), "1")
    assert len(desk.heard) == 1 + passes
    assert hearing.newest_of("1") == ((epoch, version) if passes else (0, 0))


def test_what_a_broker_kept_of_a_coordinator_counts_until_it_is_doubted() -> None:
    """A broker that was down itself knows nothing of a machine that lost its power meanwhile."""
    desk = Listener(("state/window", "+"))
    hearing = Hearing([desk])
    topic = Topic("small", "core", "role")
    for _ in range(2):
        hearing.link(True)
        hearing.hear(topic, m.Role(3, "i1"), kept=True)
        hearing.hear(topic._replace(kind="life"), life(), kept=True)
        assert hearing.live
        hearing.doubt()
        hearing.hear(Topic("small", "core", "state/window", ("1",)), window("1", 3), kept=True)
        assert not hearing.live
        say(hearing, life("ready", "another"), node="desk")
        say(hearing, window("2", 2), "2", node="old")
        assert not hearing.live, "others say nothing of it"
        say(hearing, window("2", 3), "2")
        assert hearing.live
        hearing.doubt()
        assert hearing.live, "it was heard"
        hearing.link(False)
    assert desk.links == [3, 0, 3, 0] * 2


@pytest.mark.parametrize("word", [m.Role(3, "i1"), life(), m.BoardState(3, 1, 0)])
def test_a_word_that_no_broker_kept_proves_its_coordinator(word: m.Message) -> None:
    hearing = Hearing([])
    topic = Topic("small", "core", "role")
    hearing.hear(topic, m.Role(3, "i1"), kept=True)
    hearing.hear(topic._replace(kind="life"), life(), kept=True)
    hearing.hear(Topic("small", "core", "state/board"), m.BoardState(3, 1, 0), kept=True)
    assert not hearing.is_proven
    say(hearing, word)
    assert hearing.is_proven
