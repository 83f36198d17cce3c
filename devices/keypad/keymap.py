"""Key maps: what a typed sequence means, as words that a technician can read and change.

A sequence is written `digits key`, for example:

    "next"         the key alone
    "6 confirm"    exactly 6, then the key
    "# next"       one digit or more, handed on with the action
    "## confirm"   two digits or more
    "0# start"     a 0 that belongs to the sequence, then one digit or more to hand on

Where several fit, the one that fixes most digits wins, then the one that asks for most. An action may
carry one option behind a colon: "take:elderly", "pause:lunch", "transfer_queue:wedding". An empty action
takes a sequence out of a ready-made map.

The two ready-made maps for windows follow the two queue systems whose key tables are public
(docs/protocols.md 3.2); what only our hall knows (begin, finish, login ...) is put on keys they leave free.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

KeyName: TypeAlias = Literal[
    "start", "evaluate", "next", "recall", "cancel", "confirm", "line", "pause", "transfer"
]
MapName: TypeAlias = Literal["callsystem", "hallquefront", "tickets", "empty"]

WINDOW_ACTIONS: Final = (
    "call_next",
    "call_number",
    "recall",
    "begin",
    "ask_rating",
    "no_show",
    "hold",
    "resume_held",
    "finish",
    "pause",
    "resume",
    "transfer_window",
    "transfer_queue",
    "add_item",
    "login",
    "logout",
)
TICKET_ACTIONS: Final = ("take", "query", "reprint")
ACTIONS: Final = WINDOW_ACTIONS + TICKET_ACTIONS

_CALLSYSTEM: Final = {
    "next": "call_next",
    "recall": "recall",
    "evaluate": "ask_rating",
    "6 confirm": "no_show",
    "0 confirm": "hold",
    "3 confirm": "resume_held",
    "pause": "pause",
    "# transfer": "transfer_window",
    # from here on ours
    "# next": "call_number",
    "start": "begin",
    "cancel": "finish",
    "1 confirm": "finish",
    "2 confirm": "resume",
    "0 pause": "resume",
    "4 confirm": "logout",
    "## confirm": "login",
    "0# transfer": "transfer_queue",
    "# start": "add_item",
}
_HALLQUEFRONT: Final = {
    "next": "call_next",
    "# next": "call_number",
    "recall": "recall",
    "evaluate": "ask_rating",
    "0 evaluate": "hold",
    "## confirm": "login",
    "0 confirm": "pause",
    "2 confirm": "resume",
    "4 confirm": "logout",
    "5 confirm": "no_show",
    "# start": "transfer_window",
    # from here on ours
    "start": "begin",
    "cancel": "finish",
    "1 confirm": "finish",
    "3 confirm": "resume_held",
    "0# start": "transfer_queue",
    "# cancel": "add_item",
}
_TICKETS: Final = {  # a keypad as a ticket machine: service code, then a key
    "# start": "take",
    "# confirm": "take",
    "# evaluate": "query",
    "# recall": "take:elderly",
    "# cancel": "take:disabled",
    "# next": "take:military",
    "# transfer": "take:pre-reviewed",
    "0# recall": "reprint",
}
READY_MADE: Final[Mapping[MapName, Mapping[str, str]]] = {
    "callsystem": _CALLSYSTEM,
    "hallquefront": _HALLQUEFRONT,
    "tickets": _TICKETS,
    "empty": {},
}

_SEQUENCE: Final = re.compile(
    r"(?:(?P<fixed>[0-9]{0,16})(?P<free>#{0,16}) )?"
    r"(?P<key>start|evaluate|next|recall|cancel|confirm|line|pause|transfer|x[0-9a-f]{2})"
)
_OPTION: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class Meaning(NamedTuple):
    """What a sequence asks for."""

    action: str
    digits: str
    option: str


class _Rule(NamedTuple):
    fixed: str
    free: int
    key: str
    action: str
    option: str


class KeyMap:
    """A checked key map. Raises ValueError, naming the entry, for a sequence or action that is none."""

    def __init__(self, base: MapName, changes: Mapping[str, str]) -> None:
        entries = {**READY_MADE[base], **changes}
        rules = [_rule(sequence, action) for sequence, action in entries.items() if action]
        self._rules = sorted(rules, key=lambda rule: (len(rule.fixed), rule.free), reverse=True)

    def meaning(self, digits: str, key: str) -> Meaning | None:
        """What `digits` followed by `key` means, or None."""
        for rule in self._rules:
            if rule.key == key and _fits(rule, digits):
                return Meaning(rule.action, digits[len(rule.fixed) :], rule.option)
        return None


def _fits(rule: _Rule, digits: str) -> bool:
    if not digits.startswith(rule.fixed):
        return False
    rest = len(digits) - len(rule.fixed)
    return rest >= rule.free if rule.free else rest == 0


def _rule(sequence: str, action: str) -> _Rule:
    found = _SEQUENCE.fullmatch(sequence)
    if found is None:
        raise ValueError(f'key sequence "{sequence}" is none; write for example "6 confirm" or "# next"')
    name, _, option = action.partition(":")
    if name not in ACTIONS:
        raise ValueError(f'key sequence "{sequence}": no action "{name}"; known: {", ".join(ACTIONS)}')
    if option and not _OPTION.fullmatch(option):
        raise ValueError(f'key sequence "{sequence}": option "{option}" is not a plain word')
    return _Rule(found["fixed"] or "", len(found["free"] or ""), found["key"], name, option)
