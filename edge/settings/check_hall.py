"""Checks of the hall itself: who serves whom, opening hours, classes, texts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from string import Formatter

from msgspec import Struct

from display.fonts import missing_in_text
from edge.settings.draft import Draft, Row
from edge.settings.model import (
    Alone,
    Broker,
    Hours,
    Notice,
    PriorityClass,
    Queue,
    Service,
    SiteTable,
    Standby,
    Tickets,
    Window,
)
from edge.settings.people import People
from edge.settings.values import seconds_of_day, span_seconds
from mqtt_bridge.settings import PLAIN_PORT, TLS_PORT

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
QR_FIELDS = ("site", "visit", "number")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
NOTICES_BYTES = 12 * 1024  # the hall's state holds all of them and is a small message
TICKET_CHARACTERS = 40  # two lines of Chinese on 80 mm paper; the rest of a longer name is cut off


def check_hall(draft: Draft) -> None:
    """Say what does not fit together in the hall."""
    _served(draft)
    _numbers(draft)
    _classes(draft)
    _hours(draft)
    _tickets(draft)
    _alone(draft)
    _broker(draft)
    _standby(draft)
    _arrivals(draft)
    _notices(draft)
    _texts(draft)


def _served(draft: Draft) -> None:
    """Each window has work and each queue and service somebody to do it."""
    for row in draft.rows("windows", Window):
        if not row.value.queues and not row.value.comprehensive and draft.sound(row):
            hint = "give it queues = [...] or comprehensive = true"
            draft.reader.say(row.path, row.where, "nobody is served here", hint)
    if not draft.clear("windows", "queues", "comprehensive"):
        return
    if not draft.clear("services", "queue", "accepted"):
        return
    windows = draft.raw.get("windows", [])
    listed = {name for window in windows for _, name in window.words("queues")}
    comprehensive = any(window.is_set("comprehensive") for window in windows)
    for queue in draft.rows("queues", Queue):
        if queue.value.id not in listed:
            _unlisted_queue(draft, queue, comprehensive)


def _unlisted_queue(draft: Draft, queue: Row[Queue], comprehensive: bool) -> None:
    """A queue that no window names: comprehensive windows may still take all of its services."""
    services = [row for row in draft.rows("services", Service) if row.value.queue == queue.value.id]
    if not comprehensive or not services:
        hint = "name it in the queues of a window"
        draft.reader.say(queue.path, queue.where, "no window serves it", hint)
        return
    for row in services:
        if not row.value.accepted:
            what = f'no window serves it: none names its queue "{queue.value.id}"'
            draft.reader.say(row.path, row.where, what, "accepted = true lets comprehensive windows take it")


def _numbers(draft: Draft) -> None:
    for row in draft.rows("queues", Queue):
        largest = 10**row.value.digits - 1
        if row.value.first > largest:
            what = f"first is {row.value.first}, but {row.value.digits} digits end at {largest}"
            draft.reader.say((*row.path, "first"), row.where, what, "give it more digits")
        if row.value.overnight == "keep" and row.value.reset == "daily":
            what = "numbers are kept overnight, but the next day's begin again"
            hint = 'two people may hold the same one: reset = "carry"'
            draft.reader.say((*row.path, "overnight"), row.where, what, hint, "warning")
    queues_in_use = {row.value.queue for row in draft.rows("services", Service)}
    for row in draft.rows("queues", Queue):
        if row.value.id not in queues_in_use and draft.all_sound("services"):
            what = "no service joins it"
            draft.reader.say(row.path, row.where, what, "only transfers reach it", "warning")


def _classes(draft: Draft) -> None:
    classes = list(draft.rows("priority_classes", PriorityClass))
    known = draft.ids.get("priority_classes", [])
    if classes and "ordinary" not in known and draft.all_sound("priority_classes"):
        what = 'needs a class "ordinary"'
        draft.reader.say(
            ("priority_classes",), "[[priority_classes]]", what, "it is everybody without a claim"
        )


def _hours(draft: Draft) -> None:
    row = draft.only("hours", Hours)
    if row is None:
        return
    for day in ("weekdays", "weekend", *DAYS):
        _spans(draft, row, day)


def _spans(draft: Draft, row: Row[Hours], day: str) -> None:
    spans = getattr(row.value, day) or ()
    path = (*row.path, day)
    for at, text in enumerate(spans):
        opens, closes = span_seconds(text)
        if opens >= closes:
            draft.reader.say((*path, at), row.where, f'{day}: "{text}" ends before it begins')
    for at, (before, after) in enumerate(pairwise(spans)):
        if span_seconds(after)[0] < span_seconds(before)[1]:
            what = f'{day}: "{after}" begins before "{before}" ends'
            draft.reader.say((*path, at + 1), row.where, what, "spans stand in order and do not overlap")


def _tickets(draft: Draft) -> None:
    row = draft.only("tickets", Tickets)
    if row is None:
        return
    path = (*row.path, "qr")
    try:
        fields = [name for _, name, _, _ in Formatter().parse(row.value.qr) if name is not None]
    except ValueError:
        draft.reader.say(path, row.where, 'qr: a "{" or "}" stands alone', "write {{ for a brace itself")
        return
    for name in fields:
        if name not in QR_FIELDS:
            draft.reader.say(
                path, row.where, f"qr: unknown {{{name}}}", "known are {site}, {visit}, {number}"
            )


def _alone(draft: Draft) -> None:
    row = draft.only("alone", Alone)
    if row is not None and 0 < row.value.numbers < row.value.block:
        what = f"numbers is {row.value.numbers}, but one block has {row.value.block}"
        hint = "a node is given whole blocks: raise it, or write 0 where machines shall refuse"
        draft.reader.say((*row.path, "numbers"), row.where, what, hint)


def _broker(draft: Draft) -> None:
    row = draft.only("broker", Broker)
    if row is None:
        return
    if row.value.embedded and row.value.host not in LOOPBACK:
        what = f'embedded, but host is "{row.value.host}": the embedded broker is for this machine alone'
        draft.reader.say((*row.path, "host"), row.where, what, "run Mosquitto for nodes on other machines")
    if row.value.password_file and not row.value.username:
        draft.reader.say((*row.path, "password_file"), row.where, "a password without a username")
    _own_certificate(draft, row)
    if row.value.embedded and row.value.ca_file:
        what = "embedded, but ca_file is given: the embedded broker speaks no TLS, and needs none"
        draft.reader.say((*row.path, "ca_file"), row.where, what, "take it out, or run Mosquitto")
    else:
        _tls_port(draft, row, row.value)


def _own_certificate(draft: Draft, row: Row[Broker]) -> None:
    """Both files or neither, and only where the broker is verified too."""
    given = [key for key in ("certificate_file", "key_file") if getattr(row.value, key)]
    path = (*row.path, *given[:1])
    if len(given) == 1:
        what = f"{given[0]} without {'key_file' if given[0] == 'certificate_file' else 'certificate_file'}"
        draft.reader.say(path, row.where, what, "a certificate and its private key go together")
    elif given and not row.value.ca_file:
        what = "a certificate of this node's own, but no ca_file to know the broker by"
        draft.reader.say(path, row.where, what, "name the CA that signs the broker's")


def _tls_port(draft: Draft, row: Row[Broker] | Row[Standby], broker: Broker) -> None:
    """A TLS port without a CA would be verified by nobody, and is refused."""
    path = (*row.path, "port")
    if row.value.port == TLS_PORT and not broker.ca_file:
        what = f"port {TLS_PORT} is that of TLS, but [broker] has no ca_file: nobody would verify the broker"
        draft.reader.say(path, row.where, what, "name the CA that signs its certificate")
    elif row.value.port == PLAIN_PORT and broker.ca_file:
        what = f"ca_file asks for TLS, but port {PLAIN_PORT} is that of brokers without"
        draft.reader.say(path, row.where, what, f"TLS is usually on {TLS_PORT}", "warning")


def _standby(draft: Draft) -> None:
    """A standby is another node than the coordinator, with another broker than the hall's."""
    row, site = draft.only("standby", Standby), draft.only("site", SiteTable)
    if row is None:
        return
    if site is not None and row.value.node == site.value.coordinator:
        what = f'node "{row.value.node}" is the coordinator itself'
        draft.reader.say((*row.path, "node"), row.where, what, "name a node on another machine")
    found = draft.only("broker", Broker)
    broker = found.value if found else Broker()
    if broker.embedded:
        what = "the hall's broker is embedded: the standby's machine cannot reach it"
        draft.reader.say(row.path, row.where, what, "run Mosquitto on both machines, embedded = false")
    elif (row.value.host, row.value.port) == (broker.host, broker.port):
        what = f"{broker.host}:{broker.port} is the hall's own broker"
        draft.reader.say((*row.path, "host"), row.where, what, "a standby brings a broker of its own")
    _tls_port(draft, row, broker)


