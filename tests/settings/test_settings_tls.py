"""`[broker]` with TLS: a port without a CA is refused, and a certificate without its key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.clock import HallClock
from edge.plan import NodePlan
from edge.run_node import address, brokers_of
from edge.settings.changes import changes
from edge.settings.load import examine, parse_site

Spoilt = Callable[[str, str], str]

CA = 'ca_file = "/etc/hall/ca.crt"\n'
CERTIFICATE = 'certificate_file = "/etc/hall/node.crt"\n'
KEY = 'key_file = "/etc/hall/node.key"\n'
SPARE = '[standby]\nnode = "spare"\nhost = "10.0.0.3"\n{}[[nodes]]\nid = "spare"\n'


def with_broker(spoilt: Spoilt, keys: str, more: str = "") -> str:
    return spoilt("[[nodes]]", f'[broker]\nhost = "10.0.0.2"\n{keys}{more}[[nodes]]')


def told(text: str) -> list[str]:
    return [str(one).partition(": ")[2] for one in examine(text, "x.toml").problems]


@pytest.mark.parametrize("own", ["", CERTIFICATE + KEY])
def test_a_hall_with_tls(spoilt: Spoilt, own: str) -> None:
    text = with_broker(spoilt, f"port = 8883\n{CA}{own}")
    assert told(text) == []
    broker = parse_site(text, "x.toml").broker
    assert broker.ca_file == "/etc/hall/ca.crt"
    assert (broker.certificate_file != "", broker.key_file != "") == (bool(own), bool(own))


NO_CA = "port 8883 is that of TLS, but [broker] has no ca_file: nobody would verify the broker"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("port = 8883\n", f"[broker]: {NO_CA}; name the CA that signs its certificate"),
        (
            f"port = 8883\n{CA}{CERTIFICATE}",
            "[broker]: certificate_file without key_file; a certificate and its private key go together",
        ),
        (
            f"port = 8883\n{CA}{KEY}",
            "[broker]: key_file without certificate_file; a certificate and its private key go together",
        ),
        (
            CERTIFICATE + KEY,
            "[broker]: a certificate of this node's own, but no ca_file to know the broker by;"
            " name the CA that signs the broker's",
        ),
        (
            CA,
            "warning: [broker]: ca_file asks for TLS, but port 1883 is that of brokers without;"
            " TLS is usually on 8883",
        ),
    ],
)
def test_what_does_not_fit_is_said(spoilt: Spoilt, keys: str, said: str) -> None:
    assert told(with_broker(spoilt, keys)) == [said]


def test_an_embedded_broker_has_no_tls(spoilt: Spoilt) -> None:
    said = told(spoilt("[[nodes]]", f"[broker]\nembedded = true\n{CA}[[nodes]]"))
    assert said == [
        "[broker]: embedded, but ca_file is given: the embedded broker speaks no TLS, and needs none;"
        " take it out, or run Mosquitto"
    ]


def test_a_standby_is_spoken_to_as_the_halls_broker_is(spoilt: Spoilt) -> None:
    tls = with_broker(spoilt, f"port = 8883\n{CA}", SPARE.format("port = 8883\n"))
    assert told(tls) == []
    assert told(tls.replace("port = 8883\n[[nodes]]", "[[nodes]]")) == [
        "warning: [standby]: ca_file asks for TLS, but port 1883 is that of brokers without;"
        " TLS is usually on 8883"
    ]
    plain = with_broker(spoilt, "", SPARE.format("port = 8883\n"))
    assert told(plain) == [f"[standby]: {NO_CA}; name the CA that signs its certificate"]


def test_every_address_of_the_hall_names_the_files(spoilt: Spoilt) -> None:
    keys = f"port = 8883\n{CA}{CERTIFICATE}{KEY}"
    site = parse_site(with_broker(spoilt, keys, SPARE.format("port = 8884\n")), "a")
    found = [*brokers_of(site, ""), address(site.broker, "10.0.0.9:8885")]
    assert [(one.host, one.port) for one in found] == [
        ("10.0.0.2", 8883),
        ("10.0.0.3", 8884),
        ("10.0.0.9", 8885),
    ]
    plan = NodePlan("", site, "core", Path(), found[0], HallClock())
    assert plan.homes("core") == (found[0], found[1])
    for one in found:
        files = (one.ca_file, one.certificate_file, one.key_file)
        assert files == ("/etc/hall/ca.crt", "/etc/hall/node.crt", "/etc/hall/node.key")


def test_whose_certificate_it_is_is_no_change_of_the_hall_but_another_ca_is(spoilt: Spoilt) -> None:
    old = parse_site(with_broker(spoilt, f"port = 8883\n{CA}{CERTIFICATE}{KEY}"), "a")
    console = CERTIFICATE.replace("node", "console") + KEY.replace("node", "console")
    assert changes(old, parse_site(with_broker(spoilt, f"port = 8883\n{CA}{console}"), "b")).can_apply
    other = parse_site(with_broker(spoilt, f"port = 8883\n{CA.replace('ca.', 'other.')}{console}"), "c")
    assert changes(old, other).restart == ("[broker] changes: ca_file: start all nodes again",)
