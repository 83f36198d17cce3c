"""`[standby]`: another node, another broker."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge.settings.changes import changes
from edge.settings.load import examine, parse_site
from edge.settings.report import summary

Spoilt = Callable[[str, str], str]

SPARE = '[[nodes]]\nid = "spare"\n'
STANDBY = '[standby]\nnode = "spare"\nhost = "10.0.0.3"\n'


@pytest.fixture()
def paired(spoilt: Spoilt) -> str:
    """A site with a standby, without a mistake."""
    return spoilt("[[nodes]]", f"{STANDBY}{SPARE}[[nodes]]")


def told(text: str) -> list[str]:
    return [str(one).partition(": ")[2] for one in examine(text, "x.toml").problems]


def test_a_standby_is_a_node_and_a_broker(paired: str) -> None:
    assert told(paired) == []
    standby = parse_site(paired, "x.toml").standby
    assert standby is not None
    assert (standby.node, standby.host, standby.port) == ("spare", "10.0.0.3", 1883)


def test_what_is_checked_names_the_standby(paired: str) -> None:
    assert "node spare, standby with the broker 10.0.0.3:1883" in summary(parse_site(paired, "x.toml"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('node = "spare"', 'node = "spar"', '[standby]: unknown node "spar"; did you mean "spare"?'),
        (
            'node = "spare"',
            'node = "core"',
            '[standby]: node "core" is the coordinator itself; name a node on another machine',
        ),
        (
            'host = "10.0.0.3"',
            'host = "127.0.0.1"',
            "[standby]: 127.0.0.1:1883 is the hall's own broker; a standby brings a broker of its own",
        ),
        (
            "[standby]",
            "[broker]\nembedded = true\n[standby]",
            "[standby]: the hall's broker is embedded: the standby's machine cannot reach it;"
            " run Mosquitto on both machines, embedded = false",
        ),
        (
            'host = "10.0.0.3"',
            'host = "10.0.0.3"\nport = 0',
            '[standby]: "port" is 0; it must be a whole number from 1 to 65535',
        ),
        (
            'host = "10.0.0.3"',
            "",
            '[standby]: needs "host"; it is text of 1 to 253 characters',
        ),
    ],
)
def test_what_does_not_fit_is_said(paired: str, old: str, new: str, said: str) -> None:
    assert told(paired.replace(old, new)) == [said]


def test_a_running_hall_does_not_take_another_standby(good: str, paired: str) -> None:
    alone, pair = parse_site(good + SPARE, "a"), parse_site(paired, "b")
    moved = parse_site(paired.replace("10.0.0.3", "10.0.0.4"), "c")
    assert "[standby] is new: start all nodes again" in changes(alone, pair).restart
    assert "[standby] goes: start all nodes again" in changes(pair, alone).restart
    assert changes(pair, moved).restart == ("[standby] changes: host: start all nodes again",)
    assert changes(pair, pair).can_apply
