"""A ticket machine's desk as a script: keys in, requests and slips out, what became of the paper kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from devices.base import DeviceHealth
from devices.button.messages import LongPressed, Pressed
from devices.keypad.messages import Beep, KeyPressed, KeysUnknown, ShowDigits, ShowResult
from devices.printer.messages import PrintResult, PrintSlip
from edge.desks.paper import AGAIN_S
from edge.desks.tickets import PrinterDesk, TicketDesk
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

VISIT = "20261123-A001"
REFUSED = [ShowResult(ok=False), Beep()]
SLIP = m.Slip(
    VISIT,
    "A001",
    "养老金",
    1_795_395_600_000,
    service_en="Pension",
    queue="social",
    priority="老年人",
    ahead=3,
    wait_low_s=120,
    wait_high_s=600,
    windows="1、2",
    qr="https://q/1",
    service_id="pension",
    class_id="elderly",
)


def printed(host: Any, outcome: Any, reason: str) -> m.Printed:
    """The record of it, which says what the slip said."""
    return m.Printed(
        *("", "", host.time_ms, VISIT, "A001", outcome, reason),
        service="pension",
        priority="elderly",
        issued_ms=1_795_395_600_000,
    )


def with_slip(ask: m.Ask) -> m.Answer:
    return m.Answer(ask.id, "ok", slip=SLIP)


def make(
    host: Any, directory: Any, *, panel: str = "panel", printer: str = "printer", **options: Any
) -> TicketDesk:
    options = {"has_display": True, **options}
    desk = TicketDesk(host, panel, printer, "i1", lambda: directory, **options)
    desk.link(1)
    return desk


@pytest.fixture()
def desk(host: Any, directory: Any) -> TicketDesk:
    host.answer = with_slip
    return make(host, directory)


def printing(host: Any) -> PrintSlip:
    """The slip that was just handed to the printer."""
    (slip,) = host.heard("printer")
    assert isinstance(slip, PrintSlip)
    return slip


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (KeyPressed("take", "101"), m.TakeNumber("r1", 1, "pension")),
        (KeyPressed("take", "201", "elderly"), m.TakeNumber("r1", 1, "invoice", "elderly")),
        (KeyPressed("take", "999"), m.TakeNumber("r1", 1, "unknown")),
        (KeyPressed("reprint", "12"), m.Reprint("r1", 1, number="12")),
        (Pressed("take", "pension"), m.TakeNumber("r1", 1, "pension")),
        (LongPressed("take", "invoice"), m.TakeNumber("r1", 1, "invoice")),
    ],
)
def test_keys_and_buttons_become_requests(host: Any, desk: TicketDesk, said: Any, asked: m.Ask) -> None:
    desk.said("panel", said)
    assert host.asked == [msgspec.structs.replace(asked, deadline_ms=host.asked[0].deadline_ms)]


def test_the_answer_holds_all_that_stands_on_the_ticket(host: Any, desk: TicketDesk) -> None:
    desk.said("panel", KeyPressed("take", "101"))
    assert host.heard("panel") == [ShowResult(ok=True)]
    ticket = printing(host).ticket
    assert (ticket.number, ticket.service, ticket.service_en) == ("A001", "养老金", "Pension")
    assert (ticket.hall, ticket.hall_en, ticket.priority) == ("便民服务站", "Service Point", "老年人")
    assert (ticket.ahead, ticket.wait_low_s, ticket.wait_high_s) == (3, 120, 600)
    assert (ticket.windows, ticket.qr, ticket.copy) == ("1、2", "https://q/1", 0)
    assert ticket.issued == "2026-11-23 09:00"
    assert host.kept == []


@pytest.mark.parametrize(
    ("outcome", "reason"), [("printed", ""), ("unknown", "no_answer"), ("unknown", "paper_out")]
)
def test_what_became_of_the_paper_is_kept(host: Any, desk: TicketDesk, outcome: Any, reason: str) -> None:
    desk.said("panel", KeyPressed("take", "101"))
    job = printing(host).job
    desk.said("printer", PrintResult(job, outcome, reason))
    assert host.kept == [printed(host, outcome, reason)]
    desk.said("printer", PrintResult(job, outcome, reason))
    assert len(host.kept) == 1, "once"
    assert host.heard("printer") == [], "a ticket that may be on paper is not printed again"


@pytest.mark.parametrize("reason", ["paper_out", "cover_open", "late", "queue_full"])
def test_one_that_waited_in_vain_is_told_at_the_panel(host: Any, desk: TicketDesk, reason: str) -> None:
    desk.said("panel", KeyPressed("take", "101"))
    job = printing(host).job
    host.heard()
    desk.said("printer", PrintResult(job, "not_printed", reason))
    assert host.kept == [printed(host, "not_printed", reason)]
    assert host.heard("panel") == REFUSED
    desk.health("printer", DeviceHealth("ready"))
    assert host.heard("printer") == [], "its citizen has left"


def test_a_slip_whose_link_broke_is_printed_once_more_when_it_is_back(host: Any, desk: TicketDesk) -> None:
    desk.said("panel", KeyPressed("take", "101"))
    first = printing(host)
    desk.said("printer", PrintResult(first.job, "not_printed", "link_lost"))
    assert host.heard("printer") == host.kept == []
    host.wait(AGAIN_S - 1)
    desk.health("printer", DeviceHealth("ready"))
    again = printing(host)
    assert again.ticket == first.ticket
    assert again.job != first.job, "the same job again prints nothing"
    desk.said("printer", PrintResult(again.job, "printed"))
    host.wait(AGAIN_S)
    assert [record.outcome for record in host.kept] == ["printed"]


def test_it_is_tried_twice_and_no_more(host: Any, desk: TicketDesk) -> None:
    desk.said("panel", KeyPressed("take", "101"))
    for _ in range(2):
        desk.said("printer", PrintResult(printing(host).job, "not_printed", "link_lost"))
        desk.health("printer", DeviceHealth("ready"))
    assert host.heard("printer") == []
    assert [(record.outcome, record.reason) for record in host.kept] == [("not_printed", "link_lost")]


def test_a_printer_that_stays_away_is_given_up_and_nothing_piles_up(host: Any, desk: TicketDesk) -> None:
    desk.said("panel", KeyPressed("take", "101"))
    desk.said("printer", PrintResult(printing(host).job, "not_printed", "link_lost"))
    host.heard()
    host.wait(AGAIN_S)
    assert [(record.outcome, record.reason) for record in host.kept] == [("not_printed", "link_lost")]
    assert host.heard("panel") == REFUSED
    desk.health("printer", DeviceHealth("ready"))
    assert host.heard("printer") == []
    assert not desk._paper._printing
    assert not desk._paper._put_off


def test_a_printer_whose_port_is_not_open_counts_as_link_lost(host: Any, desk: TicketDesk) -> None:
    host.closed.add("printer")
    desk.said("panel", KeyPressed("take", "101"))
    assert host.kept == []
    host.closed.clear()
    desk.health("printer", DeviceHealth("ready"))
    desk.said("printer", PrintResult(printing(host).job, "printed"))
    assert [record.outcome for record in host.kept] == ["printed"]


def test_a_port_lost_in_the_act_tells_once(host: Any, directory: Any) -> None:
    """The printer's own result comes while the slip is being handed over, and the port is closed then."""
    host.answer = with_slip
    desk = make(host, directory)

    def tell(device: str, message: Any) -> bool:
        if isinstance(message, PrintSlip):
            desk.said("printer", PrintResult(message.job, "unknown", "link_lost"))
            return False
        return True

    host.tell = tell
    desk.said("panel", KeyPressed("take", "101"))
    assert [record.outcome for record in host.kept] == ["unknown"]


