"""What is found after a cut: is it whole, is it what was promised, and does the product go on from there?

The files of each store are opened twice, each time from their own copy: by bare SQLite, which looks whether
they are sound and which state they hold, and by the product's own way. On every pair of states that was not
met before, an office goes on (`going_on.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from edge.hall.spans import taken_apart
from edge.journal import Journal, JournalError
from simulators.powercut.disk import Image
from simulators.powercut.going_on import After, go_on
from simulators.powercut.office import BOOT, OPENS_S
from simulators.powercut.witness import STORES, Witness, last, state_of

EMPTY = "nothing stored yet"
_VISIT = re.compile(rb"\d{8}-[A-Z]+\d+")


class Found(NamedTuple):
    """What one store's files hold. `state` is EMPTY before there were tables, "" where nobody can read it."""

    state: str
    fault: str = ""


class Examiner:
    """Opens images in `folder`, which is its own and best lies in memory."""

    def __init__(self, folder: Path, witness: Witness, boot: str = BOOT) -> None:
        """`boot`: the run of the machine in which the product goes on."""
        self._boot = boot
        self._bare, self._own = folder / "bare", folder / "own"
        for place in (self._bare, self._own):
            place.mkdir(parents=True, exist_ok=True)
        self._witness = witness
        self._places = {
            store: {state: place for place, state in enumerate(trail.states)} | {EMPTY: -1}
            for store, trail in witness.trails.items()
        }
        self._found: dict[bytes, Found] = {}
        self._after: dict[tuple[tuple[str, ...], float], After] = {}

    @property
    def distinct(self) -> int:
        """How many of the stores that were found were unlike every other."""
        return len(self._found)

    def faults(self, image: Image, cut: int) -> list[str]:
        """What is wrong with an image of a cut after `cut` operations; nothing where all promises hold."""
        found = {store: self.found(store, image) for store in STORES}
        faults = [fault for store, one in found.items() for fault in self._fault(store, one, cut)]
        states = tuple(one.state for one in found.values())
        if faults:
            return faults
        after = self._after_that(image, states, cut)
        return self._broken(after, cut) + self._alarms(after, cut)

    def _fault(self, store: str, found: Found, cut: int) -> list[str]:
        if found.fault:
            return [found.fault]
        place = self._places[store].get(found.state)
        if place is None:
            return [f"unknown: {store} holds a state that it was never in"]
        lost = self.durable(store, cut) - place
        return [f"lost: {store} is {lost} states back"] if lost > 0 else []

    def durable(self, store: str, cut: int) -> int:
        """The place of the last state that was durable for anybody outside, -1 for none."""
        told = last(self._witness.trails[store].durable, cut)
        return -1 if told is None else int(told)

    # --- a store -------------------------------------------------------------------------------------

    def found(self, store: str, image: Image) -> Found:
        """What an image holds of one store. Looked at once: most cuts leave what another left."""
        files = {name: data for name, data in image.items() if name.startswith(store)}
        digest = _digest(files)
        if digest not in self._found:
            self._found[digest] = self._examine(store, files)
        return self._found[digest]

    def _examine(self, store: str, files: Image) -> Found:
        try:
            found = self._look(store, files)
        except (apsw.Error, UnicodeDecodeError) as error:
            return Found("", f"corrupt: {error}")
        return found if found.fault else Found(found.state, self._open(store, files))

    def _look(self, store: str, files: Image) -> Found:
        lay(self._bare, files)
        db = apsw.Connection(str(self._bare / store))
        try:
            db.execute("PRAGMA locking_mode=EXCLUSIVE")
            sound = str(db.execute("PRAGMA integrity_check").get)
            if sound != "ok":
                return Found("", f"corrupt: {sound}")
            tables = db.execute("SELECT count(*) FROM sqlite_master").get
            return Found(state_of(db) if tables else EMPTY)
        finally:
            db.close()

    def _open(self, store: str, files: Image) -> str:
        lay(self._own, files)
        journal = Journal(self._own / store)
        try:
            journal.open(_NoLoop())
        except JournalError as error:
            return f"refused: {error}"
        journal.close()
        return ""

    # --- going on ------------------------------------------------------------------------------------

    def _after_that(self, image: Image, states: tuple[str, ...], cut: int) -> After:
        now_s = last(self._witness.clocks, cut) or OPENS_S
        if (states, now_s) not in self._after:
            lay(self._own, image)
            self._after[states, now_s] = go_on(self._own, now_s, self._boot)
        return self._after[states, now_s]

    def _broken(self, after: After, cut: int) -> list[str]:
        if after.fault:
            return [after.fault]
        told = self._witness
        numbers, ratings = (set(told.since_forgotten(one, cut)) for one in (told.numbers, told.ratings))
        return [
            *(f"twice: number {one}" for one in after.numbers if one in numbers),
            *(f"lost: number {one}" for one in numbers - after.known),
            *(f"lost: rating {one}" for one in ratings - after.rated),
        ]

    def _alarms(self, after: After, cut: int) -> list[str]:
        """A former epoch, and alarms where nothing is wrong."""
        epoch = last(self._witness.epochs, cut)
        twice = epoch is not None and after.epoch <= epoch
        return [*(["twice: epoch"] if twice else []), *(f"false alarm: {one}" for one in after.noticed)]

    def faults_of_a_liar(self, image: Image, cut: int) -> list[str]:
        """What is broken after a medium lied: nothing where all is there.

        "twice" and "refused" as above. A number that is missing may still be called, else it is "lost" if the
        log said that something is, "unsaid" if it did not though a store still names the visit, and
        "unknowable" where none does. So it is with ratings.
        """
        found = [self.found(store, image) for store in STORES]
        states = tuple(one.state if not one.fault else _digest(image).hex() for one in found)
        after = self._after_that(image, states, cut)
        faults = self._broken(after._replace(known=after.known | self._callable(after, cut)), cut)
        if after.noticed:
            return faults
        return [self._unsaid(fault, image) if fault.startswith("lost:") else fault for fault in faults]

    def _callable(self, after: After, cut: int) -> frozenset[Any]:
        """The numbers told before `cut` that a window may still call."""
        told = self._witness.since_forgotten(self._witness.numbers, cut)
        return frozenset(
            one for one in told if (one[0].partition("-")[0], *taken_apart(one[1])) in after.callable
        )

    def _unsaid(self, fault: str, image: Image) -> str:
        """A loss that nobody was told of: does anything that is left still speak of it?"""
        is_left = any(fault.startswith(f"lost: {kind} ({visit!r}") for kind, visit in self._left(image))
        return fault.replace("lost:", "unsaid:" if is_left else "unknowable:")

    def _left(self, image: Image) -> set[tuple[str, str]]:
        """What any event or record of an image names: a visit's number, or its rating."""
        lay(self._bare, image)
        return {named for store in STORES for named in _named(self._bare / store)}


def _named(path: Path) -> Iterator[tuple[str, str]]:
    """Nothing where the store cannot be read."""
    db = apsw.Connection(str(path))
    try:
        for kind, body in db.execute("SELECT kind, body FROM events UNION ALL SELECT '', body FROM outbox"):
            for visit in _VISIT.findall(body):
                yield "number", visit.decode()
                if kind == "RatingGiven" or b'"type":"rated"' in body:
                    yield "rating", visit.decode()
    except apsw.Error:
        pass
    finally:
        db.close()


class _NoLoop:
    """A journal that is only opened reports nothing."""

    def call_soon(self, callback: Callable[..., object], *args: Any) -> object:
        return None

    call_soon_threadsafe = call_soon


def lay(folder: Path, image: Image) -> None:
    """Put the files of an image into `folder`, in place of what is there."""
    for old in folder.iterdir():
        if not old.name.endswith(".reserve"):
            old.unlink()
    for name, data in image.items():
        (folder / name).write_bytes(data)


def _digest(files: Image) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for name, data in sorted(files.items()):
        digest.update(f"{name} {len(data)} ".encode())
        digest.update(data)
    return digest.digest()
