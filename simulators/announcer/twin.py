"""A loudspeaker that is told its sounds as WAV files in a folder: it plays each that arrives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from simulators.faults import Faults
from simulators.folder_twin import FolderTwin
from simulators.trouble import switch

_SAYS_NOTHING = "a loudspeaker hears nothing and answers nothing; unplug and refuse are a sound card's"


class SpeakerTwin(FolderTwin):
    """`last` is the file that was heard last, "" before the first; `sounds` counts those heard,
    `unheard` those that came while it was silent.
    """

    kind = "announcer"
    TROUBLES: ClassVar = {**FolderTwin.TROUBLES, "silent": switch("silent")}
    CANNOT: ClassVar = {
        **dict.fromkeys(("garbled", "cut_frame", "noise", "no_ack", "busy"), _SAYS_NOTHING),
        "power_off": "without power it is silent, and nobody learns more of it",
        "stuck_key": "it has no keys",
        "wrong_address": "it has no address",
    }

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, folder)
        self.faults = Faults()
        self.sounds = self.unheard = 0
        self.last = ""

    @property
    def face(self) -> str:
        if not self.is_plugged:
            return "(未接线)"
        return f"♪ {Path(self.last).stem}" if self.last else "♪"

    def look(self) -> dict[str, Any]:
        return {"sounds": self.sounds, "unheard": self.unheard, "last": self.last, "plugged": self.is_plugged}

    def file(self, name: str) -> Path:
        """Where one of its sounds is."""
        return self.wire.files / name

    def _heard(self, path: Path) -> Callable[[], None] | None:
        return partial(self._play, path.name) if path.suffix == ".wav" else None

    def _play(self, name: str) -> None:
        if self.faults.silent:
            self.unheard += 1
        else:
            self.last = name
            self.sounds += 1
