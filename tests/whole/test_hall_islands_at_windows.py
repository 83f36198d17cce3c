"""Windows and screens without the coordinator or the broker: old states say so, ratings are taken."""

from __future__ import annotations

from typing import Any

import pytest

from edge.hall import events as e

SOON = "\n[screens]\nstale_s = 2\n"
DARK = "______"


async def dark(hall: Any, window: str = "1") -> None:
    await hall.place(window).keypad.changed(lambda twin: twin.shown == DARK, 15.0)


async def refused(hall: Any, window: str, action: str) -> None:
    """A clerk presses, and is told that nothing comes of it."""
    keypad = hall.place(window).keypad
    beeps = keypad.model.beeps
    hall.press(window, action)
    await keypad.changed(lambda twin: twin.model.beeps > beeps, 15.0)


def test_a_clerk_sees_that_the_hall_is_away_and_the_citizen_of_when_the_strip_is(
    run: Any, whole: Any, site_toml: str
) -> None:
    async def body() -> None:
        async with whole(site_toml + SOON) as hall:
            await hall.log_in()
            await hall.take()
            await hall.call("1")
            keypad = hall.place("1").keypad
            await keypad.changed(lambda twin: twin.shown.endswith("001"), 15.0)
            await hall.kill("core")
            await dark(hall)
            await hall.strip("1", "叫号A001")
            assert hall.place("1").strip.text.startswith("截至")
            await refused(hall, "1", "call_next")
            await dark(hall)
            await hall.start_node("core")
            await hall.ready("core")
            assert await hall.strip("1", "请A001号到1号窗口")
            await keypad.changed(lambda twin: twin.shown.endswith("001"), 15.0)
            assert hall.window("1")["calls"] == 1, "the press was not stored up"

    run(body())


@pytest.mark.parametrize("restarted", [False, True], ids=["as it is", "its node started again meanwhile"])
def test_a_rating_is_taken_for_the_visit_that_was_announced_last(
    run: Any, whole: Any, site_toml: str, restarted: bool
) -> None:
    async def body() -> Any:
        async with whole(site_toml + SOON) as hall:
            await hall.log_in("1")
            await hall.take()
            await hall.call("1")
            await hall.kill("core")
            await hall.until(lambda: hall.seen.lives["core"] == "lost")
            if restarted:
                await hall.kill("east")
                hall.place("1").strip.power_cut()
                await hall.start_node("east")
                await hall.ready("east")
            await hall.strip("1", "叫号A001")
            await hall.ask_rating("1")
            await hall.rate("1", grade=3)
            await refused(hall, "1", "finish")
            await refused(hall, "1", "ask_rating")  # once
            await hall.start_node("core")
            await hall.ready("core")
            await hall.until(lambda: hall.seen.ratings and hall.seen.drained)
        return hall

    hall = run(body())
    (rating,) = [event for event in hall.books() if isinstance(event, e.RatingGiven)]
    assert (rating.visit.partition("-")[2], rating.level, rating.window) == ("A001", 5, "1")


def test_a_node_that_starts_asks_nobody_for_a_rating_that_it_keeps(run: Any, whole: Any) -> None:
    """The hall asks for it until it has the rating: who stands there by then is the next citizen."""

    async def body() -> Any:
        async with whole() as hall:
            await hall.log_in("1")
            await hall.take()
            await hall.call("1")
            await hall.ask_rating("1")
            await hall.kill("core")
            await hall.rate("1", grade=3)
            await hall.kill("east")
            await hall.start_node("core")
            await hall.ready("core")
            await hall.until(lambda: hall.window("1")["rating"])
            pad = hall.place("1").evaluator
            opened = pad.model.opened
            await hall.start_node("east")
            await hall.until(lambda: hall.seen.ratings and not hall.window("1").get("rating"))
            await hall.log_in("2")
            assert pad.model.opened == opened
        return hall

    assert len([event for event in run(body()).books() if isinstance(event, e.RatingGiven)]) == 1


def test_a_node_that_starts_with_nothing_to_hear_says_so_and_asks_nobody(
    run: Any, whole: Any, site_toml: str
) -> None:
    async def body() -> None:
        async with whole(site_toml + SOON) as hall:
            await hall.log_in("1")
            hall.broker.stop()
            await hall.kill("east")
            await hall.start_node("east")
            await hall.strip("1", "系统恢复中 请稍候")
            await dark(hall)
            await refused(hall, "1", "ask_rating")
            hall.start_broker()  # and it kept nothing
            await hall.strip("1", "社保窗口 工号1001")
            await hall.place("1").keypad.changed(lambda twin: twin.shown.startswith("__0"), 15.0)

    run(body())


def test_panels_that_forgot_are_filled_again(run: Any, whole: Any, site_toml: str) -> None:
    """Their power blinked, and nobody told the node."""
    restless = site_toml.replace("address = 1\n", "address = 1\nrefresh_s = 1\n")
    restless = restless.replace("address = 21\n", "address = 21\nrefresh_s = 1\n")

    async def body() -> None:
        async with whole(restless) as hall:
            await hall.log_in("1")
            strip, keypad = hall.place("1").strip, hall.place("1").keypad
            await keypad.changed(lambda twin: twin.shown.startswith("__0"), 15.0)
            strip.power_cut()
            keypad.power_cut()
            await hall.strip("1", "1001")
            await keypad.changed(lambda twin: twin.shown.startswith("__0"), 15.0)

    run(body())
