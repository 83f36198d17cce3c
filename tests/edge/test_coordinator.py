"""The coordinator over a real journal: one answer to one request, and nothing shown before its commit."""

from __future__ import annotations

from typing import Any

import pytest

from edge.hall.refusals import TEXTS
from edge.journal import JournalError
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


def test_nothing_is_told_before_the_commit(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            await hall.number()
            await hall.settle()
            hall.ear.said.clear()
            hall.journal.hold()
            call = hall.make(m.CallNext, window="1")
            hall.send(call)
            hall.coordinator.say_everything()  # to a node that has just started
            hall.coordinator.storage_changed()
            hall.coordinator._publisher._count()
            calling = [one for one in hall.ear.of(m.WindowState) if one.phase == "calling"]
            assert not calling and not hall.answers(call.id)
            hall.journal.release()
            await hall.ear.until(lambda: hall.answers(call.id))
            assert hall.window("1").phase == "calling"

    run(body())


def test_the_state_goes_out_before_the_answer(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            await hall.number()
            hall.ear.said.clear()
            await hall.do(m.CallNext, window="1")
            kinds = [kind for kind, _, _ in hall.ear.said]
            assert kinds.index("state/window") < kinds.index("answer")

    run(body())


def test_a_failed_commit_takes_back_all_that_was_decided_on_top(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1", "2")
            await hall.number()
            await hall.settle()
            before, shown = hall.hall.issued, hall.shown()
            hall.journal.hold()
            hall.journal.fail()
            doomed = [
                hall.make(m.TakeNumber, service="invoice"),  # the commit that fails
                hall.make(m.CallNext, window="2"),
                hall.make(m.TakeNumber, service="pension"),
                hall.make(m.Login, window="2", clerk="102"),  # accepted, and changes nothing
                hall.make(m.Reprint, number="B001"),
            ]
            for request in doomed:
                hall.send(request)
            assert hall.hall.issued == before + 2, "decided in memory"
            hall.journal.release()
            for request in doomed:
                (answer,) = await hall.ear.until(lambda one=request: hall.answers(one.id))
                assert answer.code == "storage_full", "told that nothing was done"
            await hall.settle()  # the hall is read again behind them
            assert not [one for one in hall.ear.of(m.WindowState) if one.phase == "calling"], "never shown"
            assert hall.hall.issued == before
            assert hall.shown() == shown
            assert (await hall.number("invoice")).number == "B001"
            assert (await hall.do(m.CallNext, window="2")).ticket == "A001"

    run(body())


def test_while_the_hall_is_read_again_nothing_is_decided(
    run: Any, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        async with office() as hall:
            monkeypatch.setattr("edge.keeper.REREAD_S", 0.01)
            hall.journal.fail(3)  # the commit, and two tries to read the journal
            assert (await hall.ask(m.TakeNumber, service="pension")).code == "storage_full"
            answer = await hall.ask(m.TakeNumber, service="pension")
            assert answer.code == "storage_full"
            hall.send(m.Shown("east", "abcdef01-1", 5, "20261123-A001", "1", "strip", 1, True))
            assert hall.acknowledged[-1] == "abcdef01-1"
            await hall.ear.until(lambda: hall.ear.of(m.SiteState)[1:])  # published whole again
            assert (await hall.number()).number == "A001"
            assert not hall.ear.of(m.Receipt), "what was not committed is not told as durable"

    run(body())


def test_a_defect_of_a_rule_leaves_no_half_event(
    run: Any, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            await hall.number()
            with monkeypatch.context() as patch:
                patch.setattr("edge.keeper.fold", _half_a_fold)
                with pytest.raises(ZeroDivisionError):
                    hall.send(hall.make(m.CallNext, window="1"))
            await hall.ear.until(lambda: hall.ear.of(m.SiteState)[1:])
            assert hall.hall.windows["1"].calls == 0
            assert (await hall.do(m.CallNext, window="1")).ticket == "A001"

    run(body())


def _half_a_fold(hall: Any, event: Any) -> None:
    hall.windows["1"].calls += 1
    raise ZeroDivisionError


async def _a_morning(hall: Any) -> None:
    await hall.open("1", "2")
    for service in ("pension", "invoice", "pension", "pension", "invoice"):
        await hall.number(service)
    await hall.do(m.CallNext, window="1")
    await hall.do(m.Begin, window="1")
    await hall.do(m.CallNext, window="2")
    await hall.do(m.NoShow, window="2")
    await hall.do(m.CallNext, window="2")
    await hall.do(m.Hold, window="2")
    await hall.do(m.PauseWindow, window="2", reason="午休")
    await hall.do(m.AskRating, window="1")
    hall.send(m.Printed("east", "abcdef01-3", 5, "20261123-A001", "A001", "printed"))
    await hall.ear.until(lambda: hall.ear.of(m.Receipt))


@pytest.mark.parametrize("clean", [True, False], ids=["from its snapshot", "by replay"])
def test_started_again_it_goes_on_where_it_was(run: Any, office: Any, clean: bool) -> None:
    async def body() -> None:
        async with office() as hall:
            await _a_morning(hall)
            before, shown, epoch = hall.hall, hall.shown(), hall.coordinator.epoch
            await hall.restart(clean=clean)
            assert hall.hall == before
            assert hall.shown() == shown
            assert hall.coordinator.epoch == epoch + 1
            assert hall.window("1").epoch == epoch + 1
            hall.send(m.Printed("east", "abcdef01-1", 5, "20261123-A001", "A001", "printed"))
            receipts = await hall.ear.until(lambda: hall.ear.of(m.Receipt))
            assert receipts == [m.Receipt("abcdef01", 3, (2,))]
            assert (await hall.number()).number == "A004"

    run(body())


def test_snapshots_on_the_way_change_nothing(run: Any, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.keeper.SNAPSHOT_EVERY", 3)
    monkeypatch.setattr("edge.keeper.QUIET_S", -1.0)

    async def body() -> None:
        async with office() as hall:
            await _a_morning(hall)
            before = hall.hall
            rows = await hall.journal.run(lambda db: db.execute("SELECT seq FROM snapshot").get)
            assert rows >= 3
            await hall.restart(clean=False)
            assert hall.hall == before

    run(body())


def test_the_epoch_is_above_all_that_were_seen(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            first = hall.coordinator.epoch
            await hall.restart(epoch_seen=40)
            assert hall.coordinator.epoch == 41
            await hall.restart()
            assert hall.coordinator.epoch == 42
            assert first == 1

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


def test_all_states_are_said_whole(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await _a_morning(hall)
            shown = hall.shown()
            hall.ear.retained.clear()
            hall.coordinator.say_everything()
            await hall.settle()
            assert hall.shown() == shown
            assert len(shown) == 2 + 2 + 3  # windows, queues; hall, board, site

    run(body())


# --- a full disk ---------------------------------------------------------------------------------------


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


# --- time ------------------------------------------------------------------------------------------------


def test_hall_time_does_not_go_back_over_a_restart(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            first = await hall.number()
            hall.now_s -= 3600
            second = await hall.number()
            await hall.restart()
            third = await hall.number()
            assert [one.number for one in (first, second, third)] == ["A001", "A002", "A003"]
            assert first.issued_ms <= second.issued_ms <= third.issued_ms
            assert hall.ear.retained["state/hall",].day == "20261123"

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


# --- slips and numbers typed -------------------------------------------------------------------------------


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


# --- journals of another release -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body"),
    [("Teleported", b"{}"), ("Called", b"{}"), ("Called", b"\xff"), ("Begun", b'{"at_s":1,"window":"7"}')],
)
def test_an_event_of_another_release_is_named(run: Any, new_office: Any, kind: str, body: bytes) -> None:
    async def scenario() -> None:
        hall = new_office()
        await hall.start()
        seq = hall.coordinator._keeper.seq + 1
        row = (seq, kind, body)
        await hall.journal.run(lambda db: db.execute("INSERT INTO events VALUES (?, 0, ?, ?)", row))
        await hall.crash()
        with pytest.raises(JournalError, match=rf"event {seq} of the journal cannot be read"):
            await new_office().start()

    run(scenario())


def test_answers_of_another_release_are_forgotten(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.journal.run(
                lambda db: db.execute("INSERT INTO answers VALUES ('old', 1795395600000, x'00')")
            )
            await hall.restart()
            assert (await hall.ask(m.TakeNumber, service="pension", id="old")).code == "ok"

    run(body())
