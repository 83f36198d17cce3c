"""Nothing is told before its commit, and a failed one takes back all that was decided on top of it."""

from __future__ import annotations

from typing import Any

import pytest

from mqtt_bridge import messages as m


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
