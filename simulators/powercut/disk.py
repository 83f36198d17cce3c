"""What a power cut may leave of files, by what was done to them.

    durable ── what the last sync of a file promised
    pending ── writes, truncations and names since then: each may have reached the medium, whole, in part or
               not at all

A write is torn in sectors of 512 bytes; each is the old, the new, or rubbish. Bytes beside a write are never
touched, as SQLite assumes of a disk (powersafe overwrite).

Two ways a file system may treat names. "strict": a file made or removed is durable only when its folder was
synced, and each name on its own. "ext4": names go by one log, so any later sync keeps all that were before
it, in order. A medium that lies is a disk for which the last syncs did nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from simulators.powercut.recorder import Created, Op, Removed, Synced, Truncated, Wrote

SECTOR = 512

Names: TypeAlias = Literal["strict", "ext4"]
Kept: TypeAlias = Literal["nothing", "everything", "some"]
Image: TypeAlias = dict[str, bytes]
"""Files by name, as they are found after the cut."""

NAMES: tuple[Names, ...] = ("strict", "ext4")


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Wrote | Truncated] = field(default_factory=list)
    syncs_folder: bool = False

    def sync(self) -> None:
        for op in self.pending:
            _apply(self.durable, op)
        self.pending.clear()

    def copy(self) -> _File:
        return _File(bytearray(self.durable), list(self.pending), self.syncs_folder)


class Disk:
    """The medium under one folder. `do` in order what was recorded; `image` is what a cut now may leave."""

    def __init__(self, names: Names, files: Image | None = None) -> None:
        self._names = names
        self._files = [_File(bytearray(data)) for data in (files or {}).values()]
        self._open = {name: place for place, name in enumerate(files or {})}  # as a running process sees them
        self._durable = dict(self._open)
        self._pending: list[tuple[str, int | None]] = []  # names since the folder was durable

    def do(self, op: Op, *, lies: bool = False) -> None:
        """One thing that was done. `lies`: the medium says yes to a sync and does nothing."""
        match op:
            case Created(name, syncs_folder):
                self._files.append(_File(syncs_folder=syncs_folder))
                self._open[name] = len(self._files) - 1
                self._pending.append((name, self._open[name]))
            case Removed(name, synced):
                del self._open[name]
                self._pending.append((name, None))
                if synced and not lies:
                    self._sync_names()
            case Synced(name):
                if not lies:
                    self._sync(self._files[self._open[name]])
            case Wrote(name) | Truncated(name):
                self._files[self._open[name]].pending.append(op)

    def _sync(self, file: _File) -> None:
        file.sync()
        if self._names == "ext4" or file.syncs_folder:
            self._sync_names()
        file.syncs_folder = False

    def _sync_names(self) -> None:
        _name_all(self._durable, self._pending)
        self._pending.clear()

    def copy(self) -> Disk:
        """Another medium in the same state."""
        other = Disk(self._names)
        other._files = [file.copy() for file in self._files]
        other._open, other._durable = dict(self._open), dict(self._durable)
        other._pending = list(self._pending)
        return other

    def image(self, kept: Kept, dice: random.Random) -> Image:
        """What is found after the power comes back."""
        found = dict(self._durable)
        _name_all(found, self._kept_names(kept, dice))
        return {name: _content(self._files[place], kept, dice) for name, place in found.items()}

    def _kept_names(self, kept: Kept, dice: random.Random) -> list[tuple[str, int | None]]:
        if kept != "some":
            return self._pending if kept == "everything" else []
        if self._names == "ext4":
            return self._pending[: dice.randint(0, len(self._pending))]
        return [one for one in self._pending if dice.random() < 0.5]


def _name_all(names: dict[str, int], changes: list[tuple[str, int | None]]) -> None:
    for name, place in changes:
        if place is None:
            names.pop(name, None)
        else:
            names[name] = place


def _content(file: _File, kept: Kept, dice: random.Random) -> bytes:
    content = bytearray(file.durable)
    if kept == "everything":
        for op in file.pending:
            _apply(content, op)
    elif kept == "some":
        likely = dice.choice((0.1, 0.5, 0.9))
        for op in file.pending:
            _tear(content, op, likely, dice)
    return bytes(content)


def _apply(content: bytearray, op: Wrote | Truncated) -> None:
    if isinstance(op, Truncated):
        del content[op.size :]
        content.extend(bytes(max(op.size - len(content), 0)))
        return
    end = op.offset + len(op.data)
    content.extend(bytes(max(end - len(content), 0)))
    content[op.offset : end] = op.data


def _tear(content: bytearray, op: Wrote | Truncated, likely: float, dice: random.Random) -> None:
    """Part of it: each sector is as it was, as it should be, or rubbish."""
    if isinstance(op, Truncated):
        if dice.random() < likely:
            _apply(content, op)
        return
    at = 0
    while at < len(op.data):
        size = min(SECTOR - (op.offset + at) % SECTOR, len(op.data) - at)
        fate = dice.random()
        if fate < likely:
            _apply(content, Wrote(op.name, op.offset + at, op.data[at : at + size]))
        elif fate > 0.95:
            _apply(content, Wrote(op.name, op.offset + at, dice.randbytes(size)))
        at += size
