"""What an announcer plays on: a sound card through a player program, or a folder of WAV files.

    alsa:DEVICE   plays through `aplay -q -D DEVICE -t wav -` (DEVICE as `aplay -L` lists them)
    wav:/DIR      writes /DIR/000017-A001-3.wav and is then busy for as long as it would sound

The player program is a child process watched by a process descriptor, so nobody waits for it. It reads
the sound from memory: no file on the card wears out.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from devices.announcer.wave_join import silence, to_wav
from devices.errors import DeviceError, LinkLost

GRACE_S: Final = 10.0  # a player that runs this much longer than its sound hangs
KILL_WAIT_S: Final = 0.5
CHECK_S: Final = 0.05  # of silence, to see whether the sound card opens
MOST_SAID_BYTES: Final = 4_000  # of what a failing player says


class Sound(NamedTuple):
    """A WAV file in memory, how long it sounds, and a name for it, such as "A001-3"."""

    wav: bytes
    seconds: float
    name: str


class PlayError(DeviceError, OSError):
    """A sound that could not be played. The text says why and what to do."""


class Player(Protocol):
    """Plays one sound at a time."""

    def open(self) -> None:
        """Get ready. Raises LinkLost."""

    def check(self, now_s: float) -> bool:
        """Start a trial of the sound card; False where there is nothing to try. Raises PlayError."""

    def start(self, sound: Sound, now_s: float) -> None:
        """Start to play. Raises PlayError."""

    def fileno(self) -> int | None:
        """Readable when the sound has ended, the same while open; None where `due_s` tells it."""

    def due_s(self) -> float | None:
        """When to call `ended` at the latest, while playing."""

    def ended(self, now_s: float) -> bool:
        """Whether a sound has just ended; False while it plays and when none does. Raises PlayError."""

    def close(self) -> None:
        """Stop at once. Safe in any state."""


def open_player(url: str, program: str, keep_files: int) -> Player:
    """The player for a port's URL. Raises ValueError for a URL that is none of an announcer."""
    kind, _, rest = url.partition(":")
    if kind == "alsa" and rest:
        return ProgramPlayer(program, rest)
    if kind == "wav" and rest:
        return FolderPlayer(Path(rest), keep_files)
    raise ValueError(f"{url!r} is no port of an announcer: use alsa:default or wav:/folder")


