"""The next number of a queue: never one that was issued today, is still alive, or was leased to a node."""

from __future__ import annotations

from edge.hall.catalogue import NumberFormat, Queue
from edge.hall.refusals import refuse
from edge.hall.spans import MAX_LENGTH
from edge.hall.state import Hall


def next_number(hall: Hall, queue: Queue) -> tuple[int, str]:
    """The count and the number of the next ticket.

    Raises `Refused` "numbers_used_up" when every number is taken or would be longer than 8 characters.
    """
    form = queue.number
    count = hall.counters.get(queue.id, form.first - 1)
    gone = hall.past.get(hall.day, {})  # withdrawn, or of this day before a wrong clock was set back to it
    leased = hall.series.get(form.prefix, 0)  # not 0 only where a queue got the letters of a node
    for _ in range(len(hall.numbers) + len(gone) + 1):
        count = max(count_after(form, count), leased + 1)
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


def count_after(form: NumberFormat, count: int) -> int:
    """The count that follows in a queue's format."""
    following = max(count + 1, form.first)
    if form.reset == "carry" and following >= 10**form.digits:
        return form.first
    return following
