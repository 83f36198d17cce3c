"""State messages: retained, whole, newest wins."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from mqtt_bridge.vocabulary import (
    END,
    Count,
    Lifecycle,
    Message,
    Name,
    Number,
    Phase,
    Seconds,
    Storage,
    Text,
    UnixMs,
    Visit,
)


class Life(Message, frozen=True):
    """How a node is. The broker sends `lost` as the node's last will.

    `epoch` is the highest that it heard of. In a hall with a standby it `follows` the node that held it.
    """

    state: Lifecycle
    instance: Annotated[str, Meta(max_length=64)]
    release: str = ""
    host: str = ""
    since_ms: UnixMs = 0
    detail: Text = ""
    refused: Count = 0
    epoch: Count = 0
    follows: str = ""


class DeviceState(Message, frozen=True):
    """How a device is. A node that is lost makes its devices lost, whatever this says."""

    kind: Name
    state: Lifecycle
    code: Annotated[str, Meta(max_length=40)] = ""
    detail: Text = ""
    since_ms: UnixMs = 0


class Role(Message, frozen=True):
    """The coordinator's claim. The highest epoch is the living one; older states are stale.

    A node that wants the role publishes `ClaimRole`; the holder answers by publishing this again with the
    claim's id in `heard`.
    """

    epoch: Count
    instance: Annotated[str, Meta(max_length=64)]
    host: str = ""
    since_ms: UnixMs = 0
    heard: str = ""


# --- state of the hall, written by the coordinator ------------------------------------------------


class Timed(Message, frozen=True, kw_only=True):
    """`at_ms` is the hall time when it was said: how old it is at least. 0 = not told."""

    at_ms: UnixMs = 0


class State(Timed, frozen=True):
    """What every state of the hall carries: newer (epoch, version) wins.

    Without a living coordinator of that epoch it is old; after `valid_until_ms` it is worth nothing then.
    """

    epoch: Count
    version: Count
    valid_until_ms: UnixMs


class Notice(Struct, frozen=True):
    """A line of running text, Chinese first."""

    text: Text
    text_en: Text = ""


class HallState(State, frozen=True):
    """The hall as a whole. `storage` is "ok", "reserve" (no new numbers) or "full" (nothing is accepted).

    All clocks in the hall show its `at_ms`.
    """

    day: Annotated[str, Meta(pattern=r"^[0-9]{8}" + END)]
    open: bool
    site_version: Count = 0
    storage: Storage = "ok"
    notices: tuple[Notice, ...] = ()


class SiteState(State, frozen=True):
    """The site file in force, whole, as TOML text."""

    site_version: Count
    toml: Annotated[str, Meta(max_length=192 * 1024)]


class RatingAsk(Struct, frozen=True):
    """An open question to the citizen at a window. `item` names one item of the visit, or is empty."""

    visit: Visit
    asked_ms: UnixMs
    item: str = ""


class WindowState(State, frozen=True):
    """One window, whole.

    `phase`: "closed" (nobody logged in), "paused", "idle", "calling" (a ticket is asked here), "serving".
    `calls` counts the calls of `ticket` at this window: a screen flashes and a voice speaks when
    (visit, calls) changes. `waiting` counts the tickets this window could call.
    """

    window: Name
    label: Annotated[str, Meta(max_length=16, description="as citizens read it, e.g. 12")]
    phase: Phase
    name: Text = ""
    name_en: Text = ""
    clerk: Annotated[str, Meta(max_length=16)] = ""
    reason: Text = ""
    visit: str = ""
    ticket: str = ""
    service: Text = ""
    service_en: Text = ""
    called_ms: UnixMs = 0
    calls: Count = 0
    waiting: Count = 0
    rating: RatingAsk | None = None


class QueueState(State, frozen=True):
    """One queue, whole. A wait is told as a range; `wait_high_s` 0 means that nobody can say.

    `last` is the number that was issued last, or left out: "" for none yet.
    """

    queue: Name
    name: Text
    name_en: Text = ""
    waiting: Count = 0
    wait_low_s: Seconds = 0
    wait_high_s: Seconds = 0
    issuing: bool = True
    windows_open: Count = 0
    last: Annotated[str, Meta(max_length=8)] = ""


class BoardCall(Struct, frozen=True):
    """One line of the hall board."""

    visit: Visit
    ticket: Number
    label: str
    called_ms: UnixMs
    calls: Count
    queue: Name


class BoardState(State, frozen=True):
    """The last calls, newest first, at most 20: a screen that missed one still shows it."""

    calls: tuple[BoardCall, ...] = ()