class ProgramPlayer:
    """Plays through a child process, one a sound.

    `fileno` is an epoll descriptor that stays the same from `open` to `close`: descriptors of processes
    come and go under the same number, and an event loop would miss the change.
    """

    def __init__(self, program: str, device: str) -> None:
        self._program = program
        self._device = device
        self._child: subprocess.Popen[bytes] | None = None
        self._epoll: select.epoll | None = None
        self._pidfd = -1
        self._said = -1
        self._kill_s = 0.0

    def open(self) -> None:
        """Raises LinkLost when the program is not installed."""
        if shutil.which(self._program) is None:
            raise LinkLost(f"no program {self._program!r} to play sound: install it (package alsa-utils)")
        if self._epoll is None:
            self._epoll = select.epoll()

    def check(self, now_s: float) -> bool:
        """Plays a moment of silence."""
        self.start(Sound(to_wav(silence(CHECK_S)), CHECK_S, "check"), now_s)
        return True

    def start(self, sound: Sound, now_s: float) -> None:
        """Start the child; its standard input is the sound in memory. Needs `open`."""
        if self._epoll is None:
            raise PlayError(f"{self._program} was not opened")
        source = os.memfd_create("announcement")
        self._said = os.memfd_create("said")
        try:
            _fill(source, sound.wav)
            self._child = self._spawn(source)
            self._pidfd = os.pidfd_open(self._child.pid)
            self._epoll.register(self._pidfd, select.EPOLLIN)
        except OSError as error:
            self._stop()
            raise PlayError(f"{self._program} does not start: {error.strerror}") from error
        finally:
            os.close(source)
        self._kill_s = now_s + sound.seconds + GRACE_S

    def _spawn(self, source: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self._program, "-q", "-D", self._device, "-t", "wav", "-"],
            stdin=source,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            start_new_session=True,  # Ctrl-C in a terminal ends the node, and the node ends the player
        )

    def fileno(self) -> int | None:
        """Readable when the child has ended."""
        return self._epoll.fileno() if self._epoll else None

    def due_s(self) -> float | None:
        """When a player that hangs is given up."""
        return self._kill_s if self._child else None

    def ended(self, now_s: float) -> bool:
        """Raises PlayError when the child failed, or hung and was killed."""
        if self._child is None:
            return False
        status = self._child.poll()
        if status is None and now_s < self._kill_s:
            return False
        said = self._last_said()
        self._stop()
        if status is None:
            raise PlayError(f"{self._program} hung and was stopped; see whether the sound card still answers")
        if status != 0:
            raise PlayError(
                f"no sound on {self._device!r}: {self._program} ended with {status} ({said}); "
                "plug in a sound card, or name one of those that `aplay -L` lists"
            )
        return True

    def _last_said(self) -> str:
        said = os.pread(self._said, MOST_SAID_BYTES, max(0, os.fstat(self._said).st_size - MOST_SAID_BYTES))
        lines = said.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")[:200]

    def close(self) -> None:
        """Kill the child if it runs."""
        self._stop()
        if self._epoll is not None:
            self._epoll.close()
            self._epoll = None

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.poll() is None:
            child.kill()
            try:
                child.wait(KILL_WAIT_S)
            except subprocess.TimeoutExpired:
                pass  # stuck inside the sound driver; reaped with the next child
        for descriptor in (self._pidfd, self._said):
            if descriptor >= 0:
                os.close(descriptor)
        self._pidfd = self._said = -1


def _fill(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.lseek(descriptor, 0, os.SEEK_SET)


class FolderPlayer:
    """Writes each sound as a file, keeps the newest `keep`, and is busy for as long as it would sound."""

    def __init__(self, directory: Path, keep: int) -> None:
        self._directory = directory
        self._keep = keep
        self._number = 0
        self._until_s: float | None = None

    def open(self) -> None:
        """Make the folder and go on counting where it ends. Raises LinkLost."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            files = self._files()
        except OSError as error:
            raise LinkLost(f"folder {self._directory} cannot be used: {error.strerror}") from error
        self._number = int(files[-1].name.partition("-")[0]) if files else 0

    def check(self, now_s: float) -> bool:
        """Write a trial file. It makes no sound, so nothing is to be waited for."""
        trial = self._directory / "trial.part"
        try:
            trial.write_bytes(bytes(4096))
            trial.unlink()
        except OSError as error:
            raise PlayError(f"folder {self._directory} takes no file: {error.strerror}") from error
        return False

    def start(self, sound: Sound, now_s: float) -> None:
        """Write the file, whole or not at all."""
        self._number += 1
        name = re.sub(r"[^A-Za-z0-9-]", "_", sound.name)[:40]
        path = self._directory / f"{self._number:06d}-{name}.wav"
        draft = path.with_suffix(".part")
        try:
            draft.write_bytes(sound.wav)
            draft.replace(path)
            for old in self._files()[: -self._keep]:
                old.unlink()
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise PlayError(f"{path} cannot be written: {error.strerror}") from error
        self._until_s = now_s + sound.seconds

    def _files(self) -> list[Path]:
        found = (path for path in self._directory.glob("*.wav") if re.match(r"\d{6,}-", path.name))
        return sorted(found, key=lambda path: int(path.name.partition("-")[0]))

    def fileno(self) -> int | None:
        """None: time tells the end."""
        return None

    def due_s(self) -> float | None:
        """When the sound would end."""
        return self._until_s

    def ended(self, now_s: float) -> bool:
        """Whether it would have sounded to its end by now."""
        if self._until_s is None or now_s < self._until_s:
            return False
        self._until_s = None
        return True

    def close(self) -> None:
        """Stop "playing"; the file stays."""
        self._until_s = None
