"""What people type, and what it stands for: looked up in the site file in force."""

from __future__ import annotations

import time

from edge.settings.model import Site


class Directory:
    """Window labels, service codes and class codes of one site file. Lookups answer "" for nothing."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._windows = {window.label: window.id for window in site.windows}
        self._services = {service.code: service.id for service in site.services if service.code}
        self._queue_of = {service.id: service.queue for service in site.services}
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
        return self._queue_of.get(service, "")

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
