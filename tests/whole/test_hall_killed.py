"""Processes killed in the middle of traffic: started again, the hall goes on where it was."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from typing import Any

from edge.hall import events as e


def of(books: list[Any], kind: type[Any]) -> list[Any]:
    return [event for event in books if isinstance(event, kind)]


def test_the_coordinator_killed_in_the_middle_of_traffic(run: Any, whole: Any) -> None:
    papers: list[str] = []
    thanked: Counter[str] = Counter()

    async def visitors(hall: Any, count: int) -> None:
        machine = hall.stage.machines[0]
        for _ in range(count):
            before = len(machine.printer.papers)
            hall.press_take()
            try:
                await machine.printer.changed(lambda twin, n=before: len(twin.papers) > n, 1.5)
            except TimeoutError:
                continue

    async def clerk(hall: Any, window: str, visits: int) -> None:
        strip, pad = hall.place(window).strip, hall.place(window).evaluator
        for _ in range(20):
            if pad.thanked >= visits:
                break
            before = strip.text
            hall.press(window, "call_next")
            try:
                await strip.changed(
                    lambda twin, old=before: twin.text not in (old, "") and twin.text[:1] == "请", 1.0
                )
                hall.press(window, "ask_rating")
                await pad.changed(lambda twin: twin.is_open, 1.0)
                done = pad.thanked
                pad.press(2)
                await pad.changed(lambda twin, n=done: twin.thanked > n, 5.0)
            except TimeoutError:
                continue

    async def body() -> Any:
        async with whole() as hall:
            await hall.log_in()
            people = [
                asyncio.ensure_future(work)
                for work in (visitors(hall, 12), clerk(hall, "1", 2), clerk(hall, "2", 2))
            ]
            for heard in (3, 6):
                await hall.until(lambda n=heard: len(hall.seen.numbers) + len(hall.seen.ratings) >= n)
                await hall.kill("core")
                await hall.start_node("core")
                await hall.ready("core")
            await asyncio.gather(*people)
            papers.extend(hall.number_on(paper.text) for paper in hall.stage.machines[0].printer.papers)
            for window in ("1", "2"):
                thanked[window] = hall.place(window).evaluator.thanked
            await hall.until(lambda: len(hall.seen.ratings) >= thanked.total() and hall.seen.drained)
        return hall

    hall = run(body())
    books = hall.books()
    issued = [event.number for event in of(books, e.NumberIssued | e.IssuedAlone)]
    assert len(issued) == len(set(issued)), "no number twice"
    assert len(papers) == len(set(papers))
    assert set(papers) <= set(issued), "every paper is in the books"
    assert hall.seen.numbers <= set(issued)
    rated = Counter(event.window for event in of(books, e.RatingGiven))
    assert rated == thanked, "each rating thanked for counts once"
    assert sum(thanked.values()) >= 3
    called = {(event.visit, event.window) for event in of(books, e.Called)}
    assert {(visit, window) for visit, window, _ in hall.seen.calls} <= called, "a call shown happened"
    assert len(papers) >= 6


def test_state_is_as_before_the_kill(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.log_in()
            for _ in range(3):
                await hall.take()
            await hall.call("1")
            hall.press("2", "pause")
            await hall.strip("2", "暂停服务")
            await hall.until(lambda: hall.seen.queues["social"].get("waiting") == 2 and hall.seen.drained)
            before = dict(hall.seen.windows)
            await hall.kill("core")
            await hall.until(lambda: hall.seen.lives["core"] == "lost")
            hall.press("1", "call_next")  # refused: nothing of it may happen later
            await hall.place("1").keypad.changed(lambda twin: not twin.is_busy, 10)
            hall.seen.windows.clear()
            await hall.start_node("core")
            await hall.ready("core")
            for window, state in hall.seen.windows.items():
                stamps = {"epoch", "version", "at_ms"}
                assert {key: state[key] for key in state.keys() - stamps} == {
                    key: before[window][key] for key in before[window].keys() - stamps
                }
                assert state["epoch"] > before[window]["epoch"]
            assert hall.place("1").strip.text == "请A001号到1号窗口"
            await hall.insist("1", "recall", lambda: hall.window("1")["calls"] == 2)
            assert await hall.take() == "A004"

    run(body())


def test_a_node_killed_after_a_grade_was_thanked_for_loses_nothing(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            await hall.log_in("1")
            await hall.take()
            await hall.call("1")
            await hall.ask_rating("1")
            await hall.kill("core")  # so that it stays in the node
            await hall.rate("1", grade=0)
            await hall.kill("east")
            assert hall.waiting_records() >= 1
            await hall.start_node("core")
            await hall.start_node("east")
            await hall.ready("core", "east")
            await hall.until(lambda: hall.seen.ratings and hall.seen.drained)
        return hall

    hall = run(body())
    (rating,) = of(hall.books(), e.RatingGiven)
    assert (rating.level, rating.window) == (2, "1")
    assert hall.waiting_records() == 0


def test_a_term_ends_all_cleanly(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.log_in("1")
            await hall.take()
            await hall.call("1")
            for node in ("east", "core"):
                assert await hall.nodes[node].stop(signal.SIGTERM) == 0
                await hall.until(lambda one=node: hall.seen.lives[one] == "disconnected")
            files = sorted(path.name for path in hall.data.iterdir())
            assert not [name for name in files if name.endswith(("-wal", "-shm"))], "all is in the file"

    run(body())
