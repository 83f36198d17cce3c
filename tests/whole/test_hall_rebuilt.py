"""The coordinator's store is lost: the hall goes on with what its nodes keep."""

from __future__ import annotations

import re
import signal
import time
from typing import Any

import pytest

from edge.hall import events as e

HERE = """
[[ports]]
id = "lobby-core"
node = "core"
url = "/dev/serial/by-path/lobby-core"

[[ports]]
id = "paper-core"
node = "core"
url = "/dev/serial/by-path/paper-core"

[[devices]]
id = "tickets-core"
kind = "keypad"
port = "lobby-core"
use = "tickets"
address = 100

[[devices]]
id = "printer-core"
kind = "printer"
port = "paper-core"
"""
"""A ticket machine on the coordinator's own node: its records are in the store that is lost."""


def of(books: list[Any], kind: Any) -> list[Any]:
    return [event for event in books if isinstance(event, kind)]


def take_out_the_card(hall: Any) -> None:
    for file in hall.data.glob("whole-core.db*"):
        file.unlink()


def spoil_the_card(hall: Any) -> None:
    """After a bad cut the store's pages are rubbish, and so is the log that could mend them."""
    for file in (hall.data / "whole-core.db", hall.data / "whole-core.db-wal"):
        file.write_bytes(b"\xa5" * max(file.stat().st_size, 4096))


async def papers_of(hall: Any) -> list[str]:
    """The numbers on all paper that came out of any machine."""
    return [hall.number_on(one.text) for each in hall.stage.machines for one in each.printer.papers]


async def morning(hall: Any) -> None:
    """A001 was served and rated, A002 is called at window 1, A003 and B001 wait."""
    await hall.nodes["east"].says("numbers to issue alone")
    await hall.log_in()
    assert [await hall.take() for _ in range(3)] == ["A001", "A002", "A003"]
    assert await hall.take("201") == "B001"
    assert await hall.call("1") == "请A001号到1号窗口"
    await hall.ask_rating("1")
    await hall.rate("1")
    assert await hall.call("1") == "请A002号到1号窗口"
    await hall.until(lambda: hall.seen.queues["social"].get("last") == "A003")
    await hall.until(lambda: hall.seen.queues["tax"].get("last") == "B001" and hall.seen.drained)


async def sit_down(hall: Any, *windows: str) -> None:
    """Clerks log in again, whatever stands on their strips then."""
    for window in windows:
        for _ in range(15):
            hall.press(window, "login", f"100{window}")
            if await hall.seen.until(lambda at=window: hall.window(at).get("clerk") == f"100{at}", 1.0):
                break


async def called(hall: Any, window: str, number: str) -> None:
    """The clerk calls the next, pressing again when refused, and reads the strip."""
    await hall.insist(window, "call_next", lambda: hall.window(window).get("ticket") == number)
    await hall.strip(window, f"请{number}号到{window}号窗口")


async def goes_on(hall: Any, *alone: str) -> None:
    """Nobody was lost, nobody is called twice, no number comes again."""
    await sit_down(hall, "1", "2")
    assert hall.window("1")["ticket"] == "A002", "who was called is still called"
    assert hall.window("1")["calls"] == 1
    await called(hall, "2", "A003")
    await called(hall, "2", "B001")
    for number in alone:
        await called(hall, "2", number)
    before = await papers_of(hall)
    number = await hall.take()
    assert number not in before
    assert number[0] == "A"
    assert int(number[1:]) > 3
    await called(hall, "1", number)
    await hall.ask_rating("1")
    await hall.rate("1")
    await hall.until(lambda: len(hall.seen.ratings) == 2 and hall.seen.drained)


