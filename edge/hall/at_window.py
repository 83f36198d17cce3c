"""What clerks do: the rules of every command of a window.

Rules:
1. A ticket is at one window at a time. Held counts as at its window while that window is open.
2. Calling the next or a number ends the visit here, whether or not the clerk pressed begin; so do pausing and
   logging out once service has begun. A no-show is always said, never assumed.
3. While a ticket is called, a pause or logout is refused: somebody is on the way.
4. Call next with nobody waiting ends a visit being served; a ticket merely called stays called.
5. Holding, sending on, adding an item and asking for a rating show that the citizen has come.
6. A ticket sent to a window may be called there alone, by the order of all; when that window closes, it
   waits in its queue again.
"""

from __future__ import annotations

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall import state as s
from edge.hall.alone import found_on_paper, may_be_on_paper
from edge.hall.order import choose
from edge.hall.refusals import Refused, refuse
from edge.hall.state import Hall, Visit, WindowState

Events = list[e.Event]


def call_next(hall: Hall, command: c.CallNext, now_s: float) -> Events:
    window = _open(hall, command.window)
    route = [hall.lines[key] for key in hall.routes[command.window]]
    choice = choose(route, hall.rule, window.fast_calls, now_s)
    if choice is not None:
        return [*_end(hall, command.window, now_s), e.Called(now_s, command.window, choice.entry[2])]
    if s.phase_of(hall, command.window) == s.SERVING:
        return _end(hall, command.window, now_s)
    raise refuse("nobody_waiting")


def call_number(hall: Hall, command: c.CallNumber, now_s: float) -> Events:
    window = _open(hall, command.window)
    if may_be_on_paper(hall, command.number):
        found = found_on_paper(hall, command.window, command.number, now_s)
        called = e.Called(now_s, command.window, found.visit, "number")
        return [*_end(hall, command.window, now_s), found, called]
    visit = find(hall, command.number)
    if window.visit == visit.id and visit.state == s.CALLING:
        return [e.Recalled(now_s, command.window, visit.id)]
    _may_call(hall, command.window, visit)
    return [*_end(hall, command.window, now_s), e.Called(now_s, command.window, visit.id, "number")]


def recall(hall: Hall, command: c.Recall, now_s: float) -> Events:
    visit = _here(hall, command.window, s.CALLING)
    return [e.Recalled(now_s, command.window, visit.id)]


def begin(hall: Hall, command: c.Begin, now_s: float) -> Events:
    visit = _here(hall, command.window, s.CALLING)
    return [e.Begun(now_s, command.window, visit.id)]


def no_show(hall: Hall, command: c.NoShow, now_s: float) -> Events:
    visit = _here(hall, command.window, s.CALLING)
    return [e.Missed(now_s, command.window, visit.id)]


def hold(hall: Hall, command: c.Hold, now_s: float) -> Events:
    visit = _here(hall, command.window)
    return [*_come(visit, now_s), e.Held(now_s, command.window, visit.id)]


def resume_held(hall: Hall, command: c.ResumeHeld, now_s: float) -> Events:
    window = _open(hall, command.window)
    if window.visit:
        raise refuse("busy", number=hall.visits[window.visit].number)
    if not command.number:
        if not window.held:
            raise refuse("nothing_held")
        return [e.Resumed(now_s, command.window, window.held[0])]
    visit = find(hall, command.number)
    if visit.id not in window.held:
        raise refuse("not_held", number=visit.number)
    return [e.Resumed(now_s, command.window, visit.id)]


def transfer(hall: Hall, command: c.Transfer, now_s: float) -> Events:
    visit = _here(hall, command.window)
    if bool(command.to_window) == bool(command.to_queue):
        raise refuse("target_missing")
    if command.to_window:
        _check_target_window(hall, command)
    else:
        _check_target_queue(hall, command.to_queue)
    sent = e.Transferred(now_s, command.window, visit.id, command.to_window, command.to_queue)
    return [*_come(visit, now_s), sent]


def add_item(hall: Hall, command: c.AddItem, now_s: float) -> Events:
    visit = _here(hall, command.window)
    if command.service not in hall.catalogue.services:
        raise refuse("unknown_service")
    if command.service in visit.items:
        raise refuse("item_there")
    if not s.may_serve(hall, command.window, command.service):
        raise refuse("item_not_served_here")
    return [*_come(visit, now_s), e.ItemAdded(now_s, command.window, visit.id, command.service)]


def ask_rating(hall: Hall, command: c.AskRating, now_s: float) -> Events:
    window = _known(hall, command.window)
    visit_id = window.visit or window.last
    if not visit_id:
        raise refuse("nobody_here")
    visit = hall.visits[visit_id]
    item = _item_to_rate(hall, command, visit)
    return [*_come(visit, now_s), e.RatingAsked(now_s, command.window, visit.id, item)]


def finish(hall: Hall, command: c.Finish, now_s: float) -> Events:
    _here(hall, command.window)
    return _end(hall, command.window, now_s)


def pause(hall: Hall, command: c.PauseWindow, now_s: float) -> Events:
    window = _known(hall, command.window)
    _logged_in(hall, command.window, window)
    if window.paused and window.reason == command.reason:
        return []
    return [*_end_served(hall, command.window, now_s), e.WindowPaused(now_s, command.window, command.reason)]


