"""What the hall and its nodes need, made from a site."""

from __future__ import annotations

from msgspec import Struct

from edge.hall import catalogue as hall
from edge.hall.reserve import series_of
from edge.settings.kinds import KINDS
from edge.settings.model import Device, Hours, Node, Port, PriorityClass, Queue, Service, Site, Window
from edge.settings.values import seconds_of_day, span_seconds

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINARY = PriorityClass(id="ordinary", name="普通", name_en="Ordinary")


class NodePart(Struct, frozen=True, kw_only=True):
    """What one node drives. `devices` are those on `ports`, in the order of the file."""

    node: Node
    ports: tuple[Port, ...]
    devices: tuple[Device, ...]

    def on_port(self, port_id: str) -> tuple[Device, ...]:
        """The devices of one port."""
        return tuple(device for device in self.devices if device.port == port_id)


def node_part(site: Site, node_id: str) -> NodePart:
    """The ports and devices of one node. Raises KeyError for a node that the site does not have."""
    node = {one.id: one for one in site.nodes}[node_id]
    ports = tuple(port for port in site.ports if port.node == node_id)
    plugged = {port.id for port in ports}
    devices = tuple(device for device in site.devices if device.port in plugged)
    return NodePart(node=node, ports=ports, devices=devices)


def catalogue_of(site: Site, version: int) -> hall.Catalogue:
    """The hall's catalogue. A service's `department` becomes the department's Chinese name."""
    departments = {one.id: one.name for one in site.departments}
    return hall.Catalogue(
        version=version,
        services={one.id: _service(one, departments) for one in site.services},
        queues={one.id: _queue(one) for one in site.queues},
        windows={one.id: _window(one) for one in site.windows},
        classes={one.id: _class(one) for one in site.priority_classes or (ORDINARY,)},
        order=_order(site),
        hours=hours_of(site.hours),
        appointments=_appointments(site),
        notices=tuple(hall.HallNotice(one.text, one.text_en) for one in site.notices),
        recall_missed=site.order.recall_missed,
        alone=_alone(site),
    )


def _alone(site: Site) -> hall.Alone:
    own = site.alone
    return hall.Alone(series=series(site), numbers=own.numbers, block=own.block, first=own.first)


def series(site: Site) -> dict[str, str]:
    """The letters of numbers that a node gives alone, by node: of each with a ticket machine.

    A node without devices is somebody else's, and may have one.
    """
    nodes = {port.id: port.node for port in site.ports}
    has_device = {nodes[device.port] for device in site.devices}
    takes = {nodes[one.port] for one in site.devices if KINDS[one.kind].takes(one.settings)}
    able = [node.id for node in site.nodes if node.id in takes or node.id not in has_device]
    return series_of(able, [queue.prefix for queue in site.queues])


def code_text(site: Site, visit: str, number: str) -> str:
    """The text of a ticket's code; "" for none."""
    form = site.tickets.qr
    return form.format(site=site.site.id, visit=visit, number=number)[:200] if form else ""


def _service(one: Service, departments: dict[str, str]) -> hall.Service:
    return hall.Service(
        id=one.id,
        name=one.name,
        queue=one.queue,
        name_en=one.name_en,
        department=departments.get(one.department, ""),
        code=one.code,
        service_s=one.service_min * 60,
        accepted=one.accepted,
    )


def _queue(one: Queue) -> hall.Queue:
    number = hall.NumberFormat(prefix=one.prefix, digits=one.digits, first=one.first, reset=one.reset)
    return hall.Queue(
        id=one.id,
        name=one.name,
        number=number,
        name_en=one.name_en,
        daily_limit=one.daily_limit,
        overnight=one.overnight,
    )


def _window(one: Window) -> hall.Window:
    return hall.Window(
        id=one.id,
        label=one.label,
        name=one.name,
        name_en=one.name_en,
        queues=one.queues,
        comprehensive=one.comprehensive,
        rates_items=one.rates_items,
    )


def _class(one: PriorityClass) -> hall.PriorityClass:
    return hall.PriorityClass(id=one.id, name=one.name, rate=one.rate, name_en=one.name_en, code=one.code)


def _order(site: Site) -> hall.Order:
    longest_wait_s = site.order.longest_wait_min * 60.0
    return hall.Order(rule=site.order.rule, alternate=site.order.alternate, longest_wait_s=longest_wait_s)


def _appointments(site: Site) -> hall.Appointments:
    own = site.appointments
    return hall.Appointments(
        priority=own.priority_class, early_s=own.early_min * 60.0, late_s=own.late_min * 60.0
    )


def hours_of(hours: Hours) -> hall.Hours:
    """The hours as the rules read them."""
    return hall.Hours(
        weekly=week_of(hours),
        utc_offset_s=hours.utc_offset_min * 60.0,
        day_starts_s=float(seconds_of_day(hours.day_starts)),
        stop_issue_s=hours.stop_issue_min * 60.0,
    )


def week_of(hours: Hours) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Seven days of (open_s, close_s) from Monday; () where the file names no day."""
    week = [_spans_of(hours, at) for at in range(7)]
    if not any(week):
        return ()
    return tuple(tuple((float(a), float(b)) for a, b in map(span_seconds, spans)) for spans in week)


def _spans_of(hours: Hours, day: int) -> tuple[str, ...]:
    own: tuple[str, ...] | None = getattr(hours, DAYS[day])
    common = hours.weekdays if day < 5 else hours.weekend
    return common if own is None else own
