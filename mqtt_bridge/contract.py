"""Every kind of topic in one table: who writes it, what may stand on it, and how it travels.

The bridge, the generated documents and the tests all read this table and no other.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from mqtt_bridge import messages as m

VERSION = "1.2.0"  # the first number is the second level of every topic
QOS = 1  # QoS 0 may lose a call between broker and screen; QoS 2 lost messages where QoS 1 repeated them
SMALL_BYTES = 16 * 1024  # the largest ordinary message, a board of 20 calls, stays under 4 KiB
SITE_BYTES = 600 * 1024  # a site file of 192 Ki characters, Chinese throughout
LARGE: frozenset[type[m.Message]] = frozenset({m.SiteState, m.ApplySite})  # may be longer than SMALL_BYTES


class Channel(NamedTuple):
    """One kind of topic.

    `levels` names the topic levels after the kind; `own_name` is the one of them that the message repeats
    in a field of the same name. `writer` "node" is any node, "coordinator" the node that holds the role.
    `by_hand`: the receiver acknowledges after its commit and not before.
    """

    kind: str
    types: tuple[type[m.Message], ...]
    writer: Literal["node", "coordinator"]
    retain: bool
    title: str
    levels: tuple[str, ...] = ()
    own_name: str = ""
    by_hand: bool = False

    @property
    def limit_bytes(self) -> int:
        """The longest payload that may stand on this kind of topic."""
        return SITE_BYTES if LARGE.intersection(self.types) else SMALL_BYTES


_TABLE = (
    Channel("life", (m.Life,), "node", True, "How a node is; its last will says lost"),
    Channel("device", (m.DeviceState,), "node", True, "How one device of a node is", ("device",)),
    Channel(
        "request", get_args(m.Request), "node", False, "What a node asks of the coordinator", by_hand=True
    ),
    Channel(
        "record", (*get_args(m.Record), m.Records), "node", False, "What a node has promised", by_hand=True
    ),
    Channel("answer", (m.Answer,), "coordinator", False, "The answer to one request", ("to",)),
    Channel("receipt", (m.Receipt,), "coordinator", False, "Records durable up to here", ("to",)),
    Channel("role", (m.Role,), "coordinator", True, "The coordinator's claim to the role"),
    Channel("state/hall", (m.HallState,), "coordinator", True, "The hall as a whole"),
    Channel("state/site", (m.SiteState,), "coordinator", True, "The site file in force"),
    Channel(
        "state/window", (m.WindowState,), "coordinator", True, "One window, whole", ("window",), "window"
    ),
    Channel("state/queue", (m.QueueState,), "coordinator", True, "One queue, whole", ("queue",), "queue"),
    Channel("state/board", (m.BoardState,), "coordinator", True, "The last calls, whole"),
    Channel("state/standby", (m.StandbyState,), "coordinator", True, "How the standby's copy is"),
    Channel("copy", (m.CopyPiece,), "coordinator", False, "A piece of the journal for the standby", ("to",)),
    Channel("copied", (m.CopyAsk, m.Copied), "node", False, "What the standby asks for, and has"),
)

CHANNELS: Mapping[str, Channel] = types.MappingProxyType({channel.kind: channel for channel in _TABLE})


def tag(message_type: type[m.Message]) -> str:
    """The value of `type` on the wire, e.g. "call_next"."""
    return str(message_type.__struct_config__.tag)