def test_without_a_printer_the_clerk_is_told_by_the_books(host: Any, directory: Any) -> None:
    host.answer = with_slip
    desk = make(host, directory, printer="")
    desk.said("panel", KeyPressed("take", "101"))
    assert [(record.outcome, record.reason) for record in host.kept] == [("not_printed", "no_printer")]


@pytest.mark.parametrize(
    ("health", "takes"),
    [
        (DeviceHealth("init"), True),
        (DeviceHealth("ready"), True),
        (DeviceHealth("degraded", "paper_low"), True),
        (DeviceHealth("degraded", "no_answer"), True),
        (DeviceHealth("degraded", "no_confirm"), True),
        (DeviceHealth("degraded", "paper_out"), False),
        (DeviceHealth("degraded", "cover_open"), False),
        (DeviceHealth("degraded", "stalled"), False),
        (DeviceHealth("lost", "port_lost"), False),
        (DeviceHealth("lost", "no_answer"), False),
    ],
)
def test_no_number_is_taken_that_cannot_be_printed(
    host: Any, desk: TicketDesk, health: DeviceHealth, takes: bool
) -> None:
    desk.health("other", DeviceHealth("lost", "port_lost"))
    desk.health("printer", health)
    desk.said("panel", KeyPressed("take", "101"))
    assert bool(host.asked) is takes
    assert (host.heard("panel") == REFUSED) is not takes