def _arrivals(draft: Draft) -> None:
    row = draft.only("people", People)
    steps = row.value.arrivals if row else ()
    for at, (before, after) in enumerate(pairwise(steps)):
        if seconds_of_day(after.at) <= seconds_of_day(before.at):
            what = f'arrivals: "{after.at}" comes after "{before.at}"'
            draft.reader.say(
                ("people", "arrivals", at + 1, "at"), "[people]", what, "put them in order of time"
            )


def _notices(draft: Draft) -> None:
    """All notices together must fit into one message."""
    size = 0
    for row in draft.rows("notices", Notice):
        size += len(f"{row.value.text}{row.value.text_en}".encode()) + 32
        if size > NOTICES_BYTES:
            what = f"the notices down to this one are longer than {NOTICES_BYTES // 1024} KiB together"
            draft.reader.say(row.path, row.where, what, "shorten some, or take some out")
            return


def _texts(draft: Draft) -> None:
    """Names that cannot be drawn, or only in part."""
    for row, key, text in _drawn(draft):
        if missing := sorted(missing_in_text(text)):
            what = f'{key}: the font has no "{"".join(missing[:8])}"'
            draft.reader.say((*row.path, key), row.where, what, "it is shown as □", "warning")
    for service in draft.rows("services", Service):
        if len(service.value.name) > TICKET_CHARACTERS:
            what = f"name has {len(service.value.name)} characters; a ticket shows {TICKET_CHARACTERS}"
            draft.reader.say((*service.path, "name"), service.where, what, "shorten it", "warning")


def _drawn(draft: Draft) -> Iterator[tuple[Row[Struct], str, str]]:
    for table in ("site", "priority_classes", "departments", "queues", "services", "windows", "notices"):
        for row in draft.rows(table, Struct):
            for key in ("name", "name_en", "label", "text", "text_en"):
                if text := getattr(row.value, key, ""):
                    yield row, key, text
