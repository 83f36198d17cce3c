"""A node's own numbers over a real journal: leased, issued, kept, and never twice whatever the power does."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.alone import UNHEARD_S, Alone
from edge.desks.directory import Directory
from edge.hall.reserve import SETTLE
from edge.hall.spans import number_text
from edge.journal import Journal
from edge.outbox import Outbox
from edge.settings.load import parse_site
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

BLOCK = 10
DAY = "20261123"
NINE_S = 1_795_395_600.0
SETTINGS = f"\n[alone]\nnumbers = 40\nblock = {BLOCK}\n"
QUEUE = Topic("small", "core", "state/queue", ("social",))


class FilmedJournal(Journal):
    """Keeps what lay on the disk after each commit."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.film: list[dict[str, bytes]] = []

    def _commit(self, group: Any) -> Any:
        results = super()._commit(group)
        self.shoot()
        return results

    def shoot(self) -> None:
        names = (self.path.name, f"{self.path.name}-wal")
        files = (self.path.with_name(name) for name in names)
        picture = {file.name: file.read_bytes() for file in files if file.exists()}
        if self.film[-1:] != [picture]:
            self.film.append(picture)


class Town:
    """Stands where the node stands: with a ticket machine, its journal, and a coordinator that leases."""

    connected = False

    def __init__(self, folder: Path, toml: str) -> None:
        self.folder = folder
        self.directory = Directory(parse_site(toml, "site.toml"))
        self.now_s = NINE_S
        self.next = 501
        self.answers = True
        self.asked: list[m.LeaseNumbers] = []
        self.papers: list[m.Slip] = []
        self.refusals: list[str] = []
        self.timers: list[tuple[float, Any]] = []

    async def start(self) -> None:
        self.journal = FilmedJournal(self.folder / "small-east.db")
        loop = asyncio.get_running_loop()
        self.journal.open(loop)
        self.journal.shoot()
        self.outbox = Outbox(self.journal, self, loop, "east")
        self.outbox.start()
        self.alone = Alone(self, self.journal, self.outbox, "east", lambda: self.directory)
        self.alone.start()
        await self.settle()

    async def stop(self) -> None:
        self.alone.stop()
        self.journal.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def cut(self, lost: int = 0) -> None:
        """The power fails; the medium forgets `lost` commits of this run that it had confirmed."""
        film = self.journal.film
        self.journal.close()
        for name, content in film[max(len(film) - 1 - lost, 0)].items():
            (self.folder / name).write_bytes(content)
        await self.start()

    async def settle(self) -> None:
        """All that follows from what was handed to the journal has happened."""
        for _ in range(SETTLE + 3):
            await self.journal.run(lambda db: None)

    async def press(self, service: str = "pension", priority: str = "ordinary") -> str:
        """The number on paper, or why there is none."""
        told: list[tuple[m.Slip | None, str]] = []
        self.alone.issue(service, priority, lambda slip, refusal: told.append((slip, refusal)))
        await self.settle()
        ((slip, refusal),) = told
        if slip is None:
            self.refusals.append(refusal)
            return refusal
        self.papers.append(slip)
        return slip.number

    async def lease(self) -> None:
        """The coordinator is there for a moment."""
        self.alone.link(1)
        self.alone.link(0)
        await self.settle()

    async def records(self) -> list[m.Record]:
        rows = await self.journal.run(lambda db: list(db.execute("SELECT body FROM outbox ORDER BY seq")))
        return [msgspec.json.decode(bytes(body), type=m.Record) for (body,) in rows]

    async def known(self) -> set[str]:
        """Numbers that the hall will hear of: issued, or perhaps on paper."""
        numbers: set[str] = set()
        for record in await self.records():
            match record:
                case m.Issued():
                    numbers.add(record.number)
                case m.MaybePrinted():
                    counts = range(record.first, record.last + 1)
                    numbers |= {number_text(record.prefix, count) for count in counts}
        return numbers

    # --- what the node does for it ------------------------------------------------------------------

    def ask(self, make: Any, answered: Any) -> None:
        request = make(f"r{len(self.asked)}", 1)
        self.asked.append(request)
        if not self.answers:
            answered(None)
            return
        numbers = (40 - request.held) // BLOCK * BLOCK
        first, self.next = self.next, self.next + numbers
        answered(m.Answer(request.id, "ok", lease=m.Lease("Z", first, self.next - 1) if numbers else None))

    def known_ms(self) -> int:
        return int(self.now_s * 1000)

    def after(self, delay_s: float, action: Any) -> None:
        self.timers.append((delay_s, action))

    def send_record(self, record: m.Record) -> bool:
        return False


