"""Without the coordinator or the broker: ticket machines and windows go on, and all is merged afterwards."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import pytest

from edge.hall import events as e

LONG_S = 15.0
WEST = """
[[nodes]]
id = "west"

[[ports]]
id = "lobby-west"
node = "west"
url = "/dev/serial/by-path/lobby-west"

[[ports]]
id = "paper-west"
node = "west"
url = "/dev/serial/by-path/paper-west"

[[devices]]
id = "tickets-west"
kind = "keypad"
port = "lobby-west"
use = "tickets"
address = 100

[[devices]]
id = "printer-west"
kind = "printer"
port = "paper-west"
"""


def of(books: list[Any], kind: Any) -> list[Any]:
    return [event for event in books if isinstance(event, kind)]


async def leased(hall: Any, node: str = "east") -> None:
    """The node has numbers of its own."""
    await hall.nodes[node].says("numbers to issue alone")


async def take_at(hall: Any, machine: int, key: str) -> str:
    """A number of one of several machines."""
    hall.stage.machines[machine].keypad.press(f"101 {key}")
    paper = await hall.stage.machines[machine].printer.next_ticket(LONG_S)
    number: str = hall.number_on(paper.text)
    return number


async def waiting(hall: Any, **queues: int) -> None:
    """So many are in line, as everybody can read who connects late."""
    await hall.until(
        lambda: (
            queues.items() <= {one: seen.get("waiting", 0) for one, seen in hall.seen.queues.items()}.items()
        )
    )


async def called(hall: Any, *numbers: str) -> None:
    """Window 1 calls and serves these, one after the other."""
    for number in numbers:
        assert await hall.call("1") == f"请{number}号到1号窗口"
        hall.press("1", "begin")
        await hall.strip("1", f"{number}号 正在办理")


def test_without_the_broker_a_machine_goes_on_and_is_merged_in_the_order_of_issue(
    run: Any, whole: Any
) -> None:
    async def body() -> Any:
        async with whole() as hall:
            await hall.log_in("1")
            await leased(hall)
            assert await hall.take() == "A001"
            hall.broker.stop()
            await hall.nodes["east"].says("broker away")
            assert [await hall.take(), await hall.take("201"), await hall.take()] == ["Y501", "Y502", "Y503"]
            text = hall.stage.machines[0].printer.papers[1].text
            assert "脱机取号" in "".join(text)
            assert not [line for line in text if "预计等候" in line or "前面等候" in line]
            hall.start_broker()
            await waiting(hall, social=3, tax=1)
            assert await hall.take() == "A002", "one sequence while the coordinator answers"
            await called(hall, "A001", "Y501", "Y503", "A002")
            assert len(hall.stage.machines[0].printer.papers) == 5
        return hall

    hall = run(body())
    alone = of(hall.books(), e.IssuedAlone)
    assert [event.number for event in alone] == ["Y501", "Y502", "Y503"]
    assert len({event.visit for event in alone}) == 3
    printed = {event.visit for event in of(hall.books(), e.PrintMarked) if event.outcome == "printed"}
    assert {event.visit for event in alone} <= printed


def test_killed_in_the_middle_of_it_the_next_block_comes_and_paper_is_called_when_shown(
    run: Any, whole: Any, site_toml: str
) -> None:
    async def body() -> Any:
        async with whole(f"{site_toml}\n[alone]\nnumbers = 100\nblock = 10\n") as hall:
            await leased(hall)
            await hall.kill("core")
            await hall.until(lambda: hall.seen.lives["core"] == "lost")
            assert [await hall.take(), await hall.take()] == ["Y501", "Y502"]
            await hall.kill("east")
            await hall.start_node("east")
            await hall.nodes["east"].says("Y503-Y520 may be on paper")
            assert await hall.take() == "Y521"
            await hall.start_node("core")
            await hall.ready("core")
            await hall.until(lambda: "Y521" in hall.seen.numbers and hall.seen.drained)
            await hall.log_in("1")
            await called(hall, "Y501", "Y502", "Y521")
            hall.press("1", "call_number", "507")
            await hall.strip("1", "请Y507号到1号窗口")
        return hall

    books = run(body()).books()
    (marked,) = of(books, e.MaybePrinted)
    assert (marked.prefix, marked.first, marked.last) == ("Y", 503, 520)


def test_two_machines_alone_never_give_the_same_number(run: Any, whole: Any, site_toml: str) -> None:
    async def body() -> None:
        async with whole(site_toml + WEST) as hall:
            await hall.start_node("west")
            await leased(hall)
            await leased(hall, "west")
            await hall.log_in("1")
            hall.broker.stop()
            for node in ("east", "west"):
                await hall.nodes[node].says("broker away")
            order = [await take_at(hall, at % 2, ("start", "confirm")[at // 2]) for at in range(4)]
            assert order == ["Y501", "X501", "Y502", "X502"]
            hall.start_broker()
            await waiting(hall, social=4)
            await called(hall, *order)

    run(body())


def test_a_coordinator_that_hangs_within_a_press_gives_it_no_second_number(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            await leased(hall)
            await hall.log_in("1")
            core = hall.nodes["core"].process
            core.send_signal(signal.SIGSTOP)
            assert await hall.take() == "Y501", "nobody answered in time"
            core.send_signal(signal.SIGCONT)
            await hall.until(lambda: "Y501" in hall.seen.numbers and hall.seen.drained)
            await called(hall, "Y501")
            hall.press("1", "finish")
            await hall.until(lambda: not hall.window("1").get("ticket"))
            assert len(hall.stage.machines[0].printer.papers) == 1
            assert await hall.take() in ("A001", "A002")
        return hall

    books = run(body()).books()
    assert len(of(books, e.IssuedAlone)) == len(of(books, e.Withdrawn)) == 1


def test_without_numbers_it_sends_people_to_the_desk(run: Any, whole: Any, site_toml: str) -> None:
    async def body() -> None:
        async with whole(f"{site_toml}\n[alone]\nnumbers = 10\nblock = 10\n") as hall:
            await leased(hall)
            hall.broker.stop()
            await hall.nodes["east"].says("broker away")
            assert [await hall.take() for _ in range(10)][-1] == "Y510"
            machine = hall.stage.machines[0]
            beeps = machine.keypad.model.beeps
            hall.press_take()
            notice = await machine.printer.next_ticket(LONG_S)
            assert "请到咨询引导台人工取号" in notice.text
            await machine.keypad.changed(lambda twin: twin.model.beeps > beeps, LONG_S)
            hall.start_broker()
            await waiting(hall, social=10)
            assert await hall.take() == "A001"

    run(body())


def test_a_machine_that_never_met_a_coordinator_says_so(run: Any, whole_class: Any, tmp_path: Any) -> None:
    async def body() -> None:
        hall = whole_class(tmp_path)
        await hall.stage.start()
        hall.start_broker()
        hall.seen = asyncio.get_running_loop().create_future()
        hall.seen.stop = lambda: None
        try:
            await hall.start_node("east")
            await hall.nodes["east"].says("broker connected")
            hall.press_take()
            notice = await hall.stage.machines[0].printer.next_ticket(LONG_S)
            assert "本机暂时不能取号" in notice.text
        finally:
            hall.seen.cancel()
            await hall.stop()

    run(body())


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_node_that_ends_alone_keeps_what_it_issued(
    run: Any, whole: Any, signal_number: signal.Signals
) -> None:
    async def body() -> None:
        async with whole() as hall:
            await leased(hall)
            hall.broker.stop()
            await hall.nodes["east"].says("broker away")
            assert await hall.take() == "Y501"
            await hall.stage.machines[0].printer.changed(lambda twin: len(twin.papers) == 1, LONG_S)
            await hall.nodes["east"].stop(signal_number)
            hall.start_broker()
            await hall.start_node("east")
            await waiting(hall, social=1)
            await hall.log_in("1")
            assert await hall.call("1") == "请Y501号到1号窗口"

    run(body())
