"""What an event changed of the hall as others see it (`views.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from edge.hall import events as e
from edge.hall import state as s
from edge.hall.state import Hall


@dataclass(frozen=True, slots=True)
class Touched:
    """Whose state an event changed."""

    windows: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    board: bool = False
    hall: bool = False


def touched(hall: Hall, event: e.Event) -> Touched:
    """Whose state `event`, already folded into `hall`, changed. Rather too much than too little."""
    match event:
        case e.CatalogueApplied() | e.DayStarted() | e.ClockSet():
            return Touched(tuple(hall.windows), tuple(hall.catalogue.queues), True, True)
        case e.HoursTurned():
            return Touched((), tuple(hall.catalogue.queues), False, True)
        case e.NumberIssued():
            return _line_touched(hall, event.visit, ())
        case e.Called() | e.Transferred():
            return _line_touched(hall, event.visit, (event.window,), isinstance(event, e.Called))
        case e.Recalled():
            return Touched((event.window,), board=True)
        case e.LoggedIn() | e.LoggedOut() | e.WindowPaused() | e.WindowResumed():
            return _crew_touched(hall, event.window, isinstance(event, e.LoggedOut))
        case e.IssuedAlone() | e.TicketRebuilt() if event.visit in hall.visits:
            return _line_touched(hall, event.visit, ())
        case e.CallRebuilt():
            return _line_touched(hall, event.visit, tuple(hall.windows), True)
        case e.PrintMarked() | e.NumbersLeased() | e.IssuedAlone() | e.TicketRebuilt():
            return Touched()
        case e.NumbersPassed():
            return Touched((), (event.queue,))
        case e.MaybePrinted():
            return Touched()
        case e.Withdrawn():  # nobody knows any more in which lines it stood
            return Touched(tuple(hall.windows), tuple(hall.catalogue.queues))
        case _:
            return Touched((event.window,) if event.window in hall.windows else ())


def _line_touched(hall: Hall, visit_id: str, also: tuple[str, ...], board: bool = False) -> Touched:
    """A ticket came into its lines or left them: the counts of all windows that may call it changed."""
    visit = hall.visits[visit_id]
    windows = dict.fromkeys((*also, *s.windows_of(hall, visit)))
    return Touched(tuple(windows), (visit.queue,), board)


def _crew_touched(hall: Hall, window: str, released: bool) -> Touched:
    """A window opened or closed: so did its queues; tickets sent to it are released to any window."""
    counter = hall.catalogue.windows[window]
    queues = tuple(hall.catalogue.queues) if counter.comprehensive or released else counter.queues
    return Touched(tuple(hall.windows) if released else (window,), queues)