@pytest.fixture()
def town(tmp_path: Path, site_toml: str) -> Any:
    return lambda more="": Town(tmp_path, site_toml + (more or SETTINGS))


def test_numbers_are_leased_while_there_is_a_coordinator_and_issued_without(run: Any, town: Any) -> None:
    async def body() -> None:
        node = town()
        await node.start()
        assert await node.press() == "no_numbers", "it never met a coordinator"
        await node.lease()
        assert node.asked == [m.LeaseNumbers("r0", 1, source="east")]
        assert [await node.press(), await node.press("invoice", "elderly")] == ["Z501", "Z502"]
        slip = node.papers[1]
        assert (slip.visit, slip.service, slip.priority, slip.queue) == (
            f"{DAY}-Z502",
            "发票",
            "老年人",
            "tax",
        )
        assert (slip.windows, slip.alone, slip.wait_high_s, slip.issued_ms) == ("2", True, 0, node.known_ms())
        at_ms = node.known_ms()
        assert [msgspec.structs.replace(one, source="", id="") for one in await node.records()] == [
            m.Issued("", "", at_ms, f"{DAY}-Z501", "Z501", "pension", "ordinary"),
            m.Issued("", "", at_ms, f"{DAY}-Z502", "Z502", "invoice", "elderly"),
        ]
        await node.lease()
        assert len(node.asked) == 1, "38 of 40: less than a block is missing"
        await node.stop()

    run(body())


def test_nothing_is_given_for_paper_before_its_commit(run: Any, town: Any) -> None:
    async def body() -> None:
        node = town()
        await node.start()
        await node.lease()
        await node.press()
        told: list[Any] = []
        node.alone.issue("pension", "ordinary", lambda *given: told.append(given))
        assert told == []
        await node.settle()
        assert told[0][0].number == "Z502"
        await node.stop()

    run(body())


def test_all_are_used_and_then_it_says_so(run: Any, town: Any) -> None:
    async def body() -> None:
        node = town()
        await node.start()
        await node.lease()
        numbers = [await node.press() for _ in range(42)]
        assert numbers == [f"Z{count}" for count in range(501, 541)] + ["no_numbers"] * 2
        await node.lease()
        assert node.asked[-1] == m.LeaseNumbers("r1", 1, source="east", held=0, prefix="Z", up_to=540)
        assert await node.press() == "Z541"
        await node.stop()

    run(body())


def test_a_number_costs_one_commit_and_a_block_none(run: Any, town: Any) -> None:
    async def body() -> None:
        node = town()
        await node.start()
        await node.lease()
        await node.press()
        before = len(node.journal.film)
        for _ in range(39):
            await node.press()
        assert len(node.journal.film) - before == 39
        await node.stop()

    run(body())


def test_many_that_press_at_once_get_a_number_each(run: Any, town: Any) -> None:
    async def body() -> None:
        node = town()
        await node.start()
        await node.lease()
        told: list[str] = []
        for _ in range(30):
            node.alone.issue("pension", "ordinary", lambda slip, why: told.append(slip.number))
        await node.settle()
        await node.settle()
        assert told == [f"Z{count}" for count in range(501, 531)]
        await node.stop()

    run(body())


