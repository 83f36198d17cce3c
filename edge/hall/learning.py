"""What the hall learns: how long a call keeps a window, how often people come, how true it foretold.

Called by `fold` alone; the estimates read it.
"""

from __future__ import annotations

import math

from edge.hall.state import Flow, Hall, Mean, Score, Visit, service_of

PRIOR_SAMPLES = 2  # how many visits the figure of the site file counts for
SLOWEST_WEIGHT = 1 / 512  # of a new sample: a mean follows the weeks, and costs told waits next to nothing
OUTLIER = 6.0  # a stay longer than this many means is a forgotten press, and counts as this
FLOW_MEMORY_S = 3600.0
WHOLE_HALL = ""  # the key of all queues together
UNKNOWN_STAY_S = 480.0  # for a queue no service is left of


def learn_stay(hall: Hall, visit: Visit) -> None:
    """A call of `visit` kept a window for `visit.stay_s`, whether or not anybody came."""
    _learn(hall.stays, visit.service, service_of(hall, visit.service).service_s, visit.stay_s)
    _learn(hall.queue_stays, visit.queue, prior_of_queue(hall, visit.queue), visit.stay_s)


def prior_of_queue(hall: Hall, queue: str) -> float:
    """Mean of the site file's service times in a queue, seconds."""
    known = [service.service_s for service in hall.offered.get(queue, ())]
    return sum(known) / len(known) if known else UNKNOWN_STAY_S


def stay_of_service(hall: Hall, service: str) -> float:
    """Expected seconds at a window for one call of a service."""
    mean = hall.stays.get(service)
    return mean.mean_s if mean else service_of(hall, service).service_s


def stay_of_queue(hall: Hall, queue: str) -> float:
    """Expected seconds at a window for one call of a queue."""
    mean = hall.queue_stays.get(queue)
    return mean.mean_s if mean else prior_of_queue(hall, queue)


def _learn(means: dict[str, Mean], key: str, prior_s: float, sample_s: float) -> None:
    mean = means.setdefault(key, Mean(0, prior_s))
    mean.count += 1
    weight = max(1 / (mean.count + PRIOR_SAMPLES), SLOWEST_WEIGHT)
    mean.mean_s += weight * (min(sample_s, OUTLIER * mean.mean_s) - mean.mean_s)


def learn_arrival(hall: Hall, visit: Visit) -> None:
    """One more of this kind has come."""
    key = f"{visit.queue}/{visit.priority}/{int(visit.accepted)}"
    flow = hall.flows.setdefault(key, Flow(visit.issued_s, visit.issued_s))
    came_s = max(visit.issued_s, flow.last_s)  # a ticket issued alone may be heard of late
    flow.level = 1.0 + flow.level * math.exp((flow.last_s - came_s) / FLOW_MEMORY_S)
    flow.last_s = came_s


def arrivals_per_s(flow: Flow, now_s: float) -> float:
    """How often they come, by the last hour or so; too little in the first minutes, never too much."""
    age_s = max(now_s - flow.first_s, FLOW_MEMORY_S / 4)  # the rush at the doors does not last
    seen = FLOW_MEMORY_S * -math.expm1(-age_s / FLOW_MEMORY_S)
    return flow.level * math.exp((flow.last_s - now_s) / FLOW_MEMORY_S) / seen


def learn_error(hall: Hall, visit: Visit) -> None:
    """`visit` was called in its turn: compare with what was foretold, if it had to wait and one could say."""
    foretold = visit.prediction
    if max(foretold.plain_s, foretold.forward_s) <= 0.0 or foretold.plain_s < 0.0:
        return
    wait_s = visit.first_called_s - visit.issued_s
    for scores, key in ((hall.scores, visit.queue), (hall.trust, visit.queue), (hall.trust, WHOLE_HALL)):
        score = scores.setdefault(key, Score())
        score.count += 1
        score.plain_sq += (wait_s - foretold.plain_s) ** 2
        score.forward_sq += (wait_s - foretold.forward_s) ** 2
        score.told_sq += (wait_s - foretold.told_s) ** 2
        score.wait_s += wait_s
        score.wait_sq += wait_s**2


def forget_half(hall: Hall) -> None:
    """A new day: old errors count half."""
    for score in hall.trust.values():
        score.count //= 2
        for name in ("plain_sq", "forward_sq", "told_sq", "wait_s", "wait_sq"):
            setattr(score, name, getattr(score, name) / 2)
