"""Where the broker is and how to speak to it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

PLAIN_PORT, TLS_PORT = 1883, 8883
"""Where brokers listen by custom: without TLS and with it."""


class BrokerAddress(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Address of a broker.

    `protocol` "auto" speaks MQTT 5 and falls back to 3.1.1 where the broker hangs up on that. A dead
    connection is noticed within two `keepalive_s`, a dead node by the broker within one and a half.

    With a `ca_file` (PEM) the connection is TLS, and the broker must have a certificate for `host` that a CA
    of that file signed. It is shown `certificate_file`, whose key is in `key_file` (PEM, both or neither).
    """

    host: Annotated[str, Meta(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = PLAIN_PORT
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    username: Annotated[str, Meta(max_length=128)] = ""
    password: Annotated[str, Meta(max_length=256)] = ""
    keepalive_s: Annotated[int, Meta(ge=2, le=600)] = 10
    ca_file: Annotated[str, Meta(max_length=255)] = ""
    certificate_file: Annotated[str, Meta(max_length=255)] = ""
    key_file: Annotated[str, Meta(max_length=255)] = ""
