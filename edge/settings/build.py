"""What a node needs, made from a site."""

from __future__ import annotations

from msgspec import Struct

from edge.hall import calendar
from edge.settings.model import Device, Hours, Node, Port, PriorityClass, Site
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


def code_text(site: Site, visit: str, number: str) -> str:
    """The text of a ticket's code; "" for none."""
    form = site.tickets.qr
    return form.format(site=site.site.id, visit=visit, number=number)[:200] if form else ""


def hours_of(hours: Hours) -> calendar.Hours:
    """The hours as the rules read them."""
    return calendar.Hours(
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
