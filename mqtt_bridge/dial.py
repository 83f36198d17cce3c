"""A connection to a broker made on the loop, without blocking it: TCP, and TLS on it where a CA is named."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

from mqtt_bridge.settings import BrokerAddress

CONNECT_S = 5.0  # for the TCP connection, and again for each answer that is waited for


async def dial(loop: asyncio.AbstractEventLoop, address: BrokerAddress) -> socket.socket:
    """Connected, ready for MQTT. Raises OSError; TlsFailed is one."""
    if not address.ca_file:
        return await _reach(loop, address)
    from mqtt_bridge import tls

    context = tls.context_of(address)
    return await tls.secured(loop, await _reach(loop, address), context, address, CONNECT_S)


async def _reach(loop: asyncio.AbstractEventLoop, address: BrokerAddress) -> socket.socket:
    async with asyncio.timeout(CONNECT_S):
        return await connect(loop, address.host, address.port)


async def connect(loop: asyncio.AbstractEventLoop, host: str, port: int) -> socket.socket:
    """A connected socket that sends at once. Raises OSError for the last address that was tried."""
    failure = OSError(f"no address for {host}")
    for family, address in await _addresses(loop, host, port):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            await loop.sock_connect(sock, address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
        except asyncio.CancelledError:
            sock.close()
            raise
        else:
            return sock
    raise failure


async def _addresses(
    loop: asyncio.AbstractEventLoop, host: str, port: int
) -> list[tuple[int, tuple[Any, ...]]]:
    """Families and addresses of a host. A name is looked up on a thread of asyncio's; an address is not."""
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [(info[0], info[4]) for info in found]
    return [(family, (host, port))]
