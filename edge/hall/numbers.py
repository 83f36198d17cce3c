"""The next number of a queue: never one that was issued today or is still alive."""

from __future__ import annotations

from edge.hall.catalogue import NumberFormat, Queue
from edge.hall.refusals import refuse
from edge.hall.state import Hall

MAX_LENGTH = 8  # of a number in the contract


def next_number(hall: Hall, queue: Queue) -> tuple[int, str]:
    """The count and the number of the next ticket.

    Raises `Refused` "numbers_used_up" when every number is taken or would be longer than 8 characters.
    """
    form = queue.number
    count = hall.counters.get(queue.id, form.first - 1)
    gone = hall.past.get(hall.day, {})  # not empty only where a wrong clock was set back to this day
    for _ in range(len(hall.numbers) + len(gone) + 1):
        count = _after(form, count)
        number = f"{form.prefix}{count:0{form.digits}d}"
        if number not in hall.numbers and visit_id(hall, number) not in gone:
            break
    else:
        raise refuse("numbers_used_up", queue=queue.name)
    if len(number) > MAX_LENGTH:
        raise refuse("numbers_used_up", queue=queue.name)
    return count, number


def visit_id(hall: Hall, number: str) -> str:
    """The visit of a number issued now."""
    return f"{hall.day}-{number}"


def _after(form: NumberFormat, count: int) -> int:
    following = max(count + 1, form.first)
    if form.reset == "carry" and following >= 10**form.digits:
        return form.first
    return following
