"""Dirt and trouble on every wire of a running node."""

from __future__ import annotations

import random
from typing import Any

from edge.hall import events as e

XOFF = b"\x13"


def noise_on(hall: Any, seed: int, count: int = 60) -> None:
    """Garbage, halves of frames, whole frames twice and joined, on every serial wire of the hall.

    A printer does not hear it: what a ticket becomes in noise is its own affair. Nor does it seem to say
    XOFF, which is a word: please wait.
    """
    dice = random.Random(seed)
    frames = [
        bytes.fromhex("ff680501010100000068"),
        bytes.fromhex("a09015a5aa"),
        b"\x14\x00\x00\x0f",
        b"\xff\x68",
        b"\xa0\x90",
    ]
    printer = hall.stage.machines[0].printer
    for line in hall.stage.lines:
        say = line.wire.send if line.twins == [printer] else line.noise
        for _ in range(count):
            frame = dice.choice(frames)
            rubbish = dice.choice(
                [
                    dice.randbytes(dice.randint(1, 40)),
                    frame[: dice.randint(1, len(frame))],
                    frame + frame,
                    frame + dice.choice(frames),
                ]
            )
            say(rubbish.replace(XOFF, b""))


def test_garbage_on_every_wire_stops_nobody(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            await hall.log_in()
            for seed in range(3):
                noise_on(hall, seed)
                await hall.take("101")
                noise_on(hall, seed + 10)
                window = "12"[seed % 2]
                await hall.call(window)
                noise_on(hall, seed + 20)
                await hall.ask_rating(window)
                noise_on(hall, seed + 30, count=5)
                await hall.rate(window)
            await hall.until(lambda: len(hall.seen.ratings) == 3 and hall.seen.drained)
        return hall

    hall = run(body())
    books = hall.books()
    numbers = [event.number for event in books if isinstance(event, e.NumberIssued)]
    assert numbers == ["A001", "A002", "A003"], "noise took no number"
    assert len([event for event in books if isinstance(event, e.RatingGiven)]) == 3


def test_a_keypad_that_repeats_and_an_evaluator_that_stutters_are_heard_once(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            await hall.log_in("1")
            await hall.take()
            await hall.take()
            hall.place("1").keypad.faults.garble = 7
            hall.place("1").keypad.faults.garble_pct = 60  # most repeats reach nobody
            await hall.call("1")
            hall.place("1").keypad.faults.garble = None
            await hall.ask_rating("1")
            hall.place("1").evaluator.faults.garble = 5
            hall.place("1").evaluator.faults.garble_pct = 60
            await hall.rate("1")
            await hall.until(lambda: hall.seen.ratings and hall.seen.drained)
        return hall

    books = run(body()).books()
    assert len([event for event in books if isinstance(event, e.Called)]) == 1
    assert len([event for event in books if isinstance(event, e.RatingGiven)]) == 1


def test_two_keypads_that_talk_at_once_are_both_served(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.log_in()
            await hall.take()
            await hall.take()
            (line,) = [line for line in hall.stage.lines if len(line.twins) > 1]
            line.wire.share(True)
            hall.place("2").keypad.model._repeat_s = 0.31  # no two clocks run alike
            hall.press("1", "call_next")
            hall.press("2", "call_next")
            await hall.until(
                lambda: {hall.window("1").get("ticket"), hall.window("2").get("ticket")} == {"A001", "A002"}
            )

    run(body())


def test_an_adapter_pulled_out_and_put_back_shows_what_was_missed(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.log_in()
            await hall.take()
            await hall.take()
            await hall.call("1")
            (line,) = [line for line in hall.stage.lines if len(line.twins) > 1]
            line.unplug()
            await hall.device("strip-1", "lost", "port_lost")
            assert await hall.take() == "A003", "another port of the node does not notice"
            for name in ("strip-1", "keypad-1"):
                getattr(hall.place("1"), name.partition("-")[0]).power_cut()
            line.replug()
            await hall.strip("1", "请A001号到1号窗口")
            await hall.device("strip-1", "ready")
            assert await hall.call("2") == "请A002号到2号窗口"

    run(body())


def test_a_strip_that_was_away_during_a_change_shows_the_new_state(
    run: Any, whole: Any, site_toml: str
) -> None:
    """The strip hangs on a wire of its own; its window goes on without it."""
    toml = site_toml.replace(
        '[[ports]]\nid = "lobby"',
        '[[ports]]\nid = "own"\nnode = "east"\nurl = "/dev/own"\n\n[[ports]]\nid = "lobby"',
    ).replace('id = "strip-1"\nkind = "strip"\nport = "line"', 'id = "strip-1"\nkind = "strip"\nport = "own"')

    async def body() -> None:
        async with whole(toml=toml) as hall:
            await hall.log_in("1")
            await hall.take()
            (line,) = [line for line in hall.stage.lines if line.twins == [hall.place("1").strip]]
            # all was said again to the nodes that had just started: nothing comes by itself any more
            await hall.until(lambda: hall.seen.topics["core/state/site"] >= 2)
            line.unplug()
            await hall.device("strip-1", "lost", "port_lost")
            hall.press("1", "call_next")
            await hall.until(lambda: hall.window("1").get("ticket") == "A001")
            line.replug()
            await hall.strip("1", "请A001号到1号窗口")

    run(body())
