"""The main job, end to end: keys, paper, strips and ratings on real wires, through a real broker."""

from __future__ import annotations

import re
from typing import Any

import pytest

from edge.hall import events as e


def of(books: list[Any], kind: type[Any]) -> list[Any]:
    return [event for event in books if isinstance(event, kind)]


@pytest.mark.parametrize("kind", ["mosquitto", "embedded"])
def test_from_the_press_to_the_strip_and_from_the_grade_to_the_books(run: Any, whole: Any, kind: str) -> None:
    async def body() -> Any:
        async with whole(kind=kind) as hall:
            await hall.log_in("1")
            assert await hall.take("101") == "A001"
            assert await hall.take("201") == "B001"
            assert await hall.call("1") == "请A001号到1号窗口"
            hall.press("1", "begin")
            await hall.strip("1", "正在办理")
            await hall.ask_rating("1")
            await hall.rate("1", grade=3)
            await hall.until(lambda: hall.seen.drained and hall.seen.ratings)
            hall.press("1", "finish")
            await hall.strip("1", "工号1001")
        return hall

    hall = run(body())
    books = hall.books()
    assert [event.number for event in of(books, e.NumberIssued)] == ["A001", "B001"]
    (rating,) = of(books, e.RatingGiven)
    assert (rating.visit[-4:], rating.window, rating.level) == ("A001", "1", 5)
    assert [event.outcome for event in of(books, e.PrintMarked)] == ["printed", "printed"]
    assert hall.waiting_records() == 0


def test_the_counter_with_a_lamp_and_a_button_opens_with_its_first_press(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.take("201")
            pins, pin = hall.place("3").button, hall.place("3").button_pin
            await pins.press(pin)
            await hall.until(lambda: hall.window("3").get("ticket") == "B001")
            await pins.until(lambda panel: panel.lit(27))
            assert hall.window("3")["clerk"] == "3"

    run(body())


def test_a_whole_visit_by_every_key_of_the_keypad(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.log_in("1", "2")
            for code in ("101", "101", "201", "101"):
                await hall.take(code)
            assert await hall.call("1") == "请A001号到1号窗口"
            hall.press("1", "recall")
            await hall.until(lambda: hall.window("1").get("calls") == 2)
            hall.press("1", "no_show")
            await hall.strip("1", "工号1001")
            hall.press("2", "call_number", "1")  # a keypad has no letters
            assert await hall.strip("2", "请") == "请B001号到2号窗口"
            hall.press("2", "hold")
            await hall.strip("2", "工号1002")
            hall.press("2", "resume_held")
            await hall.strip("2", "B001号 正在办理")
            hall.press("2", "transfer_window", "1")  # not its queue, but a clerk may send it
            await hall.strip("2", "工号1002")
            hall.press("1", "call_next")
            await hall.until(lambda: hall.window("1").get("ticket") in ("A002", "B001"))
            hall.press("1", "begin")
            await hall.strip("1", "正在办理")
            hall.press("1", "finish")
            await hall.strip("1", "工号1001")
            hall.press("1", "pause")
            await hall.strip("1", "暂停服务")
            hall.press("1", "resume")
            await hall.strip("1", "工号1001")
            hall.press("1", "logout")
            await hall.strip("1", "暂未开放")

    run(body())


def test_a_press_that_cannot_be_acted_on_is_refused_on_the_keypad(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            keypad = hall.place("1").keypad
            beeps = keypad.model.beeps
            hall.press("1", "call_next")
            await keypad.changed(lambda twin: twin.model.beeps > beeps, 10)
            assert hall.window("1")["phase"] == "closed"

    run(body())


def test_waits_are_told_before_a_number_is_taken(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.log_in("1", "2")
            for _ in range(3):
                await hall.take("101")
            await hall.until(lambda: hall.seen.queues["social"].get("waiting") == 3)
            machine = hall.stage.machines[0]
            machine.keypad.press("101 evaluate")
            await machine.keypad.changed(lambda twin: re.fullmatch(r"[0-9]{6}", twin.shown), 10)
            low, high = int(machine.keypad.shown[:3]), int(machine.keypad.shown[3:])
            assert low <= high
            assert high > 0
            assert len(machine.printer.papers) == 3, "asking takes no number"

    run(body())


def test_names_of_200_characters_stop_nothing(run: Any, whole: Any, site_toml: str) -> None:
    name = "政务服务" * 50
    toml = (
        site_toml.replace('"养老金"', f'"{name}"')
        .replace('"社保窗口"', f'"{name}"')
        .replace('"欢迎光临"', f'"{name * 2}"')
    )

    async def body() -> None:
        async with whole(toml=toml) as hall:
            await hall.log_in("1")
            assert hall.place("1").strip.text.startswith("政务服务")
            assert await hall.take() == "A001"
            printed = "".join(hall.stage.machines[0].printer.papers[-1].text)
            assert "政务服务" * 4 in printed
            assert await hall.call("1") == "请A001号到1号窗口"
            assert hall.window("1")["service"] == name
            assert all(device["state"] == "ready" for device in hall.seen.devices.values())

    run(body())