def resume(hall: Hall, command: c.ResumeWindow, now_s: float) -> Events:
    window = _known(hall, command.window)
    _logged_in(hall, command.window, window)
    if not window.paused:
        raise refuse("not_paused", label=_label(hall, command.window))
    return [e.WindowResumed(now_s, command.window)]


def login(hall: Hall, command: c.Login, now_s: float) -> Events:
    window = _known(hall, command.window)
    if not command.clerk:
        raise refuse("clerk_missing")
    elsewhere = hall.clerks.get(command.clerk, command.window)
    if elsewhere != command.window:
        raise refuse("clerk_elsewhere", clerk=command.clerk, label=_label(hall, elsewhere))
    if window.clerk == command.clerk and not window.paused:
        return []
    return [e.LoggedIn(now_s, command.window, command.clerk)]


def logout(hall: Hall, command: c.Logout, now_s: float) -> Events:
    _logged_in(hall, command.window, _known(hall, command.window))
    return [*_end_served(hall, command.window, now_s), e.LoggedOut(now_s, command.window)]


def find(hall: Hall, number: str) -> Visit:
    """The visit of a number of today; raises `Refused` "unknown_number"."""
    visit = hall.numbers.get(number)
    if visit is None:
        raise refuse("unknown_number", number=number)
    return hall.visits[visit]


def _known(hall: Hall, window: str) -> WindowState:
    state = hall.windows.get(window)
    if state is None:
        raise refuse("unknown_window")
    return state


def _logged_in(hall: Hall, window: str, state: WindowState) -> None:
    if not state.clerk:
        raise refuse("window_closed", label=_label(hall, window))


def _open(hall: Hall, window: str) -> WindowState:
    """The window, if it may call now."""
    state = _known(hall, window)
    _logged_in(hall, window, state)
    if state.paused:
        raise refuse("window_paused", label=_label(hall, window))
    return state


def _here(hall: Hall, window: str, phase: str = "") -> Visit:
    """The visit at the window, in `phase` if one is asked for."""
    state = _known(hall, window)
    if not state.visit:
        raise refuse("nobody_here")
    visit = hall.visits[state.visit]
    if phase and visit.state != phase:
        raise refuse("already_begun", number=visit.number)
    return visit


def _label(hall: Hall, window: str) -> str:
    return hall.catalogue.windows[window].label


def _come(visit: Visit, now_s: float) -> Events:
    """The citizen has come, though begin was not pressed."""
    return [e.Begun(now_s, visit.window, visit.id, pressed=False)] if visit.state == s.CALLING else []


def _end(hall: Hall, window: str, now_s: float) -> Events:
    visit = hall.windows[window].visit
    return [e.Finished(now_s, window, visit)] if visit else []


def _end_served(hall: Hall, window: str, now_s: float) -> Events:
    """End the visit being served; refused while somebody is on the way."""
    visit = hall.windows[window].visit
    if visit and hall.visits[visit].state == s.CALLING:
        raise refuse("call_open", number=hall.visits[visit].number)
    return _end(hall, window, now_s)


def _may_call(hall: Hall, window: str, visit: Visit) -> None:
    """Raises `Refused` unless `window` may call `visit` by its number."""
    if visit.state in s.AT_WINDOW and visit.window == window:
        raise refuse("already_begun", number=visit.number)
    if visit.state in s.AT_WINDOW:
        raise refuse("at_other_window", number=visit.number, label=_label(hall, visit.window))
    if visit.state == s.DONE and visit.origin != s.REBUILT:
        raise refuse("already_finished", number=visit.number)
    if visit.state == s.MISSED and not hall.catalogue.recall_missed:
        raise refuse("missed", number=visit.number)
    if visit.state == s.HELD:
        if visit.window == window:
            return
        if hall.windows[visit.window].clerk:
            raise refuse("held_elsewhere", number=visit.number, label=_label(hall, visit.window))
    if not s.may_call(hall, window, visit):
        raise _not_here(hall, visit)


def _not_here(hall: Hall, visit: Visit) -> Refused:
    if visit.bound:
        return refuse("bound_elsewhere", number=visit.number, label=_label(hall, visit.bound))
    return refuse("not_served_here", number=visit.number)


def _check_target_window(hall: Hall, command: c.Transfer) -> None:
    target = _known(hall, command.to_window)
    if command.to_window == command.window:
        raise refuse("same_window")
    if not target.clerk:
        raise refuse("target_closed", label=_label(hall, command.to_window))


def _check_target_queue(hall: Hall, queue: str) -> None:
    if queue not in hall.catalogue.queues:
        raise refuse("unknown_queue")
    if not any(hall.windows[window].clerk for window in hall.lines[f"queue/{queue}"].windows):
        raise refuse("queue_closed", queue=hall.catalogue.queues[queue].name)


def _item_to_rate(hall: Hall, command: c.AskRating, visit: Visit) -> str:
    """The item asked for; by default the visit, or its first unrated item where the window rates items."""
    rates_items = hall.catalogue.windows[command.window].rates_items
    if command.item and not rates_items:
        raise refuse("items_not_rated")
    if command.item and command.item not in visit.items:
        raise refuse("unknown_item")
    item = command.item
    if not item and rates_items and len(visit.items) > 1:
        item = next((item for item in visit.items if item not in visit.ratings), "")
    if item in visit.ratings:
        raise refuse("already_rated")
    return item