@pytest.mark.parametrize("answer", [None, lambda ask: m.Answer(ask.id, "hall_closed")])
def test_a_refusal_is_shown_and_nothing_is_printed(host: Any, desk: TicketDesk, answer: Any) -> None:
    host.answer = answer
    desk.said("panel", KeyPressed("take", "101"))
    assert host.heard("panel") == REFUSED
    assert host.heard("printer") == []
    host.answer = with_slip
    desk.link(1)
    assert host.heard() == [], "nothing was stored up"


def test_a_button_is_told_nothing_it_cannot_show(host: Any, directory: Any) -> None:
    desk = make(host, directory, panel="button", has_display=False)
    host.answer = None
    desk.said("button", Pressed("take", "pension"))
    host.answer = with_slip
    desk.said("button", Pressed("take", "pension"))
    assert host.heard("button") == []
    assert len(host.heard("printer")) == 1


@pytest.mark.parametrize("said", [KeysUnknown("7 pause"), KeyPressed("call_next")])
def test_keys_that_mean_nothing_here_are_refused(host: Any, desk: TicketDesk, said: Any) -> None:
    desk.said("panel", said)
    assert host.heard("panel") == REFUSED
    assert host.asked == []


# --- how long would it take? ----------------------------------------------------------------------------


def wait(low_s: int, high_s: int) -> m.QueueState:
    return m.QueueState(1, 1, 0, "social", "社保", wait_low_s=low_s, wait_high_s=high_s)


@pytest.mark.parametrize(
    ("low_s", "high_s", "digits"),
    [(0, 60, "000001"), (119, 121, "001003"), (900, 1800, "015030"), (80_000, 90_000, "999999")],
)
def test_a_query_shows_the_range_in_minutes(
    host: Any, desk: TicketDesk, low_s: int, high_s: int, digits: str
) -> None:
    desk.hear(Topic("small", "core", "state/queue", ("social",)), wait(low_s, high_s))
    desk.said("panel", KeyPressed("query", "101"))
    assert host.heard("panel") == [ShowDigits(digits)]
    assert host.asked == []


def test_nobody_is_told_a_wait_that_nobody_can_say(host: Any, desk: TicketDesk) -> None:
    desk.said("panel", KeyPressed("query", "101"))
    assert host.heard("panel") == REFUSED, "not heard of yet"
    desk.hear(Topic("small", "core", "state/queue", ("social",)), wait(0, 0))
    desk.said("panel", KeyPressed("query", "101"))
    assert host.heard("panel") == REFUSED, "no window is open"
    desk.hear(Topic("small", "core", "state/queue", ("social",)), wait(60, 120))
    desk.said("panel", KeyPressed("query", "999"))
    assert host.heard("panel") == REFUSED, "no such service"
    desk.link(0)
    desk.said("panel", KeyPressed("query", "101"))
    assert host.heard("panel") == REFUSED, "an old estimate is none"


# --- a printer for several panels -----------------------------------------------------------------------


def test_a_shared_printer_answers_the_panel_whose_slip_it_was(host: Any, directory: Any) -> None:
    host.answer = with_slip
    shared = PrinterDesk()
    shared.panels = [make(host, directory, panel=name) for name in ("left", "right")]
    shared.panels[0].said("left", KeyPressed("take", "101"))
    job = printing(host).job
    shared.said("printer", PrintResult(job, "printed"))
    assert len(host.kept) == 1
    shared.health("printer", DeviceHealth("lost", "port_lost"))
    host.heard()
    for panel in ("left", "right"):
        shared.panels[panel == "right"].said(panel, KeyPressed("take", "101"))
        assert host.heard(panel) == REFUSED
