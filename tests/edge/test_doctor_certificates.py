"""`hall doctor` about certificates: with a real Mosquitto that speaks TLS, and judged day by day."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.doctor import hall
from edge.doctor.certificates import DAY_S, Span, judge_span, look_at_files, span_of
from edge.doctor.finding import Finding, line_of
from mqtt_bridge.settings import BrokerAddress

NOON_S = 1_795_780_800.0  # 2026-11-27 12:00 UTC
Look = Callable[..., list[Finding]]


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hall, "LISTEN_S", 0.1)


@pytest.fixture()
def look(authority: Any) -> Look:
    """What is found about certificates and broker, at a broker on `port`."""

    def looked(port: int, runs: bool = False, **files: str) -> list[Finding]:
        address = BrokerAddress(port=port, **{"ca_file": authority.ca_file, **files})
        found = list(hall.look_at_broker("small", "hall", address, runs=runs))
        return found

    return looked


def about(found: list[Finding], word: str) -> Finding:
    """The one finding about a certificate that says this."""
    (one,) = [one for one in found if one.part == "证书 certificate" and word in one.text]
    return one


# --- at a broker ---------------------------------------------------------------------------------------


def test_all_is_well(tls_broker: Any, authority: Any, look: Look) -> None:
    own = authority.issue("hall")
    with tls_broker("require_certificate true") as broker:
        found = look(broker.port, **own)
    assert {one.level for one in found if "coordinator" not in one.part} == {"ok"}
    assert about(found, "the broker's is valid until 20")
    assert about(found, f"certificate_file {own['certificate_file']} is valid until 20")
    assert about(found, f"ca_file {authority.ca_file} is valid until 3000-01-01")
    assert about(found, f"key_file {own['key_file']} is open to its user alone")
    assert found[-2].text.endswith("lets us in, MQTT 5")


def test_a_node_that_runs_is_not_logged_in_a_second_time(
    tls_broker: Any, authority: Any, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its certificate is its user, and a broker may throw the first one out."""
    monkeypatch.setattr(hall, "Connection", None)
    with tls_broker("require_certificate true") as broker:
        found = look(broker.port, runs=True, **authority.issue("hall"))
    assert "the node that runs is logged in" in found[-1].text
    assert about(found, "the broker's")


def test_the_brokers_own_comes_to_its_end(tls_broker: Any, authority: Any, look: Look) -> None:
    with tls_broker(**authority.issue("broker", "127.0.0.1", days=(-300, 12.5))) as broker:
        one = about(look(broker.port), "the broker's")
    assert one.level == "warn"
    assert one.text.endswith(": 12 days more")
    assert one.cure == "renew it on the broker's machine, then there: systemctl reload mosquitto"


def test_the_brokers_own_is_over(tls_broker: Any, authority: Any, look: Look) -> None:
    with tls_broker(**authority.issue("broker", "127.0.0.1", days=(-300, -1))) as broker:
        found = look(broker.port)
    assert [one.level for one in found] == ["ok", "bad"]
    assert "shows a certificate that is over on 20" in found[1].text
    assert "set the clock" in found[1].cure


def test_our_own_comes_to_its_end_and_is_over(tls_broker: Any, authority: Any, look: Look) -> None:
    with tls_broker() as broker:
        one = about(look(broker.port, **authority.issue("hall", days=(-700, 29.9))), "certificate_file")
        assert (one.level, one.text[-14:]) == ("warn", ": 29 days more")
        one = about(look(broker.port, **authority.issue("hall", days=(-700, -0.1))), "certificate_file")
        assert (one.level, "is over since 20" in one.text) == ("bad", True)
        one = about(look(broker.port, **authority.issue("hall", days=(1, 30))), "certificate_file")
        assert one.level == "bad"
        assert one.cure.startswith("set the clock if that is wrong; else ")


def test_a_ca_of_another_hall(tls_broker: Any, another_authority: Any, look: Look) -> None:
    with tls_broker() as broker:
        found = look(broker.port, ca_file=another_authority.ca_file)
    assert [one.level for one in found] == ["ok", "bad"]
    assert about(found, "shows a certificate that no CA in").cure.startswith("name the CA that signed it")


