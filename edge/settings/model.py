"""A site as written in its TOML file: one frozen Struct a table, every number bounded, units in names.

Defaults are those of a small hall. Nothing here refers to anything else by more than an id;
`edge.settings.checks` looks whether the ids exist; `edge.settings.build` makes of it what its nodes need,
and `edge.settings.catalogue` what the hall needs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from devices.line_settings import LineSettings
from edge.settings.people import People
from edge.settings.values import (
    Digits,
    Filename,
    Id,
    IdOrNothing,
    Label,
    Prefix,
    Sentence,
    Span,
    TimeOfDay,
    Title,
    TitleOrNothing,
    meaning,
)

Spans = Annotated[tuple[Span, ...], Meta(max_length=6)]
Ids = Annotated[tuple[Id, ...], Meta(max_length=200)]


class SiteTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[site]`: the place."""

    id: Annotated[Id, meaning("stands in every topic of the hall")]
    name: Annotated[Title, meaning("Chinese name, as on tickets and boards")]
    name_en: Annotated[TitleOrNothing, meaning("English name")] = ""
    coordinator: Annotated[Id, meaning("id of the node that owns the queue")]
    language: Annotated[Literal["zh", "en"], meaning("the language said and shown first")] = "zh"


class Broker(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[broker]`: where the nodes of the hall meet.

    Files are read on each node from its own disk: one path, and another key behind it on each.
    """

    host: Annotated[str, Meta(min_length=1, max_length=253), meaning("name or address")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65_535), meaning("TCP port")] = 1883
    embedded: Annotated[
        bool, meaning("the coordinator's node starts a broker itself, for nodes on the same machine")
    ] = False
    protocol: Annotated[
        Literal["auto", "3.1.1", "5"], meaning("MQTT version; auto = 5 where the broker knows it")
    ] = "auto"
    username: Annotated[str, Meta(max_length=64), meaning("empty = no log-in")] = ""
    password_file: Annotated[
        Filename, meaning("file with the password in its first line; it never stands here")
    ] = ""
    ca_file: Annotated[
        Filename,
        meaning("PEM file of the CA that signs the broker's certificate; with it the connection is TLS"),
    ] = ""
    certificate_file: Annotated[
        Filename, meaning("PEM file of this node's own certificate, where the broker asks for one")
    ] = ""
    key_file: Annotated[Filename, meaning("PEM file of its private key, for the service's user alone")] = ""
    keepalive_s: Annotated[
        int, Meta(ge=2, le=600), meaning("a silent node is told as lost after one and a half of this")
    ] = 15


class Standby(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[standby]`: a second node that holds a copy of the coordinator's journal and can take its place.

    It brings its own broker, which knows the same users, speaks the same version as the first, and has its
    certificate from a CA in the same `ca_file`. All nodes must reach both.
    """

    node: Annotated[Id, meaning("id of the node that can take the coordinator's place")]
    host: Annotated[str, Meta(min_length=1, max_length=253), meaning("name or address of its broker")]
    port: Annotated[int, Meta(ge=1, le=65_535), meaning("TCP port of its broker")] = 1883


class Hours(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[hours]`: when the hall is open. A day's own key goes before `weekdays` and `weekend`.

    With no day given at all, the hall is always open.
    """

    weekdays: Annotated[Spans, meaning("Monday to Friday")] = ()
    weekend: Annotated[Spans, meaning("Saturday and Sunday")] = ()
    monday: Annotated[Spans | None, meaning("only this day")] = None
    tuesday: Annotated[Spans | None, meaning("only this day")] = None
    wednesday: Annotated[Spans | None, meaning("only this day")] = None
    thursday: Annotated[Spans | None, meaning("only this day")] = None
    friday: Annotated[Spans | None, meaning("only this day")] = None
    saturday: Annotated[Spans | None, meaning("only this day")] = None
    sunday: Annotated[Spans | None, meaning("only this day")] = None
    stop_issue_min: Annotated[
        int, Meta(ge=0, le=480), meaning("no new numbers in the last minutes of the day")
    ] = 0
    day_starts: Annotated[TimeOfDay, meaning("when a new business day begins")] = "00:00"
    utc_offset_min: Annotated[int, Meta(ge=-840, le=840), meaning("local time minus UTC")] = 480


class Order(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[order]`: who is next."""

    rule: Annotated[
        Literal["accumulating", "alternating"],
        meaning("accumulating: highest rate x wait; alternating: turns between classes"),
    ] = "accumulating"
    alternate: Annotated[
        int, Meta(ge=1, le=20), meaning("alternating: so many faster ones, then one of the slowest class")
    ] = 3
    longest_wait_min: Annotated[
        int, Meta(ge=0, le=1440), meaning("who waited longer goes first, whatever the class; 0 = no bound")
    ] = 0
    recall_missed: Annotated[bool, meaning("a missed number may be called again by number")] = True


class Appointments(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[appointments]`: who checks in within this time is served as one of `priority_class`."""

    priority_class: Annotated[IdOrNothing, meaning("empty = no class of their own")] = ""
    early_min: Annotated[int, Meta(ge=0, le=480), meaning("so long before the hour")] = 30
    late_min: Annotated[int, Meta(ge=0, le=480), meaning("so long after the hour; later is a walk-in")] = 15


class Tickets(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[tickets]`: what stands on every ticket besides its number."""

    qr: Annotated[
        str,
        Meta(max_length=200),
        meaning("text of the QR code; {site}, {visit} and {number} are filled in; empty = no code"),
    ] = ""


class Alone(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[alone]`: numbers that ticket machines give while the coordinator does not answer.

    They have letters of their own, one node's unlike another's, which `hall check` tells.
    """

    numbers: Annotated[
        int,
        Meta(ge=0, le=5000),
        meaning("numbers a node with ticket machines holds in reserve; 0 = its machines refuse instead"),
    ] = 400
    block: Annotated[
        int,
        Meta(ge=10, le=100),
        meaning("numbers opened at once: a node that lost its power goes on up to two blocks further"),
    ] = 20
    first: Annotated[
        int,
        Meta(ge=1, le=9000),
        meaning("the first of them: high enough that digits typed on a keypad mean no other ticket"),
    ] = 501


class Screens(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[screens]`: boards and strips."""

    stale_s: Annotated[
        int,
        Meta(ge=2, le=3600),
        meaning("so long without a coordinator, and boards and strips say how old their state is"),
    ] = 15


class PriorityClass(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[priority_classes]]`: a class of citizens. Without any, there is "ordinary" alone."""

    id: Annotated[Id, meaning('"ordinary" is the class of everybody without a claim')]
    name: Annotated[Title, meaning("Chinese name")]
    name_en: Annotated[TitleOrNothing, meaning("English name")] = ""
    rate: Annotated[
        float,
        Meta(ge=0.1, le=100),
        meaning("4 = a minute of waiting counts as four: about a quarter of the wait when it is busy"),
    ] = 1.0
    code: Annotated[Digits, meaning("digits to type on a ticket machine with keys; empty = not there")] = ""


class Department(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[departments]]`: an authority with services in this hall."""

    id: Annotated[Id, meaning("named by services")]
    name: Annotated[Title, meaning("Chinese name")]
    name_en: Annotated[TitleOrNothing, meaning("English name")] = ""


class Queue(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[queues]]`: a waiting line with its own numbers."""

    id: Annotated[Id, meaning("named by services and windows")]
    name: Annotated[Title, meaning("Chinese name")]
    name_en: Annotated[TitleOrNothing, meaning("English name")] = ""
    prefix: Annotated[Prefix, meaning("letters before the number; differs between queues")]
    digits: Annotated[int, Meta(ge=1, le=5), meaning("at least so many digits: 3 gives A001")] = 3
    first: Annotated[int, Meta(ge=1, le=99_999), meaning("number of the first ticket")] = 1
    reset: Annotated[
        Literal["daily", "carry"], meaning("daily: from `first` each day; carry: goes on over days")
    ] = "daily"
    daily_limit: Annotated[int, Meta(ge=0, le=100_000), meaning("numbers a day; 0 = no limit")] = 0
    overnight: Annotated[
        Literal["discard", "keep"], meaning("what becomes of those who still wait when the day changes")
    ] = "discard"


class Service(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[services]]`: what citizens come for (事项)."""

    id: Annotated[Id, meaning("named by devices, rules and records")]
    name: Annotated[Title, meaning("Chinese name, as on the ticket")]
    name_en: Annotated[TitleOrNothing, meaning("English name")] = ""
    queue: Annotated[Id, meaning("id of the queue it joins")]
    department: Annotated[IdOrNothing, meaning("id of its department")] = ""
    code: Annotated[Digits, meaning("digits to type on a ticket machine with keys; empty = not there")] = ""
    service_min: Annotated[
        float, Meta(ge=0.1, le=480), meaning("expected service time until enough visits were measured")
    ] = 8.0
    accepted: Annotated[bool, meaning("comprehensive windows may take it (综窗受理)")] = False


class Window(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[windows]]`: a counter."""

    id: Annotated[Id, meaning("named by devices")]
    label: Annotated[Label, meaning('as citizens read it: "12"')]
    name: Annotated[TitleOrNothing, meaning("Chinese name, shown while no number is called")] = ""
    name_en: Annotated[TitleOrNothing, meaning("English name")] = ""
    queues: Annotated[Ids, meaning("queues it calls from")] = ()
    comprehensive: Annotated[bool, meaning("takes any accepted service besides (综窗)")] = False
    rates_items: Annotated[bool, meaning("asks one rating an item, not only one a visit (一事一评)")] = False


class Notice(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[notices]]`: a line for the hall boards."""

    text: Annotated[str, Meta(min_length=1, max_length=400), meaning("Chinese")]
    text_en: Annotated[Sentence, meaning("English")] = ""


class Node(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[nodes]]`: one small computer, one process."""

    id: Annotated[Id, meaning("what `hall node --node` is given")]
    name: Annotated[TitleOrNothing, meaning("where it is, for the technician")] = ""


class Port(LineSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[ports]]`: what devices hang on. Real or simulated is its URL and nothing else.

    The keys about bytes matter to serial ports and `socket://` alone.
    """

    id: Annotated[Id, meaning("named by devices")]
    node: Annotated[Id, meaning("id of the node it is plugged into")]
    url: Annotated[str, Meta(min_length=1, max_length=200), meaning("where it is; see the table of URLs")]


class DeviceHead(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[devices]]`: one piece of equipment. These keys are common; its kind adds its own."""

    id: Annotated[Id, meaning("its name in topics and logs")]
    kind: Annotated[str, Meta(min_length=1, max_length=32), meaning("what it is; see the kinds below")]
    port: Annotated[Id, meaning("id of the port it hangs on")]
    window: Annotated[IdOrNothing, meaning("the window it stands at")] = ""
    printer: Annotated[
        IdOrNothing, meaning("where its tickets come out: a device's id; empty = the one printer of its node")
    ] = ""
    windows: Annotated[Ids, meaning("board, announcer: windows it serves; none = all")] = ()
    queues: Annotated[Ids, meaning("board: queues it shows; none = all")] = ()
    dialect: Annotated[str, Meta(max_length=32), meaning("its bytes; empty = its kind's usual")] = ""


class Device(DeviceHead, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A device with the settings Struct of its kind. `dialect` is always filled in."""

    settings: Struct


class Site(Struct, frozen=True, kw_only=True):
    """A site file that has no errors."""

    site: SiteTable
    broker: Broker = Broker()
    standby: Standby | None = None
    hours: Hours = Hours()
    order: Order = Order()
    appointments: Appointments = Appointments()
    tickets: Tickets = Tickets()
    alone: Alone = Alone()
    screens: Screens = Screens()
    priority_classes: tuple[PriorityClass, ...] = ()
    departments: tuple[Department, ...] = ()
    queues: tuple[Queue, ...]
    services: tuple[Service, ...]
    windows: tuple[Window, ...]
    notices: tuple[Notice, ...] = ()
    nodes: tuple[Node, ...]
    ports: tuple[Port, ...]
    devices: tuple[Device, ...]
    people: People = People()
