"""What can be said to an announcer, and what it says back."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Language: TypeAlias = Literal["zh", "en"]

# spoken     all that was asked was heard
# chimed     only the chime was heard: no clips for this ticket or window
# merged     the same call already waits; it will be heard once
# superseded the ticket was called elsewhere before this was spoken
# too_old    it waited so long that nobody should act on it
# dropped    the queue was full; the oldest goes
# quiet      the hall is closed
# failed     the player or the folder failed; DeviceHealth says why
Outcome: TypeAlias = Literal[
    "spoken", "chimed", "merged", "superseded", "too_old", "dropped", "quiet", "failed"
]


class Announce(msgspec.Struct, frozen=True, tag="announce"):
    """Say that `ticket` is asked to the window with the label `label`, e.g. "A001" and "3".

    `token` comes back in `Spoken`. `languages` empty means those of the settings.
    """

    token: str
    ticket: str
    label: str
    languages: tuple[Language, ...] = ()


class SetQuiet(msgspec.Struct, frozen=True, tag="set_quiet"):
    """`quiet` true: the hall is closed; what waits is given up, the call being spoken ends in peace."""

    quiet: bool


class Spoken(msgspec.Struct, frozen=True, tag="spoken"):
    """What became of one `Announce`. Each gets exactly one."""

    token: str
    outcome: Outcome


Command: TypeAlias = Announce | SetQuiet