def test_a_broker_that_wants_a_certificate(tls_broker: Any, look: Look) -> None:
    with tls_broker("require_certificate true") as broker:
        found = look(broker.port)
    assert found[-1].level == "bad"
    assert about(found, "wants a certificate of this node's own").cure.startswith("name it in [broker]")


@pytest.mark.parametrize("setting", ["ca_file", "certificate_file", "key_file"])
def test_a_file_that_is_not_there_is_said_once(authority: Any, look: Look, setting: str) -> None:
    found = look(1, **{**authority.issue("hall"), setting: "/nonexistent/file"})
    one = about(found, "/nonexistent")
    assert (one.level, one.text) == (
        "bad",
        f"[broker] {setting} /nonexistent/file: No such file or directory",
    )
    assert [one.level for one in found].count("bad") == 1


def test_a_file_that_is_no_certificate_is_said_once(authority: Any, look: Look, tmp_path: Path) -> None:
    junk = tmp_path / "junk"
    for content in ("nonsense", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"):
        junk.write_text(content)
        found = look(1, ca_file=str(junk))
        assert [one.level for one in found] == ["bad"]
        assert about(found, f"ca_file {junk} holds no certificate that can be read")


def test_a_key_that_does_not_fit(authority: Any, look: Look) -> None:
    own, other = authority.issue("hall"), authority.issue("other")
    found = look(1, **{**own, "key_file": other["key_file"]})
    assert about(found, f"does not fit certificate_file {own['certificate_file']}").level == "bad"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read(authority: Any, mode: int) -> None:
    own = authority.issue("hall")
    Path(own["key_file"]).chmod(mode)
    one = about(list(look_at_files(BrokerAddress(ca_file=authority.ca_file, **own))), "key_file")
    assert (one.level, one.cure) == (
        "warn",
        f"sudo chown hall: {own['key_file']} && sudo chmod 600 {own['key_file']}",
    )


def test_several_cas_count_as_the_first_that_ends(authority: Any, tmp_path: Path) -> None:
    both = tmp_path / "both.crt"
    soon = authority.issue("an older CA", days=(-300, 3.5))
    both.write_text(Path(authority.ca_file).read_text() + Path(soon["certificate_file"]).read_text())
    one = about(list(look_at_files(BrokerAddress(ca_file=str(both)))), "ca_file")
    assert (one.level, one.text[-13:]) == ("warn", ": 3 days more")


# --- judged day by day ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "ends", "line"),
    [
        (-1, 31, "正常 ok    证书 certificate: it is valid until 2026-12-28"),
        (-1, 29.5, "注意 warn  证书 certificate: it is valid until 2026-12-27: 29 days more -> renew"),
        (-1, 0.5, "注意 warn  证书 certificate: it is valid until 2026-11-28: 0 days more -> renew"),
        (
            -9,
            -2,
            "故障 bad   证书 certificate: it is over since 2026-11-25, and the clock here says 2026-11-27"
            " -> renew; or set the clock",
        ),
        (
            20,
            90,
            "故障 bad   证书 certificate: it is valid from 2026-12-17 on, and the clock here says 2026-11-27"
            " -> set the clock if that is wrong; else renew",
        ),
    ],
)
def test_a_span(begins: float, ends: float, line: str) -> None:
    span = Span(NOON_S + begins * DAY_S, NOON_S + ends * DAY_S)
    assert line_of(judge_span("it", span, NOON_S, "renew")) == line


def test_the_days_of_a_certificate_are_those_that_another_library_reads(authority: Any) -> None:
    from cryptography import x509

    for days in ((-1.0, 365.0), (-12_000.0, 30.0), (-1.0, 12_000.0)):  # before 2000, after 2050
        pem = Path(authority.issue("any", days=days)["certificate_file"]).read_text()
        span = span_of(ssl.PEM_cert_to_DER_cert(pem))
        other = x509.load_pem_x509_certificate(pem.encode())
        assert span.begins_s == other.not_valid_before_utc.timestamp()
        assert span.ends_s == other.not_valid_after_utc.timestamp()


def test_whatever_is_no_certificate_is_a_value_error(authority: Any) -> None:
    der = ssl.PEM_cert_to_DER_cert(Path(authority.ca_file).read_text())
    for length in range(0, len(der), 7):
        with pytest.raises(ValueError):
            span_of(der[:length])
