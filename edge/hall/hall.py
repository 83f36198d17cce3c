"""The rules of the hall in one place, for those outside it.

hall = Hall()
for event in decide(hall, ApplyCatalogue(catalogue), now_s):
    fold(hall, event)
"""

from edge.hall.commands import Command
from edge.hall.decide import decide, next_due_s
from edge.hall.events import EVENTS, Event
from edge.hall.fold import fold
from edge.hall.refusals import Refused
from edge.hall.snapshot import restore, snapshot
from edge.hall.state import Facts, Hall

__all__ = [
    "EVENTS",
    "Command",
    "Event",
    "Facts",
    "Hall",
    "Refused",
    "decide",
    "fold",
    "next_due_s",
    "restore",
    "snapshot",
]
