"""How often a node was started lately without having been stopped: a few bytes beside its journal.

A service manager starts a node that broke down again and again, for ever. When that happens too often the
node says so, instead of seeming well in between.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

STARTS_MOST = 4
"""More unclean ends in a row than bad luck with the mains explains."""
WITHIN_S = 600.0


class Starts:
    """`note` at each start, `clean_end` when stopped. A file that cannot be kept counts nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._times_s: list[float] = []

    def note(self, now_s: float) -> None:
        """Started at hall time `now_s`. Times kept that come after it are of a clock that was wrong."""
        self._times_s = [at_s for at_s in self._read() if now_s - WITHIN_S <= at_s <= now_s]
        self._times_s.append(now_s)
        with contextlib.suppress(OSError):
            self._path.write_text(
                "\n".join(str(int(at_s)) for at_s in self._times_s[-100:]), encoding="ascii"
            )

    def clean_end(self) -> None:
        """Stopped as it should be."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    @property
    def trouble(self) -> str:
        """A sentence when there were too many."""
        ends = len(self._times_s) - 1
        if ends < STARTS_MOST:
            return ""
        return f"broke down {ends} times within {WITHIN_S / 60:.0f} minutes: its log says why"

    def _read(self) -> list[float]:
        try:
            return [float(word) for word in self._path.read_text(encoding="ascii").split()]
        except (OSError, ValueError):
            return []
