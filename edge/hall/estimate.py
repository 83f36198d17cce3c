"""How long would it take? Told as a range before the slip is taken.

Rules:
1. Plain: (people ahead + 1 - idle windows) x mean stay / open windows, by the length of the queue alone.
2. Forward: `forecast`, where comprehensive windows or several classes make "ahead" unclear; where one queue
   has its own windows and one class, the plain one is exact and is taken for both.
3. Told is, queue by queue, the one whose squared error was smaller so far; while few tickets of a queue
   were called, the one that did better in the whole hall; at first the plain one. So what is told does
   not stay worse than the plain estimate.
4. A forecast made within the last second is used again: at the doors' opening many ask at once.
5. The range is the middle 60 % of a gamma law of as many departures as the estimate takes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge.hall.events import Prediction
from edge.hall.forecast import Ask, forecast, is_at_once, open_windows
from edge.hall.learning import WHOLE_HALL, stay_of_queue
from edge.hall.state import Foretold, Hall

FRESH = 1 / 500  # of a mean stay, about a second: so long a forecast is as good as a new one
FRESH_S = 0.2  # the same where a stay is shorter than a minute
ENOUGH = 8  # tickets called before the forward estimate may be told
_Z_60 = 0.8416  # the middle 60 % of a normal law lies within this many deviations


def predict(hall: Hall, ask: Ask, now_s: float) -> Prediction:
    """What to tell somebody who takes a number now, with both estimates."""
    windows = open_windows(hall, ask)
    is_clear = _is_clear(hall, ask, windows)
    return _prediction(hall, ask, windows, None if is_clear else _forward(hall, ask, windows, now_s))


def _forward(hall: Hall, ask: Ask, windows: Sequence[str], now_s: float) -> float | None:
    """The forecast, or one just made for the same question, moved by those who came or left meanwhile."""
    ahead, stay_s = waiting_in(hall, ask.queue), stay_of_queue(hall, ask.queue)
    kept, fresh_s = hall.foretold.get(ask), max(stay_s * FRESH, FRESH_S)
    if kept and windows and 0 <= now_s - kept.at_s <= fresh_s and not is_at_once(hall, ask, windows):
        return max(kept.forward_s + (ahead - kept.ahead) * stay_s / len(windows), 0.0)
    forward_s = forecast(hall, {ask: windows}, now_s).get(ask)
    if forward_s is not None:
        hall.foretold[ask] = Foretold(now_s, forward_s, ahead)
    return forward_s


def predict_all(hall: Hall, asks: Sequence[Ask], now_s: float) -> list[Prediction]:
    """What to tell for each, at the cost of one forecast; the forward estimate only where it is told."""
    served = {ask: open_windows(hall, ask) for ask in asks}
    unclear = {
        ask: windows
        for ask, windows in served.items()
        if trusts_forward(hall, ask.queue) and not _is_clear(hall, ask, windows)
    }
    forward = forecast(hall, unclear, now_s) if unclear else {}
    return [_prediction(hall, ask, served[ask], forward.get(ask)) for ask in asks]


def _prediction(hall: Hall, ask: Ask, windows: Sequence[str], forward_s: float | None) -> Prediction:
    ahead, stay_s = waiting_in(hall, ask.queue), stay_of_queue(hall, ask.queue)
    if not windows:
        return Prediction(ahead)
    states = hall.windows
    idle = sum(not states[window].visit for window in windows)
    plain_s = max(ahead + 1 - idle, 0) * stay_s / len(windows)
    forward_s = plain_s if forward_s is None else forward_s
    told_s = forward_s if trusts_forward(hall, ask.queue) else plain_s
    low_s, high_s = wait_range(told_s, told_s * len(windows) / stay_s)
    return Prediction(ahead, plain_s, forward_s, told_s, low_s, high_s)


def waiting_in(hall: Hall, queue: str) -> int:
    """Tickets waiting in a queue, but for those sent to one window."""
    return len(hall.lines[f"queue/{queue}"]) + len(hall.lines[f"queue/{queue}/accepted"])


def trusts_forward(hall: Hall, queue: str) -> bool:
    """Whether the forward estimate was the better one so far: in this queue, or in all while it is young."""
    for key in (queue, WHOLE_HALL):
        score = hall.trust.get(key)
        if score is not None and score.count >= ENOUGH:
            return score.forward_sq < score.plain_sq
    return False


def wait_range(mean_s: float, departures: float) -> tuple[float, float]:
    """The middle 60 % of a gamma law of that mean, by Wilson and Hilferty; (0, 0) when nobody must wait."""
    if mean_s <= 0.0:
        return 0.0, 0.0
    shape = max(departures, 1.0)
    middle, spread = 1 - 1 / (9 * shape), _Z_60 / (3 * math.sqrt(shape))
    return mean_s * max(middle - spread, 0.0) ** 3, mean_s * (middle + spread) ** 3


def _is_clear(hall: Hall, ask: Ask, windows: Sequence[str]) -> bool:
    """One class and one service, and a queue whose open windows call from it alone."""
    if len(hall.rule.rates) > 1 or len(hall.offered[ask.queue]) > 1:
        return False
    counters = [hall.catalogue.windows[window] for window in windows]
    lent = any(len(hall.lines[f"window/{window}"]) for window in windows)
    return not lent and all(
        counter.queues == (ask.queue,) and not counter.comprehensive for counter in counters
    )
