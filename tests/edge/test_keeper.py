"""The hall in memory and the hall in the journal are the same hall, whatever fails on the way."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge import ledger
from edge.hall import events as e
from edge.keeper import decode_event, encode_event, hall_of
from mqtt_bridge import messages as m
from mqtt_bridge.payloads import encode

WINDOWS = st.sampled_from(["1", "2"])
PRESSES = st.one_of(
    st.builds(lambda service: (m.TakeNumber, {"service": service}), st.sampled_from(["pension", "invoice"])),
    st.builds(
        lambda kind, window: (kind, {"window": window}),
        st.sampled_from(
            [
                *(m.CallNext, m.CallNext, m.Recall, m.Begin, m.NoShow, m.Hold, m.ResumeHeld),
                *(m.AskRating, m.Finish, m.PauseWindow, m.ResumeWindow, m.Logout),
            ]
        ),
        WINDOWS,
    ),
    st.builds(lambda window: (m.Login, {"window": window, "clerk": f"10{window}"}), WINDOWS),
    st.builds(lambda number: (m.Reprint, {"number": number}), st.sampled_from(["A001", "B001"])),
)
TROUBLE = st.sampled_from(["fail", "hold", "release", "settle", "counts", "say", "crash", "stop"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(PRESSES, PRESSES, PRESSES, TROUBLE), max_size=40))
def test_whatever_happens_memory_journal_screens_and_answers_agree(
    run: Any, new_office: Any, steps: list[Any]
) -> None:
    async def body(folder: Path) -> None:
        hall = new_office(folder=folder)
        await hall.start()
        await hall.open()
        accepted: list[m.Answer] = []
        for step in steps:
            await _do(hall, step, accepted)
        hall.journal.release()
        hall.journal.fail(0)
        await hall.settle()
        accepted += [answer for answer in hall.ear.of(m.Answer) if answer.code == "ok"]
        await _agree(hall, accepted)
        await hall.stop()

    with TemporaryDirectory() as folder:
        run(body(Path(folder)))


async def _do(hall: Any, step: Any, accepted: list[m.Answer]) -> None:
    match step:
        case (kind, fields):
            hall.send(hall.make(kind, **fields))
        case "fail":
            hall.journal.fail()
        case "hold":
            hall.journal.hold()
        case "release":
            hall.journal.release()
        case "settle":
            hall.journal.release()
            await hall.settle()
        case "counts":
            hall.coordinator._publisher._count()
        case "say":
            hall.coordinator.say_everything()
        case _:
            hall.journal.release()
            if step == "stop":
                await hall.settle()
            accepted += [answer for answer in hall.ear.of(m.Answer) if answer.code == "ok"]
            await hall.restart(clean=step == "stop")


async def _agree(hall: Any, accepted: list[m.Answer]) -> None:
    found = await hall.journal.run(ledger.reread)
    assert hall_of(found)[0] == hall.hall, "the hall equals the journal"
    events = [decode_event(one.kind, one.body) for one in await hall.journal.run(_every_event)]
    issued = [event.number for event in events if isinstance(event, e.NumberIssued)]
    assert len(issued) == len(set(issued)), "no number twice"
    told = {answer.slip.number for answer in accepted if answer.slip}
    assert told <= set(issued), "what was answered is in the books"
    hall.coordinator._publisher._count()  # as it does within a second
    for state in hall.coordinator._publisher.whole():
        shown = hall.ear.retained[_place(state)]
        for moving in ("version", "at_ms", "storage", "toml", "wait_low_s", "wait_high_s"):
            if hasattr(state, moving):
                state = msgspec.structs.replace(state, **{moving: getattr(shown, moving)})
        assert shown == state, "every screen shows the hall"


def _every_event(db: Any) -> list[ledger.StoredEvent]:
    return list(ledger.events_after(db, 0))


def _place(state: m.State) -> tuple[str, ...]:
    match state:
        case m.WindowState():
            return "state/window", state.window
        case m.QueueState():
            return "state/queue", state.queue
        case _:
            return (f"state/{type(state).__name__.removesuffix('State').lower()}",)


def test_every_kind_of_event_is_stored_and_read_back(run: Any, office: Any) -> None:
    """A round trip of what the rules really say, catalogue and prediction and all."""

    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            await hall.number()
            await hall.do(m.CallNext, window="1")
            await hall.do(m.Hold, window="1")
            stored = await hall.journal.run(_every_event)
            kinds = {one.kind for one in stored}
            assert {"CatalogueApplied", "DayStarted", "LoggedIn", "NumberIssued", "Called", "Held"} <= kinds
            for one in stored:
                event = decode_event(one.kind, one.body)
                assert encode_event(event) == (one.at_ms, one.kind, one.body)

    run(body())


@pytest.mark.parametrize("kept_days", [39, 41])
def test_events_are_kept_for_reports_and_then_forgotten(
    run: Any, office: Any, monkeypatch: pytest.MonkeyPatch, kept_days: int
) -> None:
    monkeypatch.setattr("edge.keeper.SNAPSHOT_EVERY", 1)
    monkeypatch.setattr("edge.keeper.QUIET_S", -1.0)
    monkeypatch.setattr("edge.ledger.EVENTS_KEPT_LEAST", 1)

    async def body() -> None:
        async with office() as hall:
            await hall.number()
            hall.now_s += kept_days * 86_400
            await hall.number()
            await hall.settle()
            hall.now_s += 2
            await hall.number()  # the snapshot covers all before it
            await hall.settle()
            numbers = [one.kind for one in await hall.journal.run(_every_event)].count("NumberIssued")
            assert numbers == (3 if kept_days < 40 else 2)
            await hall.restart(clean=False)
            assert hall.hall.issued == 3

    run(body())


def test_answers_are_kept_for_an_hour(run: Any, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.keeper.SNAPSHOT_EVERY", 1)
    monkeypatch.setattr("edge.keeper.QUIET_S", -1.0)

    async def body() -> None:
        async with office() as hall:
            await hall.ask(m.TakeNumber, service="pension", id="old")
            hall.now_s += 3599
            await hall.ask(m.TakeNumber, service="pension", id="young")
            hall.now_s += 10
            await hall.number()
            await hall.settle()
            await hall.settle()
            found = await hall.journal.run(ledger.reread)
            assert "young" in found.answers
            assert "old" not in found.answers
            assert next(iter(found.answers)) == "young", "oldest first"

    run(body())


def test_a_new_store_begins_above_what_other_stores_may_have_used(
    run: Any, tmp_path: Path, held_journal: Any
) -> None:
    async def body() -> None:
        import asyncio

        journal = held_journal(tmp_path / "j.db")
        journal.open(asyncio.get_running_loop())
        epochs = [
            (await journal.run(ledger.restart(*above))).epoch
            for above in ((0, 500), (0, 900), (700, 0), (3, 0))
        ]
        assert epochs == [501, 502, 701, 702], "only the first looks at the other stores"
        journal.close()

    run(body())


def test_the_answers_fit_their_messages(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            answer = await hall.ask(m.ResumeHeld, window="1", number="9" * 5000)
            assert answer.code == "window_closed"
            await hall.open("1")
            answer = await hall.ask(m.ResumeHeld, window="1", number="9" * 5000)
            assert answer.code == "unknown_number"
            assert len(encode(answer)) < 2000

    run(body())
