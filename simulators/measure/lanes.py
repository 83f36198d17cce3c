"""Visits as fast as a coordinator takes them: take, call, finish, rate, in several lanes at once.

A lane is a window with its clerk: each step waits for the answer to the one before, as people do, and the
lanes together keep the broker and the coordinator busy. Every queue has people waiting all the time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from mqtt_bridge import messages as m
from simulators.measure.asking import Asker, Refusal
from simulators.measure.halls import QUEUES

LANES: Final = 50
WAITING_EACH: Final = 10  # in every queue, before the first visit
ROUND_S: Final = 120.0
SERVICES: Final = tuple(f"s{queue}0" for queue in range(QUEUES))


class Lanes:
    """The lanes of one hall. `run(count)` makes so many visits and gives the seconds that took."""

    def __init__(self, asker: Asker, windows: Sequence[str]) -> None:
        """Logs clerks in and lets people wait. Raises Refusal, TimeoutError."""
        self._asker = asker
        self._windows = tuple(windows)
        asker.open_windows(self._windows)
        visits = asker.issue(WAITING_EACH * QUEUES, SERVICES)
        self._day = visits[0].partition("-")[0]
        self._to_start = 0
        self._done = 0
        self._trouble = ""

    def run(self, count: int) -> float:
        """Seconds for `count` visits, to the receipt of the last rating. Raises Refusal, TimeoutError."""
        self._to_start, self._done, self._trouble = count, 0, ""
        started_s = time.monotonic()
        for window in self._windows:
            self._take(window)
        self._asker.client.until(lambda: self._is_over(count), "the visits are not over", ROUND_S)
        if self._trouble:
            raise Refusal(self._trouble)
        return time.monotonic() - started_s

    def _is_over(self, count: int) -> bool:
        return bool(self._trouble) or (self._done == count and not self._asker.under_way)

    def _take(self, window: str) -> None:
        if self._to_start == 0:
            return
        self._to_start -= 1
        service = SERVICES[int(window) % QUEUES]
        self._asker.ask(
            lambda id_, deadline: m.TakeNumber(id_, deadline, service),
            lambda answer: self._call(window, answer),
        )

    def _call(self, window: str, answer: m.Answer) -> None:
        if self._good(answer):
            self._asker.ask(
                lambda id_, deadline: m.CallNext(id_, deadline, window),
                lambda called: self._finish(window, called),
            )

    def _finish(self, window: str, answer: m.Answer) -> None:
        if self._good(answer):
            self._asker.ask(
                lambda id_, deadline: m.Finish(id_, deadline, window),
                lambda finished: self._rate(window, answer.ticket, finished),
            )

    def _rate(self, window: str, ticket: str, answer: m.Answer) -> None:
        if self._good(answer):
            visit = f"{self._day}-{ticket}"
            self._asker.keep(lambda source, id_, at_ms: m.Rated(source, id_, at_ms, visit, window, 5))
            self._done += 1
            self._take(window)

    def _good(self, answer: m.Answer) -> bool:
        if answer.code != "ok":
            self._trouble = self._trouble or f"{answer.code}: {answer.text_en}"
        return answer.code == "ok"
