"""The coordinator over a real journal: one answer to a request, one holder of the role, little room, time."""

from __future__ import annotations

from typing import Any

import pytest

from edge.hall.refusals import TEXTS
from mqtt_bridge import messages as m


def test_a_number_a_call_and_a_rating(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            slip = await hall.number()
            assert (slip.number, slip.service, slip.service_en) == ("A001", "养老金", "Pension")
            answer = await hall.do(m.CallNext, window="1")
            assert answer.ticket == "A001"
            state = hall.window("1")
            assert (state.phase, state.ticket, state.visit, state.calls) == ("calling", "A001", slip.visit, 1)
            assert hall.ear.retained["state/board",].calls[0].ticket == "A001"
            await hall.do(m.AskRating, window="1")
            assert hall.window("1").rating.visit == slip.visit
            hall.send(m.Rated("east", "abcdef01-1", 5, slip.visit, "1", 4))
            receipt = await hall.ear.until(lambda: hall.ear.of(m.Receipt))
            assert receipt == [m.Receipt("abcdef01", 1)]
            assert hall.hall.visits[slip.visit].ratings == {"": 4}
            assert hall.window("1").rating is None

    run(body())


def test_every_message_is_acknowledged_once_it_needs_no_second_delivery(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            hall.journal.hold()
            take = hall.make(m.TakeNumber, service="pension")
            hall.send(take)
            hall.send(take)
            assert hall.acknowledged == [take.id], "the copy at once, the first after its commit"
            hall.journal.release()
            await hall.ear.until(lambda: hall.answers(take.id))
            assert hall.acknowledged == [take.id, take.id]

    run(body())


def test_the_same_request_again_gets_the_same_answer_and_acts_once(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            first = await hall.ask(m.TakeNumber, service="pension", id="same")
            again = await hall.ask(m.TakeNumber, service="pension", id="same")
            assert again.slip == first.slip
            assert first.time_ms > 0, "an answer tells the time"
            assert again.time_ms == 0, "a repeated one would tell an old time"
            assert len(hall.hall.visits) == 1

    run(body())


def test_the_same_request_after_a_crash_gets_the_same_answer(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            first = await hall.ask(m.TakeNumber, service="pension", id="same")
            await hall.restart(clean=False)
            again = await hall.ask(m.TakeNumber, service="pension", id="same")
            assert again.slip == first.slip
            assert len(hall.hall.visits) == 1

    run(body())


def test_a_late_request_is_refused_and_told_the_time(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            answer = await hall.ask(m.TakeNumber, service="pension", late_s=0.5)
            assert answer.code == "late"
            assert answer.text and answer.text_en
            assert answer.time_ms > 0
            assert not hall.hall.visits

    run(body())


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        (m.TakeNumber, {"service": "unknown"}, "unknown_service"),
        (m.TakeNumber, {"service": "pension", "priority": "royal"}, "unknown_class"),
        (m.CallNext, {"window": "1"}, "window_closed"),
        (m.CallNext, {"window": "99"}, "unknown_window"),
        (m.CallNumber, {"window": "2", "number": "77"}, "unknown_number"),
        (m.Reprint, {"number": "B009"}, "unknown_number"),
        (m.Quote, {"service": "unknown"}, "unknown_service"),
        (m.Transfer, {"window": "2"}, "nobody_here"),
    ],
)
def test_what_the_rules_refuse_is_said_in_both_languages(
    run: Any, office: Any, kind: type[m.Ask], fields: dict[str, Any], code: str
) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("2")
            answer = await hall.ask(kind, **fields)
            assert answer.code == code
            chinese, english = TEXTS[code]
            assert answer.text.startswith(chinese.partition("{")[0])
            assert answer.text_en.startswith(english.partition("{")[0])
            assert answer.slip is None

    run(body())


def test_a_claim_is_answered_by_the_holder(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            hall.send(m.ClaimRole("claim", 5, instance="other"), node="east")
            role = hall.ear.retained["role",]
            assert (role.heard, role.epoch, role.instance) == ("claim", 1, "i1")
            assert hall.acknowledged == ["claim"]

    run(body())


@pytest.mark.parametrize(
    ("epoch", "instance", "acts"),
    [(2, "i0", False), (1, "i2", False), (1, "i0", True), (0, "i2", True)],
    ids=["higher epoch", "same epoch, later name", "same epoch, earlier name", "lower epoch"],
)
def test_of_two_holders_one_stops(run: Any, office: Any, epoch: int, instance: str, acts: bool) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            hall.journal.hold()
            under_way = hall.make(m.PauseWindow, window="1")
            hall.send(under_way)
            hall.send(m.Role(epoch, instance, host="there"), node="east")
            assert hall.coordinator.acting is acts
            hall.ear.said.clear()
            hall.acknowledged.clear()
            hall.journal.release()
            await hall.ear.until(lambda: hall.answers(under_way.id))
            assert bool(hall.ear.of(m.WindowState)) is acts, "what was under way is kept, and not shown"
            hall.ear.said.clear()
            hall.acknowledged.clear()
            take = hall.make(m.TakeNumber, service="pension")
            hall.send(take)
            hall.send(m.Printed("east", "abcdef01-1", 5, "20261123-A001", "A001", "printed"))
            hall.coordinator.say_everything()
            hall.coordinator.storage_changed()
            await hall.settle()
            assert bool(hall.answers(take.id)) is acts
            assert bool(hall.ear.said) is acts
            assert hall.acknowledged == [take.id, "abcdef01-1"], "each message is acknowledged all the same"

    run(body())


@pytest.mark.parametrize("storage", ["reserve", "full"])
def test_with_little_room_no_numbers_are_issued_and_calls_go_on(run: Any, office: Any, storage: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            await hall.number()
            hall.journal.storage = storage
            hall.coordinator.storage_changed()
            assert hall.ear.retained["state/hall",].storage == storage
            refused = await hall.ask(m.TakeNumber, service="pension")
            assert (refused.code, bool(refused.text_en)) == ("storage_reserve", True)
            assert (await hall.do(m.CallNext, window="1")).ticket == "A001"
            hall.journal.storage = "ok"
            hall.coordinator.storage_changed()
            assert hall.ear.retained["state/hall",].storage == "ok"
            assert (await hall.number()).number == "A002"

    run(body())


def test_the_room_is_told_right_from_the_start(run: Any, new_office: Any) -> None:
    async def body() -> None:
        hall = new_office()
        await hall.start()
        hall.journal.storage = "reserve"
        hall.coordinator.say_everything()
        assert hall.ear.retained["state/hall",].storage == "reserve"
        await hall.stop()

    run(body())


HOURS = '\n[hours]\nmonday = ["09:00-17:00"]\n'


def test_a_clock_that_learns_the_time_opens_the_hall(
    run: Any, office: Any, site_toml: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.coordinator.LOOK_MOST_S", 0.01)

    async def body() -> None:
        async with office(site_toml + HOURS) as hall:
            await hall.ear.until(lambda: hall.ear.retained["state/hall",].open)
            hall.now_s += 10 * 3600  # 19:00
            await hall.ear.until(lambda: not hall.ear.retained["state/hall",].open)
            hall.now_s += 7 * 86_400 - 9 * 3600  # a week later, 10:00
            await hall.ear.until(lambda: hall.ear.retained["state/hall",].open)
            assert hall.ear.retained["state/hall",].day == "20261130"

    run(body())


def test_a_slip_is_printed_again_with_the_same_number(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            slip = await hall.number()
            copy = (await hall.do(m.Reprint, number="A001")).slip
            assert copy.copy == 1
            assert (copy.visit, copy.number, copy.ahead) == (slip.visit, slip.number, slip.ahead)

    run(body())


def test_digits_typed_at_a_window_find_the_ticket(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1", "2")
            for service in ("invoice", "pension", "pension"):
                await hall.number(service)
            assert (await hall.do(m.CallNumber, window="1", number="1")).ticket == "A001"
            assert (await hall.do(m.CallNumber, window="2", number="001")).ticket == "B001"
            await hall.do(m.Hold, window="2")
            assert (await hall.do(m.ResumeHeld, window="2", number="1")).ticket == "B001"
            assert (await hall.do(m.Reprint, number="2")).slip.number == "A002"

    run(body())


def test_a_quote_tells_the_range_and_issues_nothing(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            await hall.number()
            await hall.number()
            answer = await hall.do(m.Quote, service="pension")
            assert answer.ahead == 2
            assert answer.wait_high_s > 0 and answer.wait_low_s <= answer.wait_high_s
            assert len(hall.hall.visits) == 2

    run(body())
