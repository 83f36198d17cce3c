"""One queue before some windows that never close: the hall of queueing theory, by the rules of the real one.

The hall is open around the clock and keeps those who wait over its changes of day. Each class of citizens is
a stream of its own; every window calls from the one queue.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from edge.hall.calendar import Hours
from edge.hall.catalogue import Catalogue, NumberFormat, Order, PriorityClass, Queue, Service, Window
from simulators.people.citizen import Citizen
from simulators.people.clerk import Manners
from simulators.people.distributions import NONE, Distribution
from simulators.simulate.confidence import BATCHES
from simulators.simulate.floor import Floor
from simulators.simulate.tally import Tally

START_S = 1_704_067_200.0  # 2024-01-01 00:00 UTC, a Monday
NO_SHOW_S = 60.0  # what a number that nobody answers costs a window
MOST_RUN_ON = 2000  # hours to run on until the last measured ticket is called
_HOUR_S = 3600.0
_QUEUE = "main"


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """A class of citizens: gaps between arrivals, rate in line, share of no-shows, patience."""

    name: str
    arrivals: Distribution
    rate: float = 1.0
    no_show: float = 0.0
    patience: Distribution | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to simulate. `warmup_h` of the `hours` are not counted: the hall begins empty."""

    windows: int
    classes: tuple[ClassPlan, ...]
    service: Distribution
    hours: float
    warmup_h: float
    seed: int
    rule: Literal["accumulating", "alternating"] = "accumulating"
    longest_wait_s: float = 0.0

    @property
    def load(self) -> float:
        """Work that comes in over work that can be done; from 1 on the queue grows without end."""
        work = (self._work_s(one) / one.arrivals.mean_s for one in self.classes)
        return math.fsum(work) / self.windows

    def _work_s(self, one: ClassPlan) -> float:
        return (1.0 - one.no_show) * self.service.mean_s + one.no_show * NO_SHOW_S


def simulate(plan: Plan) -> Tally:
    """Run the plan; the tally is closed."""
    from_s, to_s = START_S + plan.warmup_h * _HOUR_S, START_S + plan.hours * _HOUR_S
    batch_s = (to_s - from_s) / BATCHES
    tally = Tally(from_s, to_s, lambda at_s: min(int((at_s - from_s) / batch_s), BATCHES - 1))
    manners = Manners(NONE, NO_SHOW_S, 0)
    floor = Floor(catalogue_of(plan), citizens_of(plan), manners, Random(0), START_S, tally.listen)
    floor.run(to_s)
    for _ in range(MOST_RUN_ON):
        if tally.all.batches.count == tally.all.issued:
            break
        floor.run(floor.now_s + _HOUR_S)
    tally.close(to_s)
    return tally


def catalogue_of(plan: Plan) -> Catalogue:
    """The hall of a plan. The mean service time is known to it, as a good site file would say it."""
    windows = [Window(f"w{number}", f"{number}", queues=(_QUEUE,)) for number in range(1, plan.windows + 1)]
    queue = Queue(_QUEUE, "办事", NumberFormat("", digits=1), name_en="Service", overnight="keep")
    return Catalogue(
        version=1,
        services={_QUEUE: Service(_QUEUE, "办事", _QUEUE, service_s=plan.service.mean_s)},
        queues={_QUEUE: queue},
        windows={window.id: window for window in windows},
        classes={one.name: PriorityClass(one.name, one.name, one.rate) for one in plan.classes},
        order=Order(rule=plan.rule, longest_wait_s=plan.longest_wait_s),
        hours=Hours(utc_offset_s=0.0),
    )


def citizens_of(plan: Plan) -> Iterator[Citizen]:
    """All classes in one endless stream, in order of arrival."""
    return heapq.merge(*(_stream(plan, one) for one in plan.classes), key=lambda citizen: citizen.arrives_s)


def _stream(plan: Plan, one: ClassPlan) -> Iterator[Citizen]:
    gaps = Random(f"{plan.seed}/{one.name}/arrivals")
    traits = Random(f"{plan.seed}/{one.name}/traits")
    at_s = START_S
    if one.arrivals.shape == "constant":
        at_s -= gaps.random() * one.arrivals.mean_s  # two constant streams must not always meet
    while True:
        at_s += one.arrivals.sample(gaps)
        yield Citizen(
            arrives_s=at_s,
            service=_QUEUE,
            queue=_QUEUE,
            service_s=plan.service.sample(traits),
            priority=one.name,
            no_show=traits.random() < one.no_show,
            patience_s=one.patience.sample(traits) if one.patience else math.inf,
        )
