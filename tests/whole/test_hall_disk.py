"""A full disk under a running node: said, calls as far as they safely can, nothing promised is lost."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from edge.hall import events as e


def fill(folder: Path, name: str) -> None:
    """Until nothing more goes onto this disk."""
    with (folder / name).open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


async def storage(hall: Any, wanted: str) -> None:
    await hall.until(lambda: hall.seen.hall.get("storage", "ok") == wanted)


def test_the_coordinators_disk_full_and_free_again(run: Any, whole: Any, tmp_path: Path) -> None:
    async def body() -> None:
        async with whole(small_disk="core") as hall:
            disk = hall.disk("core")
            await hall.log_in()
            for _ in range(3):
                await hall.take()
            await hall.records(3)

            fill(disk, "filler")
            assert await hall.call("1") == "请A001号到1号窗口", "on the reserve"
            # a call may still find room in the log's last block
            await hall.insist("1", "recall", lambda: hall.seen.hall.get("storage") == "reserve")
            await hall.until(lambda: hall.seen.lives["core"] == "degraded")
            machine = hall.stage.machines[0]
            beeps = machine.keypad.model.beeps
            hall.press_take()
            await machine.keypad.changed(lambda twin: twin.model.beeps > beeps, 10)
            assert hall.seen.numbers == {"A001", "A002", "A003"}
            assert await hall.call("2") == "请A002号到2号窗口"

            fill(disk, "more")
            keypad = hall.place("1").keypad
            beeps = keypad.model.beeps
            for _ in range(20):  # the last block of a file may have room for a few more
                hall.press("1", "recall")
                with contextlib.suppress(TimeoutError):
                    await keypad.changed(lambda twin: twin.model.beeps > beeps, 2)
                    break
            assert keypad.model.beeps > beeps
            await storage(hall, "full")
            shown = hall.place("1").strip.text

            for name in ("filler", "more"):
                (disk / name).unlink()
            await storage(hall, "ok")
            await hall.until(lambda: hall.seen.lives["core"] == "ready")
            assert hall.place("1").strip.text == shown
            assert await hall.take() == "A004"
            await hall.insist("1", "call_next", lambda: hall.window("1").get("ticket") == "A003")

    run(body())


def test_a_rating_that_cannot_be_kept_is_not_thanked_for(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole(small_disk="east") as hall:
            await hall.log_in("1")
            await hall.take()
            await hall.call("1")
            await hall.records(2)  # printed and shown
            disk = hall.disk("east")
            fill(disk, "filler")
            (disk / "whole-east.db.reserve").unlink(missing_ok=True)
            fill(disk, "more")
            # the log's last page has a little room left: more is shown until that is gone too
            await hall.insist("1", "recall", lambda: hall.seen.lives["east"] == "degraded")
            await hall.ask_rating("1")
            pad = hall.place("1").evaluator
            pad.press(3)
            # a rating is smaller than a call: once in a while it still finds room, and is thanked for
            await pad.changed(lambda twin: twin.model.given_up or twin.thanked, 10)
            is_kept = bool(pad.thanked)
            assert is_kept != bool(pad.model.given_up)
            for name in ("filler", "more"):
                (disk / name).unlink()
            await hall.until(lambda: hall.seen.lives["east"] == "ready")
            if not is_kept:
                await hall.rate("1", grade=3)
            await hall.until(lambda: hall.seen.ratings and hall.seen.drained)
        return hall

    ratings = [event for event in run(body()).books() if isinstance(event, e.RatingGiven)]
    assert [(event.window, event.level) for event in ratings] == [("1", 5)]
