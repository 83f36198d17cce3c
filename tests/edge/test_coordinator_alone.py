"""The coordinator and the numbers that are issued without it: leases, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.hall.catalogue import Alone, Catalogue
from edge.settings.load import parse_site
from edge.site_in_force import SiteInForce
from mqtt_bridge import messages as m

NODE = "core"
"""In the site of these tests it has no devices: it is somebody else's ticket machine."""
DAY = "20261123"
GENERATION = "abcdef01"


def issued(hall: Any, seq: int, number: str, before_s: float = 0.0) -> m.Issued:
    at_ms = int((hall.now_s - before_s) * 1000)
    return m.Issued(NODE, f"{GENERATION}-{seq}", at_ms, f"{DAY}-{number}", number, "pension")


async def take_in(hall: Any, *records: m.Record) -> None:
    """Records come, and their receipts go."""
    for record in records:
        hall.send(record, NODE)
        await hall.settle()


async def lease(hall: Any, **fields: Any) -> m.Answer:
    request = hall.make(m.LeaseNumbers, source=NODE, **fields)
    hall.send(request, NODE)
    (answer,) = await hall.ear.until(lambda: hall.answers(request.id))
    assert isinstance(answer, m.Answer)
    return answer


def test_numbers_are_leased_once_whatever_becomes_of_the_answer(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            request = hall.make(m.LeaseNumbers, source=NODE)
            hall.send(request, NODE)
            (answer,) = await hall.ear.until(lambda: hall.answers(request.id))
            assert answer.lease == m.Lease("Z", 501, 900)
            hall.send(request, NODE)
            assert {one.lease for one in hall.answers(request.id)} == {answer.lease}, "the same again"
            await hall.restart(clean=False)
            hall.send(request, NODE)
            assert hall.answers(request.id)[0].lease == answer.lease, "after a restart too"
            assert (await lease(hall, held=380)).lease == m.Lease("Z", 901, 920)
            assert (await lease(hall, held=400)).lease is None
            assert (await hall.ask(m.LeaseNumbers, source="east")).code == "no_series"

    run(body())


def test_a_lease_is_answered_after_its_commit_and_not_without_it(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            hall.journal.fail()
            assert (await lease(hall)).code == "storage_full"
            await hall.settle()
            assert (await lease(hall)).lease == m.Lease("Z", 501, 900), "it was leased to nobody"
            hall.journal.storage = "reserve"
            assert (await lease(hall)).code == "storage_reserve"

    run(body())


def test_tickets_issued_alone_are_called_in_the_order_of_issue_and_count_once(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            first = await hall.number()
            hall.now_s += 300
            young, old = issued(hall, 2, "Z502", 60), issued(hall, 1, "Z501", 900)
            await take_in(hall, young, old, young)
            await hall.restart(clean=False)
            await take_in(hall, old)
            assert m.Receipt(GENERATION, 2) in hall.ear.of(m.Receipt)
            await hall.ear.until(lambda: hall.ear.retained["state/queue", "social"].waiting == 3)
            called = [(await hall.do(m.CallNext, window="1")).ticket for _ in range(3)]
            assert called == ["Z501", first.number, "Z502"]
            stored = "SELECT count(*) FROM events WHERE kind = 'IssuedAlone'"
            assert await hall.journal.run(lambda db: db.execute(stored).get) == 2

    run(body())


def test_what_was_printed_waits_for_the_number_that_is_still_on_its_way(run: Any, office: Any) -> None:
    """A message between them was lost: refused now, it would be forgotten for good."""

    async def body() -> None:
        async with office() as hall:
            printed = m.Printed(NODE, f"{GENERATION}-2", 1, f"{DAY}-Z501", "Z501", "printed")
            await take_in(hall, printed)
            assert [one.up_to for one in hall.ear.of(m.Receipt)] == [0], "not taken yet"
            await take_in(hall, issued(hall, 1, "Z501"), printed)
            assert hall.ear.of(m.Receipt)[-1].up_to == 2
            assert hall.hall.visits[f"{DAY}-Z501"].printed == "printed"

    run(body())


def test_what_is_refused_waits_for_nothing_that_will_not_come(run: Any, office: Any) -> None:
    """All before it is here, on its way into the journal, or forgotten by its node."""

    async def body() -> None:
        async with office() as hall:
            hall.journal.hold()
            for seq in (1, 2):  # of a visit that nobody knows
                hall.send(m.Printed(NODE, f"{GENERATION}-{seq}", 1, f"{DAY}-A999", "A999", "printed"), NODE)
            hall.journal.release()
            await hall.settle()
            assert hall.ear.of(m.Receipt)[-1].up_to == 2
            old = m.Printed(NODE, f"{GENERATION}-9", 1, f"{DAY}-A999", "A999", "printed", oldest=9)
            await take_in(hall, old)
            assert hall.ear.of(m.Receipt)[-1].up_to == 9

    run(body())


def test_a_copy_of_such_a_ticket_says_that_nobody_knows_how_long_it_takes(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await take_in(hall, issued(hall, 1, "Z501", 60))
            slip = (await hall.do(m.Reprint, number="501")).slip
            assert (slip.number, slip.alone, slip.copy, slip.wait_high_s) == ("Z501", True, 1, 0)
            assert not (await hall.number()).alone

    run(body())


@pytest.mark.parametrize("answered", [True, False], ids=["its answer came too late", "it comes too late"])
def test_one_press_has_one_number(run: Any, office: Any, answered: bool) -> None:
    """Given up at the machine, which then issues a number alone; before, or after, the coordinator acted."""

    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            press = hall.make(m.TakeNumber, service="pension")
            given_up = m.Withdrawn(NODE, f"{GENERATION}-1", int(hall.now_s * 1000), request=press.id)
            order = [press, given_up] if answered else [given_up, press]
            for message in order:
                hall.send(message, NODE)
                await hall.settle()
            await take_in(hall, issued(hall, 2, "Z501"), given_up)
            assert hall.answers(press.id)[0].code == ("ok" if answered else "withdrawn")
            assert (await hall.do(m.CallNext, window="1")).ticket == "Z501"
            assert (await hall.ask(m.CallNext, window="1")).waiting == 0
            assert (await hall.ask(m.CallNext, window="1")).code == "nobody_waiting"

    run(body())


def test_a_press_that_is_being_committed_is_given_up_all_the_same(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            hall.journal.hold()
            press = hall.make(m.TakeNumber, service="pension")
            hall.send(press, NODE)
            hall.send(m.Withdrawn(NODE, f"{GENERATION}-1", 5, request=press.id), NODE)
            hall.journal.release()
            await hall.settle()
            assert (await hall.ask(m.CallNext, window="1")).code == "nobody_waiting"

    run(body())


def test_a_number_that_may_be_on_paper_is_called_when_the_paper_is_shown(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            await take_in(hall, m.MaybePrinted(NODE, f"{GENERATION}-1", 5, prefix="Z", first=502, last=520))
            assert (await hall.ask(m.CallNext, window="1")).code == "nobody_waiting"
            assert (await hall.do(m.CallNumber, window="1", number="510")).ticket == "Z510"
            assert hall.window("1").visit == f"{DAY}-Z510"
            await hall.restart(clean=False)
            assert (await hall.do(m.CallNumber, window="1", number="Z520")).ticket == "Z520"
            assert (await hall.ask(m.CallNumber, window="1", number="521")).code == "unknown_number"

    run(body())


def test_a_site_file_of_which_an_older_release_made_less_is_read_anew(site_toml: str) -> None:
    first = SiteInForce(site_toml, parse_site(site_toml, "-"))
    found = first.at_start("", Catalogue(-1, {}, {}, {}, {}))
    assert found is not None
    catalogue, kept = found
    again = SiteInForce(site_toml, parse_site(site_toml, "-"))
    assert again.at_start(kept, catalogue) is None
    older = replace(catalogue, alone=Alone())
    newer, text = again.at_start(kept, older) or (None, "")
    assert newer is not None
    assert (newer.version, newer.alone, text) == (catalogue.version + 1, catalogue.alone, kept)
