"""TLS below MQTT: the broker's chain and name are verified, always, and it is shown our own certificate.

The standard library's ssl, on the socket that the loop watches anyhow. No switch verifies less.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from mqtt_bridge.errors import TlsFailed
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.tls_words import handshake_failed

RECORD = 16 * 1024  # bytes that one TLS record holds at most (RFC 8446, 5.1)


class TlsSocket(ssl.SSLSocket):
    """Behaves like a plain socket that does not block: where it would wait it raises BlockingIOError."""

    address: BrokerAddress

    def recv(self, buflen: int = RECORD, flags: int = 0) -> bytes:
        """All that came, record by record, until there are `buflen` bytes; b"" at the end.

        A record is read whole: what stayed in the TLS layer no selector would tell of. Raises TlsFailed, an
        OSError, where the broker says why it wants no more of us.
        """
        pieces: list[bytes] = []
        length = 0
        try:
            while length < buflen and (piece := super().recv(RECORD)):
                pieces.append(piece)
                length += len(piece)
        except ssl.SSLError as error:  # behind bytes that were read it is met again by the next call
            if not pieces:
                raise self._as_of_a_plain_socket(error) from error
        except OSError:
            if not pieces:
                raise
        return b"".join(pieces)

    def send(self, data: Any, flags: int = 0) -> int:
        """Take all of `data`, or raise BlockingIOError: then it must come again, and more may follow it."""
        try:
            return super().send(data)
        except ssl.SSLError as error:
            raise self._as_of_a_plain_socket(error) from error

    def _as_of_a_plain_socket(self, error: ssl.SSLError) -> OSError:
        if isinstance(error, (ssl.SSLWantReadError, ssl.SSLWantWriteError)):
            return BlockingIOError()
        return handshake_failed(error, self.address)


async def secured(
    loop: asyncio.AbstractEventLoop,
    sock: socket.socket,
    context: ssl.SSLContext,
    address: BrokerAddress,
    wait_s: float,
) -> TlsSocket:
    """TLS over a connected socket, which is closed where it fails. Raises TlsFailed."""
    tls = context.wrap_socket(sock, do_handshake_on_connect=False, server_hostname=address.host)
    tls = cast(TlsSocket, tls)
    tls.address = address
    try:
        async with asyncio.timeout(wait_s):
            await _shake_hands(loop, tls)
    except OSError as error:
        tls.close()
        raise handshake_failed(error, address) from error
    except asyncio.CancelledError:
        tls.close()
        raise
    return tls


async def _shake_hands(loop: asyncio.AbstractEventLoop, tls: TlsSocket) -> None:
    while True:
        try:
            tls.do_handshake()
            return
        except ssl.SSLWantReadError:
            await _ready(tls, loop.add_reader, loop.remove_reader)
        except ssl.SSLWantWriteError:
            await _ready(tls, loop.add_writer, loop.remove_writer)


async def _ready(tls: TlsSocket, watch: Callable[..., object], leave: Callable[..., object]) -> None:
    ready = asyncio.Event()
    watch(tls, ready.set)
    try:
        await ready.wait()
    finally:
        leave(tls)


# --- certificates ------------------------------------------------------------------------------------------


class _File(NamedTuple):
    path: str
    content: bytes


def context_of(address: BrokerAddress) -> ssl.SSLContext:
    """Of its files as they are now: made anew only when one of them has changed. Raises TlsFailed."""
    return _context(
        _read("ca_file", address.ca_file),
        _read("certificate_file", address.certificate_file),
        _read("key_file", address.key_file),
    )


def _read(setting: str, path: str) -> _File:
    try:
        return _File(path, Path(path).read_bytes() if path else b"")
    except OSError as error:
        raise TlsFailed(
            f"[broker] {setting} {path}: {error.strerror}",
            "put it there, and let the service's user read it",
        ) from error


@lru_cache(maxsize=2)
def _context(ca: _File, certificate: _File, key: _File) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # this one asks for a certificate and compares the name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False  # a node may be called like the broker's machine
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.sslsocket_class = TlsSocket
    try:
        context.load_verify_locations(cadata=ca.content.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError) as error:
        raise _no_pem("ca_file", ca, "CERTIFICATE") from error
    if certificate.path:
        try:
            context.load_cert_chain(certificate.path, key.path, password="")  # never asks at a terminal
        except (OSError, ValueError) as error:
            raise _unusable(error, certificate, key) from error
    return context


def _unusable(error: Exception, certificate: _File, key: _File) -> TlsFailed:
    if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
        text = f"[broker] key_file {key.path} does not fit certificate_file {certificate.path}"
        return TlsFailed(text, "put the key there that the certificate was asked for with")
    if b"-----BEGIN CERTIFICATE-----" not in certificate.content:
        return _no_pem("certificate_file", certificate, "CERTIFICATE")
    return _no_pem("key_file", key, "PRIVATE KEY")


def _no_pem(setting: str, file: _File, sort: str) -> TlsFailed:
    text = f"[broker] {setting} {file.path} holds no {sort.lower()} that can be read"
    return TlsFailed(text, f"it must be PEM, -----BEGIN {sort}-----, without a pass phrase")
