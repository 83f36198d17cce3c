"""What is wrong between a node and a broker with TLS is said in words, and nothing is sent meanwhile."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from edge.broker import RunningBroker
from mqtt_bridge import dial
from mqtt_bridge.client import Connection
from mqtt_bridge.errors import BrokerLost, TlsFailed
from mqtt_bridge.settings import TLS_PORT, BrokerAddress
from mqtt_bridge.tls import context_of, secured


async def why(port: int, host: str = "127.0.0.1", **files: str) -> str:
    """What is said of a connection that does not come about."""
    address = BrokerAddress(host=host, port=port, **files)
    connection = Connection(address, "5", "chaotian.pad.1", None, lambda _: None, lambda *_: None)
    with pytest.raises(BrokerLost) as refusal:
        await connection.open()
    return str(refusal.value).replace(f"{host}:{port}", "HERE")


# --- the broker's certificate --------------------------------------------------------------------------


def test_a_broker_of_another_ca(tls_broker: Any, another_authority: Any, run: Any) -> None:
    with tls_broker() as broker:
        assert run(why(broker.port, ca_file=another_authority.ca_file)) == (
            f"broker HERE shows a certificate that no CA in {another_authority.ca_file} signed;"
            " name the CA that signed it in [broker] ca_file, or give the broker one of this CA"
        )


@pytest.mark.parametrize(
    ("host", "hosts", "name"),
    [
        ("127.0.0.1", ("localhost", "10.0.0.9"), "IP:127.0.0.1"),
        ("localhost", ("127.0.0.1", "broker.hall"), "DNS:localhost"),
    ],
)
def test_a_broker_of_another_name(
    tls_broker: Any, authority: Any, run: Any, host: str, hosts: tuple[str, ...], name: str
) -> None:
    with tls_broker(**authority.issue("elsewhere", *hosts)) as broker:
        assert run(why(broker.port, host, ca_file=authority.ca_file)) == (
            f"broker HERE shows a certificate for another name than {host}; give it one with"
            f" subjectAltName = {name}, or write a name of it as [broker] host"
        )


def test_a_node_that_is_called_like_the_broker_is_not_the_broker(
    tls_broker: Any, authority: Any, run: Any
) -> None:
    """Its common name is for its user name; only a subjectAltName is the name of a machine."""
    with tls_broker(**authority.issue("localhost")) as broker:
        said = run(why(broker.port, "localhost", ca_file=authority.ca_file))
    assert "for another name than localhost" in said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((-30.0, -1.0), "is over on 20"),
        ((1.0, 30.0), "is not valid yet on 20"),  # what a clock in 1970 makes of every certificate
    ],
)
def test_a_broker_out_of_its_time(
    tls_broker: Any, authority: Any, run: Any, days: tuple[float, float], said: str
) -> None:
    own = authority.issue("broker", "127.0.0.1", days=days)
    with tls_broker(**own) as broker:
        told = run(why(broker.port, ca_file=authority.ca_file))
    assert f"broker HERE shows a certificate that {said}" in told
    assert "clock" in told


def test_a_broker_that_is_its_own_ca(tls_broker: Any, authority: Any, run: Any, tmp_path: Path) -> None:
    with tls_broker(**self_signed(tmp_path, "broker", "127.0.0.1")) as broker:
        assert "that no CA in" in run(why(broker.port, ca_file=authority.ca_file))


def self_signed(folder: Path, name: str, host: str = "nobody.invalid") -> dict[str, str]:
    files = {"certificate_file": str(folder / f"{name}.crt"), "key_file": str(folder / f"{name}.key")}
    sort = "IP" if host[0].isdigit() else "DNS"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", f"/CN={name}", "-addext", f"subjectAltName={sort}:{host}"]
    command += ["-out", files["certificate_file"], "-keyout", files["key_file"]]
    subprocess.run(command, check=True, capture_output=True)
    return files


# --- our own certificate -------------------------------------------------------------------------------


@pytest.mark.parametrize("newest", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("none", "wants a certificate of this node's own; name it in [broker] certificate_file and key_file"),
        ("over", "does not accept this node's certificate: it is over by the broker's clock; put a new"),
        ("revoked", "does not accept this node's certificate: it is revoked; put a new certificate and"),
        ("another CA", "does not accept this node's certificate: it knows no CA that signed it; put a new"),
        ("self-signed", "does not accept this node's certificate: it knows no CA that signed it; put a new"),
    ],
)
def test_a_broker_that_does_not_want_us(
    tls_broker: Any,
    authority: Any,
    another_authority: Any,
    run: Any,
    tmp_path: Path,
    case: str,
    said: str,
    newest: str,
) -> None:
    own = {
        "none": dict,
        "over": lambda: authority.issue("pad", days=(-30, -1)),
        "revoked": lambda: authority.issue("pad"),
        "another CA": lambda: another_authority.issue("pad"),
        "self-signed": lambda: self_signed(tmp_path, "pad"),
    }[case]()
    authority.issue("stolen")
    crl = authority.revoked("stolen", *(["pad"] if case == "revoked" else []))
    files = {"ca_file": authority.ca_file, **own}
    context_of(BrokerAddress(**files)).maximum_version = ssl.TLSVersion[newest]
    with tls_broker("require_certificate true", f"crlfile {crl}") as broker:
        assert run(why(broker.port, **files)).startswith(f"broker HERE {said}")


# --- the other side speaks something else --------------------------------------------------------------


def test_a_broker_without_tls(mosquitto: RunningBroker, authority: Any, run: Any) -> None:
    assert run(why(mosquitto.port, ca_file=authority.ca_file)) == (
        "broker HERE hangs up when TLS begins; is that the port for TLS? It is usually 8883"
    )


def test_a_broker_with_tls_spoken_to_without(tls_broker: Any, run: Any) -> None:
    with tls_broker() as broker:
        said = run(why(broker.port))
    assert said.startswith("broker hung up on MQTT 5: ")
    assert said.endswith("; if it wants TLS, [broker] needs a ca_file")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS; is that the port"),
        (b"\x20\x02\x00\x00" * 10, "does not speak TLS; is that the port"),
        (b"", "hangs up when TLS begins; is that the port"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "speaks no TLS as new as 1.2; update the broker"),
        (
            b"\x15\x03\x03\x00\x02\x02\x50",
            "ends the TLS handshake: tlsv1 alert internal error; see",
        ),
        (b"\x15\x03\x03\x00\x02\x02\x28", "wants a certificate of this node's own"),
    ],
)
def test_whatever_answers(authority: Any, run: Any, answer: bytes, said: str) -> None:
    async def story() -> str:
        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            return await why(server.sockets[0].getsockname()[1], ca_file=authority.ca_file)

    assert run(story()).startswith(f"broker HERE {said}")


def test_nobody_answers_in_time(authority: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "CONNECT_S", 0.2)

    async def story() -> str:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        async with server:
            return await why(server.sockets[0].getsockname()[1], ca_file=authority.ca_file)

    assert run(story()).startswith("broker HERE does not answer in TLS; is that the port for TLS?")


def test_a_broker_that_was_gone_before_tls_began(authority: Any, run: Any) -> None:
    address = BrokerAddress(ca_file=authority.ca_file)

    async def story() -> None:
        sock = socket.socket()
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        with pytest.raises(TlsFailed, match="hangs up when TLS begins"):
            await secured(loop, sock, context_of(address), address, wait_s=5.0)

    run(story())


def test_nobody_is_there(authority: Any, run: Any) -> None:
    assert "broker HERE is away: " in run(why(1, ca_file=authority.ca_file))


# --- the files on our own disk -------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["ca_file", "certificate_file", "key_file"])
def test_a_file_that_is_not_there_is_named(authority: Any, run: Any, setting: str) -> None:
    files = {"ca_file": authority.ca_file, **authority.issue("pad"), setting: "/nonexistent/file"}
    said = run(why(TLS_PORT, **files))
    assert said.startswith(f"[broker] {setting} /nonexistent/file: No such file or directory; put it there")


@pytest.mark.parametrize(
    ("setting", "sort"),
    [("ca_file", "CERTIFICATE"), ("certificate_file", "CERTIFICATE"), ("key_file", "PRIVATE KEY")],
)
@pytest.mark.parametrize("content", ["", "no PEM", "-----BEGIN NONSENSE-----\n"])
def test_a_file_of_another_sort_is_named(
    authority: Any, run: Any, tmp_path: Path, setting: str, sort: str, content: str
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text(content)
    files = {"ca_file": authority.ca_file, **authority.issue("pad"), setting: str(wrong)}
    assert run(why(TLS_PORT, **files)) == (
        f"[broker] {setting} {wrong} holds no {sort.lower()} that can be read;"
        f" it must be PEM, -----BEGIN {sort}-----, without a pass phrase"
    )


def test_a_key_with_a_pass_phrase_asks_nobody(authority: Any, run: Any, tmp_path: Path) -> None:
    """OpenSSL would ask at the terminal, and a node has none."""
    files = {"ca_file": authority.ca_file, **authority.issue("pad")}
    locked = str(tmp_path / "locked.key")
    command = [
        "openssl",
        "ec",
        "-aes128",
        "-passout",
        "pass:secret",
        "-in",
        files["key_file"],
        "-out",
        locked,
    ]
    subprocess.run(command, check=True, capture_output=True)
    said = run(why(TLS_PORT, **{**files, "key_file": locked}))
    assert said.startswith(f"[broker] key_file {locked} holds no private key that can be read")


def test_a_key_of_another_certificate(authority: Any, run: Any) -> None:
    own, other = authority.issue("pad"), authority.issue("other")
    files = {"ca_file": authority.ca_file, **own, "key_file": other["key_file"]}
    assert run(why(TLS_PORT, **files)) == (
        f"[broker] key_file {other['key_file']} does not fit certificate_file {own['certificate_file']};"
        " put the key there that the certificate was asked for with"
    )


# --- in the log ----------------------------------------------------------------------------------------


def test_each_reason_is_logged_once_an_outage_and_a_mended_file_counts_at_once(
    tls_broker: Any,
    authority: Any,
    another_authority: Any,
    party: Any,
    run: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    ca = tmp_path / "hall-ca.crt"

    async def story(port: int) -> None:
        pad = party(port, "pad", ca_file=str(ca))
        for content in (None, "no PEM", Path(another_authority.ca_file).read_text()):
            if content is not None:
                ca.write_text(content)
            for _ in range(3):
                await pad.bridge._keeper._once()
        ca.write_text(Path(authority.ca_file).read_text())
        await pad.start()
        await pad.bridge.stop()

    with tls_broker() as broker:
        run(story(broker.port))
    assert [line.partition(";")[0] for line in caplog.messages] == [
        f"[broker] ca_file {ca}: No such file or directory",
        f"[broker] ca_file {ca} holds no certificate that can be read",
        f"broker 127.0.0.1:{broker.port} shows a certificate that no CA in {ca} signed",
        f"connected to broker 127.0.0.1:{broker.port}, MQTT 5",
    ]


def test_nothing_was_sent_to_a_broker_that_is_not_the_halls(
    authority: Any, another_authority: Any, run: Any
) -> None:
    """Neither password nor client id: MQTT begins after the broker has shown who it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own = another_authority.issue("liar", "127.0.0.1")
    context.load_cert_chain(own["certificate_file"], own["key_file"])
    heard: list[bytes] = []

    async def story() -> str:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.read())
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        async with server:
            said = await why(
                server.sockets[0].getsockname()[1],
                ca_file=authority.ca_file,
                username="pad",
                password="secret",
            )
        return said

    assert "that no CA in" in run(story())
    assert not any(heard)


def test_what_failed_is_a_lost_broker_with_a_cure() -> None:
    failed = TlsFailed("this is wrong", "do that")
    assert (str(failed), failed.what, failed.cure) == ("this is wrong; do that", "this is wrong", "do that")
    assert isinstance(failed, BrokerLost)
    assert isinstance(failed, OSError)
