"""What people type, and what it stands for: looked up in the site file in force."""

from __future__ import annotations

import logging
import time

from edge.settings.build import ORDINARY
from edge.settings.load import parse_site
from edge.settings.model import Queue, Service, Site
from edge.settings.problems import SettingsError
from mqtt_bridge.messages import SiteState

log = logging.getLogger("hall.node")

WINDOWS_MOST = 400
"""Characters of the windows on a ticket in the contract."""


class Directory:
    """Window labels, service codes and class codes of one site file. Lookups answer "" for nothing."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._windows = {window.label: window.id for window in site.windows}
        self._services = {service.code: service.id for service in site.services if service.code}
        self._service_named = {service.id: service for service in site.services}
        self._queue_named = {queue.id: queue for queue in site.queues}
        self._class_names = {one.id: one.name for one in site.priority_classes or (ORDINARY,)}
        self._classes = {one.code: one.id for one in site.priority_classes if one.code}
        self._queues = {str(place): queue.id for place, queue in enumerate(site.queues, start=1)}

    @property
    def language(self) -> str:
        """The language said and shown first."""
        return self.site.site.language

    def window(self, label: str) -> str:
        """Id of the window that citizens know as `label`; leading zeros do not matter."""
        return self._windows.get(label) or self._windows.get(label.lstrip("0"), "")

    def service(self, code: str) -> str:
        """Id of the service with this code."""
        return self._services.get(code, "")

    def queue(self, word: str) -> str:
        """Id of a queue: its own id, or its place in the site file, counted from 1."""
        return word if word in self._queues.values() else self._queues.get(word.lstrip("0"), "")

    def queue_of(self, service: str) -> str:
        """Id of the queue a service joins."""
        found = self._service_named.get(service)
        return found.queue if found else ""

    def service_named(self, service: str) -> Service | None:
        """The service with this id."""
        return self._service_named.get(service)

    def queue_named(self, queue: str) -> Queue:
        """The queue with this id, which the file has."""
        return self._queue_named[queue]

    def class_name(self, priority: str) -> str:
        """The name of the priority class with this id."""
        return self._class_names.get(priority, "")

    def windows_for(self, service: Service) -> str:
        """Labels of the windows that may serve it, as a ticket says them."""
        able = (
            window.label
            for window in self.site.windows
            if service.queue in window.queues or (window.comprehensive and service.accepted)
        )
        return "、".join(able)[:WINDOWS_MOST]

    def priority(self, code: str) -> str:
        """Id of the priority class with this code."""
        return self._classes.get(code, "")

    @property
    def hours_zh(self) -> str:
        """Opening hours of a weekday, as a board says them; empty for a hall that is always open."""
        spans = "、".join(self.site.hours.weekdays)
        return f"周一至周五 {spans}" if spans else ""

    @property
    def hours_en(self) -> str:
        """The same in English."""
        spans = ", ".join(self.site.hours.weekdays)
        return f"Monday to Friday {spans}" if spans else ""

    def local_time(self, unix_ms: int, form: str = "%Y-%m-%d %H:%M") -> str:
        """Hall time as people of this place read it."""
        return time.strftime(form, time.gmtime(unix_ms / 1000 + self.site.hours.utc_offset_min * 60))


class KnownSite:
    """The site file in force, as a node knows it: the one on its disk, until it hears of another."""

    def __init__(self, toml: str, site: Site) -> None:
        """`toml` is the text of `site`."""
        self._toml = toml
        self.directory = Directory(site)

    def hear(self, state: SiteState) -> None:
        """What the coordinator says is in force; a file that is not understood here changes nothing."""
        if state.toml == self._toml:
            return
        self._toml = state.toml
        try:
            self.directory = Directory(parse_site(state.toml, "the site file in force"))
        except SettingsError as error:
            log.error("site file %d is in force, and not understood here: %s", state.site_version, error)
        else:
            log.info("site file %d in force", state.site_version)
