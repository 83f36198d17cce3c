"""The site file in force: the one on disk, or a newer one that was applied while the hall ran."""

from __future__ import annotations

import logging

from edge.answers import refusal
from edge.hall.catalogue import Catalogue
from edge.hall.refusals import Refused
from edge.settings.build import code_text
from edge.settings.catalogue import catalogue_of
from edge.settings.changes import changes
from edge.settings.load import parse_site
from edge.settings.model import Site
from edge.settings.problems import SettingsError

log = logging.getLogger("hall.coordinator")

APPLIED = "the file sent"


class SiteInForce:
    """Text and meaning of the site file. `toml` is the text on disk at start."""

    def __init__(self, toml: str, site: Site) -> None:
        self._disk = toml
        self.toml = toml
        self.site = site

    def at_start(self, kept: str, known: Catalogue) -> tuple[Catalogue, str] | None:
        """What to put in force at start: nothing, or a catalogue and the text to keep with it.

        `kept` is what the journal holds: the text on disk when it was taken from there, a zero byte, and
        the text in force. A file changed on disk since then wins; else what was applied last goes on, read
        anew where another release made less, or more, of it than `known`.
        """
        disk, _, applied = kept.partition("\0")
        is_kept = kept and disk == self._disk and self._is_taken(applied)
        if is_kept and catalogue_of(self.site, known.version) == known:
            return None
        return catalogue_of(self.site, max(known.version, 0) + 1), self.kept(self.toml)

    def _is_taken(self, applied: str) -> bool:
        try:
            self.take(applied)
        except SettingsError as error:
            log.error("the site file applied last cannot be read: the one on disk is in force (%s)", error)
            return False
        return True

    def kept(self, toml: str) -> str:
        """What the journal must hold once `toml` is in force."""
        return f"{self._disk}\0{toml}"

    def check(self, toml: str, version: int) -> Catalogue:
        """The catalogue of a file that may come in force. Raises Refused, saying why not."""
        try:
            new = parse_site(toml, APPLIED)
        except SettingsError as error:
            raise _refused("site_wrong", str(error)) from error
        found = changes(self.site, new)
        if not found.can_apply:
            raise _refused("site_needs_restart", "; ".join(found.restart))
        return catalogue_of(new, version + 1)

    def take(self, toml: str) -> None:
        """`toml` is in force now; it was checked before."""
        if toml != self.toml:
            self.toml, self.site = toml, parse_site(toml, APPLIED)

    @property
    def machines(self) -> int:
        """How many devices give tickets."""
        return sum(device.kind == "printer" for device in self.site.devices)

    def qr(self, visit: str, number: str) -> str:
        """The text of a slip's code."""
        return code_text(self.site, visit, number)


def _refused(code: str, detail: str) -> Refused:
    answer = refusal("-", code, detail)
    return Refused(code, answer.text, answer.text_en)
