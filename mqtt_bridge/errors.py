"""Errors of the bridge.

`Refused` is the fault of whoever published a message. `BrokerLost` is the state of the world: the broker
is away, or does not want us; the bridge tries again by itself.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Reason: TypeAlias = Literal["malformed", "too_large", "wrong_type", "wrong_topic", "late", "stored"]


class BridgeError(Exception):
    """Root of everything that can go wrong between a node and its broker."""


class Refused(BridgeError, ValueError):  # noqa: N818 - what the bridge did, in the contract's own word
    """A message that must not be acted on. `reason` is a stable word for counts, `detail` is for a person."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """Keep `detail` short: it may quote what a stranger sent."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.detail = detail


class BrokerLost(BridgeError, ConnectionError):  # noqa: N818
    """No connection to the broker, or no longer one. The text names address and cause."""


class TlsFailed(BrokerLost):
    """No TLS with the broker. `what` is wrong, `cure` is what to do."""

    def __init__(self, what: str, cure: str) -> None:
        """Both are told in one line."""
        super().__init__(f"{what}; {cure}")
        self.what = what
        self.cure = cure


class VersionRefused(BrokerLost):
    """The broker hung up on our CONNECT without a reason of its own: it may not speak this MQTT version."""
