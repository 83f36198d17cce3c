"""A coordinator's store was lost: the hall is put together again from what nodes keep.

Rules
1. A ticket that a node printed, showed or has a rating of, and that the books lack, enters them: it waits as
   long as nobody tells that it was called. What is not told is guessed by its letters.
2. A call that was shown is a call that happened. Of the calls at a window the last one is still there, the
   others are over; a rating means that its visit was served. In whatever order all this is told.
3. Nobody knows of a visit that is over whether it was finished, put aside or sent on: it is never called in
   its turn again, and may be called by its number.
4. Numbers go on above the last that anybody told of, and some further ones are passed over. What lies below
   and was told by nobody may be on paper.

The books lack only what was before them (`lost`), or a number that may be on paper.
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall import state as s
from edge.hall.alone import may_be_on_paper
from edge.hall.calendar import CLOCK_SET_S, business_day
from edge.hall.catalogue import Queue, Service
from edge.hall.refusals import refuse
from edge.hall.spans import taken_apart
from edge.hall.state import Hall
from edge.hall.takeover import passed, to_pass

Events = list[e.Event]


def lacks(hall: Hall, visit: str, *, lost: bool) -> bool:
    """Whether a visit that a node tells of was there, and the books do not know it."""
    day, _, number = visit.partition("-")
    if visit in hall.visits or visit in hall.past.get(day, {}):
        return False
    return lost or (day == hall.day and may_be_on_paper(hall, number))


def ticket(
    hall: Hall, visit: str, now_s: float, told: c.Slip, window: str = "", item: str = "", *, served: bool
) -> Events:
    """The ticket of a visit that the books lack. `window` and `item` help to guess what is not told.

    Raises `Refused` where nothing can be made of it.
    """
    day, _, number = visit.partition("-")
    prefix, count = taken_apart(number)
    queue = next((one for one in hall.catalogue.queues.values() if one.number.prefix == prefix), None)
    service = hall.catalogue.services.get(told.service) or _likely(hall, queue, window)
    if count < 0 or service is None:
        raise refuse("unknown_visit")
    if day == hall.day and number in hall.numbers:
        raise refuse("number_taken", number=number)
    rates = hall.rule.rates
    priority = told.priority if told.priority in rates else min(rates, key=rates.__getitem__)
    issued_s = min(told.issued_s, now_s) if told.issued_s >= CLOCK_SET_S else now_s
    rebuilt = e.TicketRebuilt(
        at_s=now_s,
        issued_s=issued_s,
        visit=visit,
        number=number,
        queue=queue.id if queue is not None else service.queue,
        service=service.id,
        priority=priority,
        items=(item,) if item in hall.catalogue.services else (),
        served_at=(window,) if served else (),
    )
    return [rebuilt]


def _likely(hall: Hall, queue: Queue | None, window: str) -> Service | None:
    """A service of the ticket's queue; of a ticket without one, what the window serves."""
    services = hall.catalogue.services.values()
    if queue is not None:
        return next((one for one in services if one.queue == queue.id), None)
    if window not in hall.catalogue.windows:
        return next(iter(services), None)
    return next((one for one in services if s.may_serve(hall, window, one.id)), None)


def printed(hall: Hall, command: c.MarkPrinted, now_s: float) -> Events:
    """What a slip says of a ticket that the books lack, or of which they had to guess it."""
    visit, told = hall.visits.get(command.visit), command.slip
    if visit is not None:
        return amended(hall, visit, told, now_s)
    day, _, number = command.visit.partition("-")
    is_alone = taken_apart(number)[0] in hall.catalogue.alone.series.values()  # its own record says more
    if day != hall.day or number != command.number or is_alone:
        return []
    if not lacks(hall, command.visit, lost=command.lost):
        return []
    return ticket(hall, command.visit, now_s, told, served=False)


def amended(hall: Hall, visit: s.Visit, told: c.Slip, now_s: float) -> Events:
    """A ticket of which only a call or a rating was told before: now its own slip is."""
    service = hall.catalogue.services.get(told.service)
    is_guessed = visit.origin == s.REBUILT and CLOCK_SET_S <= told.issued_s < visit.issued_s
    if service is None or not is_guessed:
        return []
    priority = told.priority if told.priority in hall.rule.rates else visit.priority
    return [
        e.TicketRebuilt(
            now_s, told.issued_s, visit.id, visit.number, visit.queue, service.id, priority, visit.items[1:]
        )
    ]


