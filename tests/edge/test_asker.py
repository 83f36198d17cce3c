"""Requests of a node: one answer or none, never later than a clerk stands by the press."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from edge import asker as asker_module
from edge.asker import Asker
from mqtt_bridge import messages as m

NOW_S = 1_795_395_600.0


class Wire:
    """Stands where the bridge stands."""

    def __init__(self) -> None:
        self.connected = True
        self.sent: list[Any] = []

    def send_request(self, request: m.Ask) -> None:
        self.sent.append(request)


class Bench:
    """An asker whose answers and time-outs can be waited on."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.now_s = NOW_S
        self.asker = Asker(self.wire, asyncio.get_running_loop(), "i1", lambda: self.now_s)
        self.answers: list[m.Answer | None] = []
        self._news = asyncio.Event()

    def ask(self) -> None:
        self.asker.ask(lambda id_, deadline: m.CallNext(id_, deadline, "1"), self._answered)

    def _answered(self, answer: m.Answer | None) -> None:
        self.answers.append(answer)
        self._news.set()

    async def answered(self) -> m.Answer | None:
        await asyncio.wait_for(self._news.wait(), 5)
        return self.answers[-1]


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asker_module, "REQUEST_S", 0.1)


def test_an_answer_comes_to_its_question_once(run: Any) -> None:
    async def body() -> None:
        bench = Bench()
        bench.ask()
        (request,) = bench.wire.sent
        answer = m.Answer(request.id, "ok")
        bench.asker.hear(m.Answer("i1-99", "ok"))
        bench.asker.hear(answer)
        bench.asker.hear(answer)
        assert bench.answers == [answer]
        bench.asker.stop()
        assert bench.answers == [answer]

    run(body())


def test_ids_are_unlike_any_other_runs(run: Any) -> None:
    async def body() -> None:
        bench = Bench()
        for _ in range(3):
            bench.ask()
        assert [request.id for request in bench.wire.sent] == ["i1-1", "i1-2", "i1-3"]
        bench.asker.stop()
        assert bench.answers == [None] * 3, "a node that stops leaves no press hanging"

    run(body())


def test_without_a_link_there_is_no_answer_at_once(run: Any) -> None:
    async def body() -> None:
        bench = Bench()
        bench.wire.connected = False
        bench.ask()
        assert bench.answers == [None]
        assert bench.wire.sent == []

    run(body())


def test_it_is_sent_once_more_with_the_same_id_and_then_given_up(run: Any) -> None:
    async def body() -> None:
        bench = Bench()
        bench.ask()
        assert await bench.answered() is None
        first, second = bench.wire.sent
        assert first == second
        bench.asker.hear(m.Answer(first.id, "ok"))
        assert bench.answers == [None], "what comes after that comes to nobody"

    run(body())


def test_it_is_not_sent_again_into_a_dead_link(run: Any) -> None:
    async def body() -> None:
        bench = Bench()
        bench.ask()
        bench.wire.connected = False
        assert await bench.answered() is None
        assert len(bench.wire.sent) == 1

    run(body())


def test_deadlines_follow_the_coordinators_clock(run: Any) -> None:
    async def body() -> None:
        bench = Bench()
        bench.ask()
        (request,) = bench.wire.sent
        assert request.deadline_ms == int(NOW_S * 1000) + 100
        bench.asker.hear(m.Answer(request.id, "ok", time_ms=int(NOW_S * 1000) + 3_600_000))
        bench.ask()
        assert bench.wire.sent[1].deadline_ms == int(NOW_S * 1000) + 3_600_000 + 100
        bench.asker.hear(m.Answer(bench.wire.sent[1].id, "ok"))  # a repeated answer tells no time
        bench.ask()
        assert bench.wire.sent[2].deadline_ms == bench.wire.sent[1].deadline_ms
        bench.asker.stop()

    run(body())


@pytest.mark.parametrize("jump_s", [-3600, 3600, -NOW_S], ids=["back", "forward", "to 1970"])
def test_a_clock_that_jumps_costs_no_press(run: Any, jump_s: float) -> None:
    async def body() -> None:
        bench = Bench()
        coordinator_ms = int(NOW_S * 1000)
        bench.now_s += jump_s
        bench.ask()
        first = bench.wire.sent[0]
        late = m.Answer(first.id, "late", time_ms=coordinator_ms)
        bench.asker.hear(late)
        assert bench.answers == [], "not refused yet"
        second = bench.wire.sent[1]
        assert second.id != first.id
        assert second.deadline_ms == coordinator_ms + 100
        done = m.Answer(second.id, "ok", time_ms=coordinator_ms)
        bench.asker.hear(done)
        assert bench.answers == [done]

    run(body())


def test_what_is_late_twice_is_late(run: Any) -> None:
    async def body() -> None:
        bench = Bench()
        bench.ask()
        for _ in range(2):
            bench.asker.hear(m.Answer(bench.wire.sent[-1].id, "late", time_ms=5))
        assert [answer and answer.code for answer in bench.answers] == ["late"]
        assert len(bench.wire.sent) == 2

    run(body())


def test_a_press_that_already_waited_is_not_asked_anew(run: Any) -> None:
    async def body() -> None:
        bench = Bench()
        resent = asyncio.Event()
        send = bench.wire.send_request
        bench.wire.send_request = lambda request: (send(request), len(bench.wire.sent) == 2 and resent.set())  # type: ignore[assignment,func-returns-value]
        bench.ask()
        await resent.wait()
        bench.asker.hear(m.Answer(bench.wire.sent[0].id, "late", time_ms=5))
        assert [answer and answer.code for answer in bench.answers] == ["late"]

    run(body())
