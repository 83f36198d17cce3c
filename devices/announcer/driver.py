"""The port of an announcer: machine, composer and player put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devices.announcer.chime import RATE_HZ
from devices.announcer.compose import Composer
from devices.announcer.machine import Action, AnnouncerMachine, Play, State
from devices.announcer.messages import Announce, Outcome, SetQuiet, Spoken
from devices.announcer.players import PlayError, Sound, open_player
from devices.announcer.settings import AnnouncerSettings
from devices.announcer.wave_join import to_wav
from devices.base import DeviceHealth, Emit, Message
from devices.errors import LinkLost

CHECK_AGAIN_S: Final = 30.0  # while there is no sound: the card may have been plugged in


class AnnouncerPort:
    """One announcer on its own port. See devices.base.Port.

    `url`: "alsa:default" or "wav:/folder". Raises ValueError for another URL. Emits `Spoken`, once for
    each `Announce`, and `DeviceHealth` with the codes "no_sound" (lost), "no_voice" and "clip_missing"
    (degraded: a chime is heard, and each sentence that is whole).
    """

    def __init__(self, name: str, url: str, device: str, settings: AnnouncerSettings, emit: Emit) -> None:
        self.name = name
        self._device = device
        self._settings = settings
        self._emit = emit
        self._player = open_player(url, settings.player, settings.keep_files)
        self._machine = self._new_machine()
        self._composer = Composer(settings)
        self._coming: Outcome = "spoken"  # what the current sound will have been
        self._faults: dict[str, DeviceHealth] = {}
        self._told: DeviceHealth | None = None
        self._check_s: float | None = None
        self._is_open = False

    @property
    def devices(self) -> tuple[str, ...]:
        """The one device."""
        return (self._device,)

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """How many announcements had which outcome since this port was made."""
        return dict(self._machine.outcomes)

    def open(self, now_s: float) -> None:
        """Raises LinkLost where the player is not installed or the folder cannot be used."""
        try:
            self._player.open()
        except LinkLost as error:
            raise LinkLost(f"port {self.name}: {error}") from error
        self._is_open = True
        self._composer = Composer(self._settings)
        self._faults.clear()
        if fault := self._composer.fault_at_start():
            self._faults["no_voice"] = DeviceHealth("degraded", "no_voice", fault)
        self._check(now_s)

    def close(self) -> None:
        """Silence at once; what waits is given up as "failed"."""
        self._player.close()
        self._is_open = False
        self._told = self._check_s = None
        for given_up in self._machine.give_up():
            self._emit(self._device, given_up)

    def read_fd(self) -> int | None:
        """The player's process, while it plays."""
        return self._player.fileno()

    def write_fd(self) -> int | None:
        """Never."""
        return None

    def due_s(self) -> float | None:
        """The end of a sound, of the silence after it, or the next look for a sound card."""
        times = (self._player.due_s(), self._machine.due_s(), self._check_s)
        return min((time for time in times if time is not None), default=None)

    def on_readable(self, now_s: float) -> None:
        """The player has ended."""
        self.step(now_s)

    def on_writable(self, now_s: float) -> None:
        """Never called."""

    def step(self, now_s: float) -> None:
        """Go on with what is due."""
        try:
            if self._player.ended(now_s):
                self._ended(self._coming, now_s)
        except PlayError as error:
            self._failed(error, now_s)
        self._do(self._machine.step(now_s), now_s)
        if self._check_s is not None and now_s >= self._check_s:
            self._check(now_s)

    def handle(self, device: str, message: Message, now_s: float) -> None:
        """Takes Announce and SetQuiet. Raises TypeError for another message."""
        match message:
            case Announce() if not self._is_open:
                self._emit(self._device, Spoken(message.token, "failed"))
            case Announce():
                self._do(self._machine.announce(message, now_s), now_s)
            case SetQuiet():
                self._do(self._machine.set_quiet(message.quiet), now_s)
            case _:
                raise TypeError(f"an announcer does not know {type(message).__name__}")

    def _new_machine(self) -> AnnouncerMachine:
        settings = self._settings
        return AnnouncerMachine(
            gap_s=settings.gap_ms / 1000, max_waiting=settings.max_waiting, max_age_s=settings.max_age_s
        )

    def _do(self, actions: Iterable[Action], now_s: float) -> None:
        for action in actions:
            if isinstance(action, Play):
                self._play(action.announce, now_s)
            else:
                self._emit(self._device, action)

    def _play(self, announce: Announce, now_s: float) -> None:
        composed = self._composer.compose(announce)
        self._coming = composed.outcome
        if composed.faults:
            detail = "; ".join(composed.faults)
            self._faults.setdefault("clip_missing", DeviceHealth("degraded", "clip_missing", detail))
            self._tell_health()
        seconds = len(composed.sound) / RATE_HZ
        try:
            self._player.start(
                Sound(to_wav(composed.sound), seconds, f"{announce.ticket}-{announce.label}"), now_s
            )
        except PlayError as error:
            self._failed(error, now_s)

    def _ended(self, outcome: Outcome, now_s: float) -> None:
        self._check_s = None
        self._faults.pop("no_sound", None)
        self._tell_health()
        self._do(self._machine.ended(outcome, now_s), now_s)

    def _failed(self, error: PlayError, now_s: float) -> None:
        self._faults.setdefault("no_sound", DeviceHealth("lost", "no_sound", str(error)))
        self._check_s = now_s + CHECK_AGAIN_S
        self._tell_health()
        self._do(self._machine.ended("failed", now_s), now_s)

    def _check(self, now_s: float) -> None:
        """Try the sound card, unless an announcement is about to do so."""
        if self._machine.state is not State.IDLE:
            self._check_s = now_s + CHECK_AGAIN_S
            return
        self._check_s = None
        try:
            if self._player.check(now_s):
                self._machine.check()
                return
        except PlayError as error:
            self._machine.check()
            self._failed(error, now_s)
            return
        self._faults.pop("no_sound", None)
        self._tell_health()

    def _tell_health(self) -> None:
        """The worst fault, when it changed: without sound clips do not matter."""
        order = ("no_sound", "no_voice", "clip_missing")
        worst = next((self._faults[code] for code in order if code in self._faults), DeviceHealth("ready"))
        if worst != self._told:
            self._told = worst
            self._emit(self._device, worst)