def called(hall: Hall, command: c.TellCalled, now_s: float) -> Events:
    """A call was shown: nothing where the books know it."""
    window, at_s = command.window, min(command.at_s, now_s)
    visit = hall.visits.get(command.visit)
    events: Events = []
    if visit is None:
        if command.visit.partition("-")[0] != hall.day or not lacks(hall, command.visit, lost=command.lost):
            return []
        events += ticket(hall, command.visit, now_s, c.Slip(issued_s=at_s), window, served=False)
    elif command.calls <= visit.calls.get(window, 0):
        return []
    is_last = window in hall.windows and _is_last(hall, command, at_s)
    is_elsewhere = visit is not None and visit.window != window and at_s < visit.called_s
    is_over = not is_last or is_elsewhere or (visit is not None and bool(visit.ratings))
    told = e.CallRebuilt(now_s, window, command.visit, at_s, command.calls, is_over, is_last, command.seq)
    return [*events, told]


def _is_last(hall: Hall, command: c.TellCalled, at_s: float) -> bool:
    """Whether no later call at its window is known: by the order of records, or else by the clock."""
    if told := hall.windows[command.window].told:
        return command.seq >= told
    here = (one.called_s for one in hall.visits.values() if one.window == command.window)
    return at_s >= max(here, default=s.NEVER)


def rated(hall: Hall, command: c.Rate, now_s: float) -> Events | None:
    """A rating of a visit that the books lack, or know from nodes alone; None for every other."""
    at_s = min(command.at_s, now_s) if command.at_s >= CLOCK_SET_S else now_s
    given = e.RatingGiven(now_s, command.window, command.visit, command.level, command.item, at_s)
    visit = hall.visits.get(command.visit)
    stub = hall.past.get(command.visit.partition("-")[0], {}).get(command.visit)
    if visit is None and stub is None:
        if not lacks(hall, command.visit, lost=command.lost):
            return None
        told = c.Slip(issued_s=at_s)
        made = ticket(hall, command.visit, now_s, told, command.window, command.item, served=True)
        return [*made, given]
    known = visit or stub
    is_rebuilt = visit.origin == s.REBUILT if visit is not None else command.lost
    if known is None or not is_rebuilt:
        return None
    if command.item in known.ratings:
        raise refuse("already_rated")
    return [given] if visit is None else [*_served(visit, command.window, at_s, now_s), given]


def _served(visit: s.Visit, window: str, at_s: float, now_s: float) -> Events:
    """It was at the window, because it was rated there."""
    if visit.state == s.CALLING and visit.window == window:
        return [e.Begun(now_s, window, visit.id, pressed=False)]
    if visit.state in s.AT_WINDOW or window in visit.served_at:
        return []
    return [e.CallRebuilt(now_s, window, visit.id, at_s, 0, True)]


def numbers(hall: Hall, command: c.TellNumbers, now_s: float) -> Events:
    """The last numbers that a node heard of: what the books lack below them may be on paper."""
    events: Events = []
    for number, at_s in command.numbers:
        prefix, count = taken_apart(number)
        queue = next((one for one in hall.catalogue.queues.values() if one.number.prefix == prefix), None)
        if queue is None:
            continue
        is_of_today = business_day(hall.catalogue.hours, at_s) == hall.day
        known = hall.counters.get(queue.id, queue.number.first - 1)
        if count > known and (is_of_today or queue.number.reset == "carry"):
            events.append(e.NumbersPassed(now_s, queue.id, prefix, known + 1, count))
    return events


def pass_over(hall: Hall, command: c.PassOverLost, now_s: float) -> Events:
    """All that was told is here: go on above it."""
    return [
        event
        for queue in hall.catalogue.queues.values()
        for event in _pass_over(
            hall, queue, max(command.least, to_pass(hall, queue, command.unheard_s, now_s)), now_s
        )
    ]


def _pass_over(hall: Hall, queue: Queue, further: int, now_s: float) -> Iterator[e.Event]:
    form = queue.number
    if form.reset == "carry":  # where its day began, nobody knows
        yield e.MaybePrinted(now_s, form.prefix, form.first, 10**form.digits - 1)
        yield from passed(hall, queue, further, now_s)
        return
    last = hall.counters.get(queue.id, form.first - 1) + further
    yield e.NumbersPassed(now_s, queue.id, form.prefix, form.first, last)
