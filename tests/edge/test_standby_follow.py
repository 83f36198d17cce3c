"""Whom a node follows: the highest epoch it ever heard of, whoever told it, and never back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import boots, ledger
from edge.clock import HallClock
from edge.plan import NodePlan
from edge.role import RoleTaken
from edge.settings.load import parse_site
from edge.standby import books
from edge.standby.follow import Follow
from edge.standby.known import Known, known, remember, take
from edge.store import SCHEMA
from mqtt_bridge import messages as m
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import Topic

PAIR = """
[broker]
host = "10.0.0.1"

[standby]
node = "spare"
host = "10.0.0.2"
port = 1884

[[nodes]]
id = "spare"
"""


class Store:
    """A journal that commits at once."""

    def __init__(self) -> None:
        self.db = apsw.Connection(":memory:")
        self.db.execute(SCHEMA)

    def submit(self, work: Any, done: Any) -> None:
        with self.db:
            done(work(self.db), None)

    def read(self, work: Any) -> Any:
        return work(self.db)


class Bridge:
    """Keeps where it was sent."""

    def __init__(self) -> None:
        self.at = ""

    def go_to(self, address: BrokerAddress) -> None:
        self.at = address.host


class Watcher:
    """A node that follows; `start` again is the same node later."""

    def __init__(self, plan: NodePlan) -> None:
        self.store = Store()
        self.plan = plan
        self.news: list[Known] = []
        self.start()

    def start(self) -> None:
        self.main, self.other = Bridge(), Bridge()
        self.follow = Follow(self.plan, self.store, self.main, self.other, self.news.append)
        self.follow.start()

    def role(self, node: str, epoch: int) -> None:
        self.follow.hear(Topic("small", node, "role"), m.Role(epoch, f"i-{node}"))

    def life(self, epoch: int, follows: str) -> None:
        self.follow.hear(Topic("small", "west", "life"), m.Life("ready", "w", epoch=epoch, follows=follows))

    @property
    def place(self) -> tuple[str, str]:
        return self.main.at, self.other.at


@pytest.fixture()
def make(site_toml: str, tmp_path: Path) -> Callable[..., Watcher]:
    def maker(node: str = "east") -> Watcher:
        toml = site_toml + PAIR
        address = BrokerAddress(host="10.0.0.1")
        plan = NodePlan(toml, parse_site(toml, "x"), node, tmp_path, address, HallClock())
        return Watcher(plan)

    return maker


FIRST, SECOND = ("10.0.0.1", "10.0.0.2"), ("10.0.0.2", "10.0.0.1")


def test_it_begins_on_the_halls_broker(make: Any) -> None:
    node = make()
    assert node.place == FIRST
    assert node.news == []


@pytest.mark.parametrize("teller", ["role", "life"])
def test_it_goes_where_the_highest_epoch_is_whoever_tells_it(make: Any, teller: str) -> None:
    node = make()
    node.role("core", 5)
    assert node.place == FIRST
    if teller == "role":
        node.role("spare", 100_000)
    else:
        node.life(100_000, "spare")
    assert node.place == SECOND
    node.role("core", 6)
    node.life(7, "core")
    assert node.place == SECOND, "the old one is over"
    node.role("core", 200_000)
    assert node.place == FIRST
    assert [one.epoch for one in node.news] == [5, 100_000, 200_000]


def test_it_knows_that_also_when_it_starts_again(make: Any) -> None:
    node = make()
    node.role("spare", 100_000)
    node.news.clear()
    node.start()
    assert node.place == SECOND
    assert node.news == [Known(100_000, "spare")]
    node.role("core", 5)
    assert node.place == SECOND


def test_strangers_are_not_followed(make: Any) -> None:
    node = make()
    node.role("east", 100_000)
    node.life(100_000, "west")
    node.life(100_000, "")
    assert (node.place, node.news) == (FIRST, [])


def test_who_has_not_finished_stays_until_it_has(make: Any) -> None:
    node = make("core")
    node.follow.stays = True
    node.role("spare", 100_000)
    assert node.place == FIRST
    node.follow.move()
    assert node.place == SECOND


@given(st.lists(st.tuples(st.sampled_from(["core", "spare"]), st.integers(0, 9)), max_size=20))
def test_what_is_followed_never_goes_back(told: list[tuple[str, int]]) -> None:
    store = Store()
    heard = []
    for node, epoch in told:
        before = known(store.db)
        if epoch > before.epoch:
            store.submit(remember(epoch, node), lambda value, error: None)
        heard.append(known(store.db).epoch)
    assert heard == sorted(heard)


# --- the journal's side --------------------------------------------------------------------------------


def test_a_role_is_not_taken_from_one_that_was_promoted() -> None:
    store = Store()
    with store.db:
        assert take("core", 0, 40)(store.db).epoch == 41
    with store.db:
        assert take("core", 0, 40)(store.db).epoch == 42
        remember(100_000, "spare")(store.db)
    with pytest.raises(RoleTaken, match="node 'spare' was promoted"), store.db:
        take("core", 0, 40)(store.db)
    assert known(store.db) == Known(100_000, "spare")
    with store.db:
        assert take("spare", 0, 40)(store.db).epoch == 100_001


def test_an_older_epoch_is_not_remembered() -> None:
    store = Store()
    with store.db:
        remember(7, "core")(store.db)
        remember(6, "spare")(store.db)
    assert known(store.db) == Known(7, "core")


def test_a_journal_that_was_a_copy_is_told_apart() -> None:
    store = Store()
    with store.db:
        store.db.execute("INSERT INTO events VALUES (1, 7000, 'DayStarted', x'7b7d')")
        assert take("core", 0, 0)(store.db).copied_ms is None
        books._set_place(store.db, 5, 12)
        assert take("core", 0, 0)(store.db).copied_ms == 7000
        books.is_copy(store.db)
        assert books.standing(store.db)[:2] == (5, 12), "it is known already"
        boots.mark("coordinator", "of a cut, before it was copied")(store.db)
        ledger.is_no_copy(store.db)
        found = take("core", 0, 0)(store.db)
        assert (found.copied_ms, found.marked) == (None, ""), "it lacks nothing"
        books.is_copy(store.db)
        assert books.standing(store.db)[:2] == (0, 0)
        assert take("core", 0, 0)(store.db).copied_ms == 7000