def test_after_a_clean_stop_it_goes_on_and_after_a_power_cut_with_the_next_block(run: Any, town: Any) -> None:
    async def body() -> None:
        node = town()
        await node.start()
        await node.lease()
        assert await node.press() == "Z501"
        await node.restart()
        assert node.alone.held == 39
        assert await node.press() == "Z502"
        await node.cut()
        gap = (await node.records())[-1]
        assert (gap.prefix, gap.first, gap.last) == ("Z", 503, 521)
        assert await node.press() == "Z522"
        await node.restart()
        kinds = [type(record).__name__ for record in await node.records()]
        assert kinds == ["Issued", "Issued", "MaybePrinted", "Issued"], "the gap is said once"
        await node.stop()

    run(body())


def test_a_start_that_issues_nothing_uses_nothing_up(run: Any, town: Any) -> None:
    async def body() -> None:
        node = town()
        await node.start()
        await node.lease()
        for _ in range(5):
            await node.cut()
        assert node.alone.held == 40
        assert await node.records() == []
        await node.stop()

    run(body())


def test_a_full_disk_gives_no_number_and_loses_none(run: Any, town: Any, monkeypatch: Any) -> None:
    async def body() -> None:
        node = town()
        await node.start()
        await node.lease()
        assert await node.press() == "Z501"

        def broken(*_: Any, **__: Any) -> Any:
            def work(db: Any) -> None:
                raise OSError("no room")

            return work

        with monkeypatch.context() as patch:
            patch.setattr("edge.outbox.msgspec.json.encode", lambda _: None)
            assert await node.press() == "storage"
        with monkeypatch.context() as patch:
            patch.setattr("edge.alone_store.write", broken)
            assert await node.press() == "storage", "what is open is not sure any more, nor can it be written"
        assert await node.press() == "Z503", "the one that may have been written is not given again"
        node.journal.storage = "reserve"
        assert await node.press() == "storage"
        node.journal.storage = "ok"
        node.alone.stop()
        assert await node.press() == "stopped", "a press that is given up because the node ends"
        node.journal.close()

    run(body())


# --- what a node knows of the hall ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "service", "priority", "why"),
    [
        ("", "ghost", "ordinary", "unknown_service"),
        ("", "pension", "ghost", "unknown_class"),
        ('[hours]\nweekdays = ["10:00-12:00"]\n', "pension", "ordinary", "hall_closed"),
        (
            '[hours]\nweekdays = ["08:00-09:10"]\nstop_issue_min = 15\n',
            "pension",
            "ordinary",
            "issuing_stopped",
        ),
        ("[alone]\nnumbers = 0\n", "pension", "ordinary", "no_numbers"),
    ],
)
def test_what_the_site_file_forbids_is_refused(
    run: Any, town: Any, more: str, service: str, priority: str, why: str
) -> None:
    async def body() -> None:
        node = town("\n" + (more if "[alone]" in more else more + SETTINGS))
        await node.start()
        await node.lease()
        assert await node.press(service, priority) == why
        assert await node.records() == []
        await node.stop()

    run(body())


def test_a_clock_that_was_never_set_knows_no_hours(run: Any, town: Any) -> None:
    async def body() -> None:
        node = town('\n[hours]\nweekdays = ["10:00-12:00"]\n' + SETTINGS)
        await node.start()
        await node.lease()
        node.now_s = 3600.0
        assert await node.press() == "Z501"
        assert node.papers[0].visit == "19700101-Z501"
        await node.stop()

    run(body())


def test_a_limit_is_kept_as_far_as_it_was_heard_of(run: Any, town: Any, site_toml: str) -> None:
    async def body() -> None:
        node = town()
        limited = site_toml.replace('prefix = "A"', 'prefix = "A"\ndaily_limit = 2') + SETTINGS
        node.directory = Directory(parse_site(limited, "-"))
        await node.start()
        await node.lease()
        assert [await node.press() for _ in range(3)] == ["Z501", "Z502", "daily_limit"], "its own count"
        assert await node.press("invoice") == "Z503"
        node.now_s += 86_400
        assert await node.press() == "Z504"
        node.alone.hear(QUEUE, m.QueueState(1, 1, 0, queue="social", name="社保", issuing=False))
        assert await node.press() == "daily_limit", "the hall said that it is full"
        node.alone.hear(QUEUE, m.QueueState(1, 2, 0, queue="social", name="社保"))
        assert await node.press() == "Z505"
        node.alone.hear(QUEUE, m.QueueState(1, 3, 0, queue="social", name="社保", issuing=False))
        node.now_s += 86_400
        assert await node.press() == "Z506", "not on the next day"
        await node.stop()

    run(body())


