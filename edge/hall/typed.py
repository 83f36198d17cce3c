"""Numbers as people type them: a keypad has no letters, and nobody types zeros in front."""

from __future__ import annotations

from edge.hall import state as s
from edge.hall.spans import MAX_LENGTH, number_text, taken_apart
from edge.hall.state import Hall, Visit


def number_typed(hall: Hall, window: str, typed: str) -> str:
    """The number that `typed` ("12", "012", "A012") stands for at `window`, or at a ticket machine ("").

    A number written just so is meant itself. Else the digits stand for a number of today with that count.
    Where several queues have one, a window means, in this order, one that is held here, called or served
    here, was missed here, waits for it, was missed elsewhere, or belongs to it at all; of these the one
    issued first. A machine means the one whose paper is surely or perhaps missing, else any; of these the
    one issued last. Where there is none, a number that may be on paper, else `typed` comes back.
    """
    is_count = typed.isascii() and typed.isdigit() and len(typed) <= MAX_LENGTH
    if typed in hall.numbers or not is_count:
        return typed
    count = int(typed)
    visits = [hall.visits[visit] for number, visit in hall.numbers.items() if taken_apart(number)[1] == count]
    if not visits:
        return next(
            (number_text(one.prefix, count) for one in hall.maybe if one.holds(one.prefix, count)), typed
        )
    if window:
        return min(visits, key=lambda visit: (_place(hall, window, visit), visit.seq)).number
    return min(visits, key=lambda visit: (visit.printed == "printed", -visit.seq)).number


def _place(hall: Hall, window: str, visit: Visit) -> int:
    """How likely a clerk at `window` means it; 0 most."""
    here, belongs = visit.window == window, s.may_call(hall, window, visit)
    match visit.state:
        case s.HELD if here:
            return 0
        case s.CALLING | s.SERVING if here:
            return 1
        case s.MISSED if here:
            return 2
        case s.WAITING if belongs:
            return 3
        case s.MISSED if belongs:
            return 4
        case _:
            return 5 if belongs else 6
