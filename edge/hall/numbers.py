"""The next number of a queue: never one that was issued today or is still alive."""

from __future__ import annotations

from edge.hall.catalogue import NumberFormat, Queue
from edge.hall.refusals import refuse
from edge.hall.state import Hall

MAX_LENGTH = 8  # of a number in the contract
CARRIED = "carried"  # in place of a day, for counts that never start again


def counter_of(hall: Hall, queue: str) -> str:
    """Under which key `Hall.counters` counts for `queue`: the day, or `CARRIED`."""
    return CARRIED if hall.catalogue.queues[queue].number.reset == "carry" else hall.day


def next_number(hall: Hall, queue: Queue) -> tuple[int, str]:
    """The count and the number of the next ticket.

    Raises `Refused` "numbers_used_up" when every number is taken or would be longer than 8 characters.
    """
    form = queue.number
    count = hall.counters.get(counter_of(hall, queue.id), {}).get(queue.id, form.first - 1)
    for _ in range(len(hall.numbers) + 1):
        count = _after(form, count)
        number = f"{form.prefix}{count:0{form.digits}d}"
        if number not in hall.numbers:
            break
    else:
        raise refuse("numbers_used_up", queue=queue.name)
    if len(number) > MAX_LENGTH:
        raise refuse("numbers_used_up", queue=queue.name)
    return count, number


def _after(form: NumberFormat, count: int) -> int:
    following = max(count + 1, form.first)
    if form.reset == "carry" and following >= 10**form.digits:
        return form.first
    return following
