"""A ticket machine whose coordinator does not answer: its own numbers, one for a press, or where to go."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from devices.base import DeviceHealth
from devices.button.messages import Pressed
from devices.keypad.messages import Beep, KeyPressed, ShowResult
from devices.printer.messages import Notice, PrintResult, PrintSlip, Ticket
from edge.desks.paper import NOTICE_MS
from edge.desks.tickets import TicketDesk
from mqtt_bridge import messages as m

REFUSED = [ShowResult(ok=False), Beep()]
TAKE = KeyPressed("take", "101", "elderly")
SLIP = m.Slip(
    "20261123-Z501", "Z501", "养老金", 1_795_395_600_000, queue="social", windows="1、2", alone=True
)


@pytest.fixture()
def desk(host: Any, directory: Any) -> TicketDesk:
    """A machine without a coordinator, whose node has numbers."""
    host.answer, host.alone = None, SLIP
    return TicketDesk(host, "panel", "printer", "i1", lambda: directory, has_display=True)


def slips(host: Any) -> list[Any]:
    return [one.ticket for one in host.heard("printer") if isinstance(one, PrintSlip)]


def test_it_issues_a_number_of_the_nodes_own_and_tells_no_wait(host: Any, desk: TicketDesk) -> None:
    desk.said("panel", TAKE)
    assert host.issued == [("pension", "elderly")]
    assert host.heard("panel") == [ShowResult(ok=True)]
    (printed,) = host.heard("printer")
    ticket = printed.ticket
    assert isinstance(ticket, Ticket)
    assert (ticket.number, ticket.alone, ticket.ahead, ticket.wait_high_s) == ("Z501", True, None, 0)
    assert host.kept == [], "nothing was asked, so nothing is given up"
    desk.said("printer", PrintResult(printed.job, "printed"))
    assert [(record.number, record.outcome) for record in host.kept] == [("Z501", "printed")]


def test_a_question_without_an_answer_is_given_up_before_a_number_is_issued(
    host: Any, desk: TicketDesk
) -> None:
    host.answer = lambda ask: None  # the deadline passes
    desk.said("panel", TAKE)
    assert host.kept == [m.Withdrawn("", "", host.time_ms, request="r1")]
    assert (host.issued, host.heard("printer")) == ([], []), "the giving up is not durable yet"
    host.committed()
    assert host.issued == [("pension", "elderly")]
    assert [ticket.number for ticket in slips(host)] == ["Z501"]


def test_of_a_question_asked_again_the_last_is_given_up(host: Any, desk: TicketDesk) -> None:
    """The first was refused as late, because the node's clock was wrong."""

    def ask(make: Any, answered: Any) -> None:
        make("first", 1), make("second", 2)
        answered(None)

    host.ask = ask
    desk.said("panel", TAKE)
    assert [record.request for record in host.kept] == ["second"]


def test_what_cannot_be_given_up_gets_no_second_number(host: Any, desk: TicketDesk) -> None:
    host.answer = lambda ask: None
    desk.said("panel", TAKE)
    host.committed(OSError("full"))
    assert host.heard("panel") == REFUSED
    assert host.issued == []


def test_a_printer_that_broke_meanwhile_gets_no_number(host: Any, desk: TicketDesk) -> None:
    host.answer = lambda ask: None
    desk.said("panel", TAKE)
    desk.health("printer", DeviceHealth("degraded", "paper_out"))
    host.committed()
    assert host.heard("panel") == REFUSED
    assert host.issued == []


def test_a_refusal_of_the_coordinator_is_final(host: Any, desk: TicketDesk) -> None:
    host.answer = lambda ask: m.Answer(ask.id, "daily_limit", text="今日号已取完")
    desk.said("panel", TAKE)
    assert host.heard("panel") == REFUSED
    assert (host.issued, host.kept) == ([], [])


@pytest.mark.parametrize("why", ["no_numbers", "storage"])
def test_without_numbers_it_prints_where_to_go(host: Any, desk: TicketDesk, why: str) -> None:
    host.alone = why
    desk.said("panel", TAKE)
    assert host.heard("panel") == REFUSED
    (notice,) = slips(host)
    assert isinstance(notice, Notice)
    assert notice.text == "本机暂时不能取号\n请到咨询引导台人工取号"
    assert (notice.hall, notice.hall_en, notice.issued) == ("便民服务站", "Service Point", "2026-11-23 09:00")
    desk.said("panel", TAKE)
    assert slips(host) == [], "one for somebody who presses again and again"
    host.wait(NOTICE_MS / 1000)
    desk.said("panel", TAKE)
    assert len(slips(host)) == 1
    desk.said("printer", PrintResult("i1-panel-1", "printed"))
    assert host.kept == [], "nobody asks what became of it"


@pytest.mark.parametrize("why", ["hall_closed", "issuing_stopped", "daily_limit", "unknown_service"])
def test_other_refusals_are_shown_as_ever(host: Any, desk: TicketDesk, why: str) -> None:
    host.alone = why
    desk.said("panel", TAKE)
    assert host.heard("panel") == REFUSED
    assert slips(host) == []


def test_a_button_prints_it_too(host: Any, directory: Any) -> None:
    host.answer, host.alone = None, "no_numbers"
    desk = TicketDesk(host, "button", "printer", "i1", lambda: directory, has_display=False)
    desk.said("button", Pressed("take", "pension"))
    assert host.heard("button") == []
    assert len(slips(host)) == 1


def test_a_machine_without_a_printer_issues_and_says_that_nothing_was_printed(
    host: Any, directory: Any
) -> None:
    host.answer, host.alone = None, SLIP
    desk = TicketDesk(host, "panel", "", "i1", lambda: directory, has_display=True)
    desk.said("panel", TAKE)
    assert [(record.number, record.reason) for record in host.kept] == [("Z501", "no_printer")]
    host.alone = "no_numbers"
    desk.said("panel", TAKE)
    assert slips(host) == []


def test_the_copy_of_a_ticket_issued_alone_tells_no_wait_either(host: Any, desk: TicketDesk) -> None:
    host.answer = lambda ask: m.Answer(ask.id, "ok", slip=msgspec.structs.replace(SLIP, copy=1))
    desk.said("panel", KeyPressed("reprint", "501"))
    (ticket,) = slips(host)
    assert (ticket.ahead, ticket.alone, ticket.copy) == (None, True, 1)
    host.answer = None
    desk.said("panel", KeyPressed("reprint", "501"))
    assert host.issued == [], "a copy is no new number"
