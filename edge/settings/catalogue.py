"""The hall's catalogue, made from a site: what the rules read."""

from __future__ import annotations

from edge.hall import catalogue as hall
from edge.hall.reserve import series_of
from edge.settings.build import ORDINARY, hours_of
from edge.settings.kinds import KINDS
from edge.settings.model import PriorityClass, Queue, Service, Site, Window


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