def test_with_a_new_card_it_goes_on_where_the_nodes_say_it_was(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            await morning(hall)
            await hall.kill("core")
            assert await hall.take() == "Y501", "the machine goes on alone"
            take_out_the_card(hall)
            await hall.start_node("core")
            said = await hall.nodes["core"].says("nodes told it")
            assert re.search(
                r"told it 5 tickets \(3 wait\), 2 calls, 1 ratings; A001-A0\d\d, B001-B0\d\d", said
            )
            await hall.ready("core")
            await hall.until(lambda: "nodes told it 5 tickets" in hall.seen.details["core"])
            await goes_on(hall, "Y501")
        return hall

    books = run(body()).books()
    assert len(of(books, e.RatingGiven)) == 2
    assert {event.number for event in of(books, e.TicketRebuilt)} == {"A001", "A002", "A003", "B001"}


def test_after_a_power_cut_that_spoilt_the_card_and_the_broker_forgot_all(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            await morning(hall)
            for node in ("core", "east"):
                await hall.kill(node)
            hall.broker.stop()
            spoil_the_card(hall)
            hall.start_broker()
            await hall.start_node("core")
            await hall.start_node("east")
            await hall.nodes["core"].says("set aside as")
            await hall.nodes["core"].says("nodes told it 4 tickets (2 wait), 2 calls, 1 ratings")
            await hall.ready("core", "east")
            await goes_on(hall)
        return hall

    books = run(body()).books()
    assert len(of(books, e.RatingGiven)) == 2


@pytest.mark.parametrize("is_late", [False, True], ids=["heard before it acts", "heard when it acts"])
def test_with_a_new_card_that_knows_no_time_and_a_broker_that_forgot_all_running_nodes_say_what_day_it_is(
    run: Any, whole: Any, is_late: bool
) -> None:
    """Its epochs begin too low as well: nodes would not heed it."""

    async def body() -> None:
        async with whole() as hall:
            await morning(hall)
            lives = hall.seen.topics["east/life"]
            epoch, east = hall.window("1")["epoch"], hall.nodes["east"].process
            await hall.kill("core")
            east.send_signal(signal.SIGSTOP)
            hall.broker.stop()
            take_out_the_card(hall)
            hall.start_broker()
            if is_late:
                await hall.start_node("core", "--clock", f"0,{time.time()},1")
                await hall.nodes["core"].says("coordinator of the site")
                east.send_signal(signal.SIGCONT)
                await hall.nodes["core"].says(f"nodes have heard of epoch {epoch}")
            else:
                east.send_signal(signal.SIGCONT)
                await hall.until(lambda: hall.seen.topics["east/life"] > lives)
                await hall.start_node("core", "--clock", f"0,{time.time()},1")
            await hall.nodes["core"].says("nodes told it 4 tickets (2 wait), 2 calls, 1 ratings")
            await hall.ready("core")
            await goes_on(hall)
            assert hall.window("1")["epoch"] > epoch

    run(body())


def test_numbers_of_a_machine_whose_own_records_are_lost_are_known_to_whoever_heard_of_them(
    run: Any, whole: Any, site_toml: str
) -> None:
    async def body() -> None:
        async with whole(site_toml + HERE) as hall:
            here = hall.stage.machines[-1]
            for number in ("A001", "A002"):
                here.keypad.press("101 start" if number == "A001" else "101 confirm")
                assert hall.number_on((await here.printer.next_ticket(15.0)).text) == number
            await hall.log_in("1")
            await hall.until(lambda: hall.seen.queues["social"].get("last") == "A002")
            assert await hall.call("1") == "请A001号到1号窗口"
            await hall.until(lambda: hall.seen.drained)
            await hall.kill("core")
            take_out_the_card(hall)
            await hall.start_node("core")
            await hall.nodes["core"].says("nodes told it 1 tickets (0 wait), 1 calls")
            await hall.ready("core")
            await sit_down(hall, "1")
            assert await hall.take() == "A015", "12 above the last that was heard of"
            hall.press("1", "call_number", "2")
            await hall.strip("1", "请A002号到1号窗口")

    run(body())


def test_a_first_start_says_nothing_of_it(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            assert await hall.take() == "A001"
            assert not hall.seen.details.get("core")
            assert not [line for line in hall.nodes["core"].lines if " W " in line or " E " in line]

    run(body())
