"""The ticket printer: out of paper in the middle of a ticket, gone, dumb."""

from __future__ import annotations

from typing import Any

from edge.hall import events as e


def marks(hall: Any) -> list[tuple[str, str, str]]:
    return [
        (event.visit[-4:], event.outcome, event.reason)
        for event in hall.books()
        if isinstance(event, e.PrintMarked)
    ]


def test_out_of_paper_in_the_middle_of_a_ticket(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            machine = hall.stage.machines[0]
            await hall.take()
            machine.printer.model.order("paper_out", 100)
            hall.press_take()
            await hall.device("printer", "degraded", "paper_out")
            beeps = machine.keypad.model.beeps
            hall.press_take()  # nobody gets a number that cannot be printed
            await machine.keypad.changed(lambda twin: twin.model.beeps > beeps, 10)
            assert hall.seen.numbers == {"A001", "A002"}
            machine.printer.new_roll()
            await hall.device("printer", "ready")
            await machine.printer.changed(lambda twin: len(twin.papers) == 4, 10)
            cuts = [paper.cut for paper in machine.printer.papers]
            assert cuts == ["partial", "torn", "partial", "partial"], "the rest of A002, and a cut behind it"
            machine.printer._given = 4
            assert await hall.take() == "A003"
            await hall.records(3)
        return hall

    assert marks(run(body())) == [
        ("A001", "printed", ""),
        ("A002", "unknown", "paper_out"),
        ("A003", "printed", ""),
    ]


def test_a_printer_that_vanishes_and_comes_back(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            machine = hall.stage.machines[0]
            (wire,) = [line for line in hall.stage.lines if line.twins == [machine.printer]]
            await hall.take()
            await hall.records(1)
            wire.unplug()
            await hall.device("printer", "lost", "port_lost")
            beeps = machine.keypad.model.beeps
            hall.press_take()
            await machine.keypad.changed(lambda twin: twin.model.beeps > beeps, 10)
            assert hall.seen.numbers == {"A001"}
            wire.replug()
            await hall.device("printer", "ready")
            assert await hall.take() == "A002"
            await hall.records(2)
        return hall

    assert marks(run(body())) == [("A001", "printed", ""), ("A002", "printed", "")]


def test_a_slip_handed_to_a_printer_just_gone_comes_out_when_it_is_back(run: Any, whole: Any) -> None:
    """The coordinator has promised the number; the plug falls out before the first byte."""

    async def body() -> Any:
        async with whole() as hall:
            machine = hall.stage.machines[0]
            (wire,) = [line for line in hall.stage.lines if line.twins == [machine.printer]]
            machine.printer.open_cover()  # so that the slip waits inside the node
            await hall.device("printer", "degraded", "cover_open")
            machine.printer.close_cover()
            await hall.device("printer", "ready")
            wire.unplug()
            hall.press_take()
            await hall.device("printer", "lost", "port_lost")
            papers = len(machine.printer.papers)
            wire.replug()
            await hall.device("printer", "ready")
            if not hall.seen.numbers:
                assert await hall.take() == "A001", "the press was refused: no number was promised"
            await machine.printer.changed(lambda twin: len(twin.papers) > papers, 10)
            await hall.records(1)
        return hall

    assert [mark[1] for mark in marks(run(body()))] == ["printed"]


def test_a_printer_that_never_answers_prints_and_is_not_believed(
    run: Any, whole: Any, site_toml: str
) -> None:
    toml = site_toml.replace('kind = "printer"', 'kind = "printer"\nanswers = false')

    async def body() -> Any:
        async with whole(toml=toml) as hall:
            hall.stage.machines[0].printer._answers = False
            assert await hall.take() == "A001"
            assert await hall.take() == "A002"
            await hall.records(2)
        return hall

    assert [mark[1] for mark in marks(run(body()))] == ["unknown", "unknown"]


def test_a_printer_told_to_wait_for_ever_is_asked_again_and_loses_no_ticket(
    run: Any, whole: Any, site_toml: str
) -> None:
    """A lone XOFF, said by the printer or by noise on the wire, and no word when to go on."""
    toml = site_toml.replace('kind = "printer"', 'kind = "printer"\nstall_timeout_s = 0.5\ncheck_s = 1')

    async def body() -> Any:
        async with whole(toml=toml) as hall:
            machine = hall.stage.machines[0]
            (wire,) = [line for line in hall.stage.lines if line.twins == [machine.printer]]
            await hall.take()
            await hall.records(1)
            wire.wire.send(b"\x13")
            assert await hall.take() == "A002"
            await hall.records(2)
        return hall

    assert [mark[1] for mark in marks(run(body()))] == ["printed", "printed"]