def test_a_hall_that_is_closed_is_not_full(run: Any, town: Any) -> None:
    async def body() -> None:
        node = town('\n[hours]\nweekdays = ["09:30-12:00"]\n' + SETTINGS)
        await node.start()
        await node.lease()
        node.alone.hear(QUEUE, m.QueueState(1, 1, 0, queue="social", name="社保", issuing=False))
        node.now_s += 3600
        assert await node.press() == "Z501"
        await node.stop()

    run(body())


def test_who_is_not_answered_asks_again_while_a_coordinator_lives(run: Any, town: Any) -> None:
    async def body() -> None:
        node = town()
        await node.start()
        node.answers = False
        node.alone.link(1)
        node.alone.link(0)
        node.alone.link(1)
        assert len(node.asked) == len(node.timers) == 1
        delay_s, again = node.timers.pop()
        assert delay_s == UNHEARD_S
        node.answers = True
        again()
        assert node.alone.held == 40
        node.timers.clear()
        node.alone.link(1)
        assert (len(node.asked), node.timers) == (2, [])
        await node.settle()
        await node.stop()

    run(body())


# --- whatever the power does ----------------------------------------------------------------------------


@pytest.mark.parametrize("lost", range(SETTLE))
@pytest.mark.parametrize("before", [0, 38, 39], ids=["at the start", "two are left", "one is left"])
def test_the_first_numbers_of_a_block_are_safe_too(run: Any, town: Any, lost: int, before: int) -> None:
    """Between an opening and its use lies little else that the medium could forget."""

    async def body() -> None:
        node = town()
        await node.start()
        await node.lease()
        for _ in range(before):
            await node.press()
        if before:
            await node.lease()
        else:
            await node.cut()
        for _ in range(3):
            await node.press()
        await node.cut(lost)
        await node.press()
        papers = [slip.number for slip in node.papers]
        assert len(papers) == len(set(papers)) == before + 4
        assert set(papers) <= await node.known()
        await node.stop()

    run(body())


@pytest.mark.parametrize("seed", range(8))
def test_no_number_is_on_two_papers_and_none_is_unknown(run: Any, town: Any, seed: int) -> None:
    """Power cuts at any moment, on a medium that forgets up to five commits that it confirmed."""
    randomly = random.Random(seed)

    async def body() -> None:
        node = town()
        await node.start()
        for _ in range(25):
            match randomly.choices(range(4), (10, 3, 4, 1))[0]:
                case 0:
                    for _ in range(randomly.randint(1, 12)):
                        await node.press()
                case 1:
                    await node.lease()
                case 2:
                    await node.cut(randomly.randint(0, SETTLE - 1))
                case 3:
                    await node.restart()
        await node.cut(randomly.randint(0, SETTLE - 1))
        papers = [slip.number for slip in node.papers]
        assert len(papers) == len(set(papers))
        assert set(papers) <= await node.known()
        assert papers
        await node.stop()

    run(body())


def test_the_film_shows_what_a_medium_would_hold(run: Any, town: Any) -> None:
    """That the test above can fail: a number whose commit is forgotten is in no record."""

    async def body() -> None:
        node = town()
        await node.start()
        await node.lease()
        for _ in range(3):
            await node.press()
        await node.cut(2)
        numbers = [record.number for record in await node.records() if isinstance(record, m.Issued)]
        assert len(numbers) < 3
        assert {slip.number for slip in node.papers} <= await node.known()
        await node.stop()

    run(body())
