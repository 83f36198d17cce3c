"""From one announcement to one sound: chime, then the sentence in each language, repeated as set.

A word of the sentence without a clip is left out. A sentence that would lack a part of the *number* or
of the *window* is left out whole: a wrong number is worse than none, and the chime turns the eyes to
the screens.
"""

from __future__ import annotations

from array import array
from typing import Final, NamedTuple

from devices.announcer import phrases
from devices.announcer.messages import Announce, Language, Outcome
from devices.announcer.settings import AnnouncerSettings
from devices.announcer.wave_join import ClipFolder, ClipUnfitError, silence

AFTER_CHIME_S: Final = 0.25
AFTER_SENTENCE_S: Final = 0.35


class Composed(NamedTuple):
    """A sound, what it will have been when it was heard ("spoken" or "chimed"), and faults in words."""

    sound: array[int]
    outcome: Outcome
    faults: tuple[str, ...]


class Composer:
    """Joins clips as the settings say."""

    def __init__(self, settings: AnnouncerSettings) -> None:
        self._settings = settings
        self._folder = ClipFolder(settings.clips_dir, settings.volume_pct)
        self._folder.made_chime()  # now: the first call should not wait for it

    def fault_at_start(self) -> str:
        """What is wrong with the folder of clips as a whole; empty when nothing is."""
        if any(self._folder.names(language) for language in self._settings.languages):
            return ""
        where = self._settings.clips_dir or "(clips_dir is not set)"
        return f"no voice clips in {where}: only a chime is heard. `hall voice` makes a set of clips"

    def compose(self, announce: Announce) -> Composed:
        """Never raises: unfit clips are missing clips, and told in `faults`."""
        faults: list[str] = []
        parts = [
            sound
            for language in announce.languages or self._settings.languages
            if (sound := self._sentence(language, announce, faults))
        ]
        spoken = array("h")
        for _ in range(self._settings.repeats):
            for part in parts:
                spoken += part + silence(AFTER_SENTENCE_S)
        chime = self._chime(faults) if self._settings.chime or not parts else array("h")
        return Composed(chime + spoken, "spoken" if parts else "chimed", tuple(dict.fromkeys(faults)))

    def _sentence(self, language: Language, announce: Announce, faults: list[str]) -> array[int]:
        have = self._folder.names(language)
        if not have:
            return array("h")
        settings = self._settings
        template = settings.template(language)
        words = phrases.sentence(language, template, announce.ticket, announce.label, yao=settings.yao)
        picked = phrases.pick(language, words, have)
        if picked.missing:
            faults.append(f"no {language} clip says {', '.join(dict.fromkeys(picked.missing))}")
        return self._joined(language, picked, faults) if picked.whole else array("h")

    def _joined(self, language: Language, picked: phrases.Picked, faults: list[str]) -> array[int]:
        """The clips end to end; nothing at all when one of them is unfit, since it may be a digit."""
        sound = array("h")
        try:
            for name in picked.clips:
                sound += self._folder.clip(language, name)
        except ClipUnfitError as error:
            faults.append(str(error))
            return array("h")
        return sound

    def _chime(self, faults: list[str]) -> array[int]:
        try:
            sound = self._folder.chime()
        except ClipUnfitError as error:
            faults.append(str(error))
            sound = self._folder.made_chime()
        return sound + silence(AFTER_CHIME_S)
