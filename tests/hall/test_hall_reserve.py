"""The numbers a node holds: what is open before it is used, and that no number is ever given twice."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall import state as s
from edge.hall.alone import may_be_on_paper
from edge.hall.hall import Refused
from edge.hall.reserve import SETTLE, Kept, Reserve, series_of, text_of
from edge.hall.spans import Span, joined, number_text, split, taken_apart, total, without

BLOCK = 10
LIES = SETTLE - 1
"""So many confirmed commits a medium may forget when its power is cut."""

spans = st.lists(
    st.builds(
        lambda prefix, first, length: Span(prefix, first, first + length),
        st.sampled_from("ZY"),
        st.integers(1, 60),
        st.integers(-1, 20),
    ),
    max_size=5,
)


def numbers_of(some: Any) -> list[str]:
    return [number_text(one.prefix, count) for one in some for count in range(one.first, one.last + 1)]


@given(spans)
def test_joined_spans_are_the_same_numbers_in_the_same_order(some: list[Span]) -> None:
    runs = joined(some)
    assert numbers_of(runs) == numbers_of(some)
    assert joined(runs) == runs
    assert all(len(one) for one in runs)
    assert total(runs) == len(numbers_of(some))


@given(spans, st.integers(-1, 80))
def test_a_split_loses_nothing(some: list[Span], most: int) -> None:
    head, rest = split(some, most)
    assert numbers_of(head) + numbers_of(rest) == numbers_of(some)
    assert total(head) == min(max(most, 0), total(some))


@given(spans, st.data())
def test_without_leaves_the_others(some: list[Span], data: Any) -> None:
    gone = set(data.draw(st.lists(st.sampled_from(numbers_of(some) or ["Z1"]))))
    assert numbers_of(without(some, gone)) == [one for one in numbers_of(some) if one not in gone]


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        ("Z501", ("Z", 501)),
        ("ZX12", ("ZX", 12)),
        ("7", ("", 7)),
        ("Z", ("Z", -1)),
        ("", ("", -1)),
        ("A1B2", ("A", -1)),
        ("A²", ("A", -1)),
    ],
)
def test_numbers_taken_apart(number: str, parts: tuple[str, int]) -> None:
    assert taken_apart(number) == parts


def test_letters_of_nodes_are_unlike_those_of_queues() -> None:
    assert series_of(["b", "a"], ["Z", "X"]) == {"b": "Y", "a": "W"}
    assert series_of(["a"], ["ZA", ""]) == {"a": "Y"}, "none that a queue's begin with"
    many = series_of([f"n{at}" for at in range(30)], ["A", "ZY"])
    assert many["n0"] == "ZZ" and "ZY" not in many.values()
    assert len(set(many.values())) == 30
    assert not {one for name in series_of([f"n{at}" for at in range(24)], []).values() for one in name} & {
        "I",
        "O",
    }


def test_a_block_is_open_before_the_first_number_and_another_is_always_ahead() -> None:
    reserve = Reserve(Kept())
    assert reserve.take() is None
    reserve.add(Span("Z", 501, 540))
    assert (reserve.held, reserve.must_settle) == (40, True)
    reserve.open(2 * BLOCK)
    for count in range(501, 541):
        assert not reserve.must_settle
        if reserve.must_open(BLOCK):
            reserve.open(BLOCK)
        opened = reserve.kept.opened[-1]
        assert opened.last >= min(count + BLOCK, 540), "durable a block ahead"
        assert reserve.take() == ("Z", count)
    assert (reserve.take(), reserve.held, reserve.must_settle) == (None, 0, False)
    assert reserve.kept.lease == Span("Z", 501, 540), "remembered when nothing is left"


def test_after_a_clean_stop_nothing_is_lost_and_after_an_unclean_one_the_next_block_comes() -> None:
    reserve = Reserve(Kept())
    reserve.add(Span("Z", 501, 560))
    reserve.open(2 * BLOCK)
    written = reserve.kept
    assert reserve.take() == ("Z", 501)
    died = Reserve(written)
    assert died.doubtful({"Z501"}) == (Span("Z", 502, 520),)
    died.open(BLOCK)
    assert died.take() == ("Z", 521)
    assert died.kept.opened == (Span("Z", 501, 520), Span("Z", 522, 530)), "kept until it is said"
    died.said()
    assert died.kept.opened == (Span("Z", 522, 530),)
    reserve.give_back()
    ended = Reserve(reserve.kept)
    assert (ended.doubtful(()), ended.held) == ((), 59)
    ended.open(BLOCK)
    assert ended.take() == ("Z", 502)


def test_a_lease_that_comes_when_few_are_open_must_settle() -> None:
    reserve = Reserve(Kept(spans=(Span("Z", 1, 8),)))
    reserve.open(2 * BLOCK)
    for _ in range(3):
        reserve.take()
    reserve.add(Span("Z", 9, 40))
    assert reserve.must_settle, "five are ahead, and a medium may forget five"


def test_spans_are_told_as_people_read_them() -> None:
    assert text_of(Span("Z", 7, 20)) == "Z007-Z020"


# --- whatever happens -------------------------------------------------------------------------------------


class Machine:
    """A node with ticket machines: a reserve over a journal that is a list of commits."""

    def __init__(self, name: str, randomly: random.Random) -> None:
        self.name, self.randomly = name, randomly
        self.commits: list[tuple[Kept, tuple[Any, ...]]] = [(Kept(), ())]
        self.delivered = 0
        self.start()

    def commit(self, *records: Any) -> None:
        self.commits.append((self.reserve.kept, (*self.commits[-1][1], *records)))

    def start(self) -> None:
        self.found = len(self.commits)
        kept, records = self.commits[-1]
        self.reserve = Reserve(kept)
        issued = {one.number for one in records if isinstance(one, c.MergeIssued)}
        gaps = self.reserve.doubtful(issued)
        self.reserve.said()
        self.commit(*(c.MarkMaybePrinted(one.prefix, one.first, one.last) for one in gaps))

    def cut(self, lost: int) -> None:
        """The power fails, and the medium forgets `lost` commits of this run that it had confirmed."""
        del self.commits[max(len(self.commits) - lost, self.found) :]
        self.start()

    def stop(self) -> None:
        self.reserve.give_back()
        self.commit()
        self.start()

    def issue(self, day: str, now_s: float, dies: bool) -> str:
        """The number on paper, "" for none. `dies`: between the commit and the paper."""
        if self.reserve.must_settle:
            self.reserve.open(2 * BLOCK)
            for _ in range(SETTLE):
                self.commit()
        if self.reserve.must_open(BLOCK):
            self.reserve.open(BLOCK)
        taken = self.reserve.take()
        if taken is None:
            return ""
        number = number_text(*taken)
        service = self.randomly.choice(("id-card", "tax", "pension"))
        self.commit(c.MergeIssued(f"{day}-{number}", number, service, "ordinary", now_s))
        return "" if dies else number

    def lease(self, stage: Any, heard: bool) -> None:
        """Ask for more; the answer may get lost."""
        last = self.reserve.kept.lease or Span("", 0, 0)
        asking = c.LeaseNumbers(self.name, self.reserve.held, last.prefix, last.last)
        for event in stage.do(asking):
            if heard and isinstance(event, e.NumbersLeased):
                self.reserve.add(Span(event.prefix, event.first, event.last))
                self.commit()

    def deliver(self, stage: Any, most: int) -> None:
        """Some records come to the coordinator, in order, some of them again."""
        records = self.commits[-1][1]
        first = max(min(self.delivered, len(records)) - self.randomly.randint(0, 3), 0)
        for record in records[first : first + most]:
            stage.do(record)
        self.delivered = max(first + most, self.delivered) if most else self.delivered


@pytest.mark.parametrize("seed", range(120))
def test_two_machines_and_the_coordinator_never_give_one_number_twice(seed: int, make_stage: Any) -> None:
    randomly = random.Random(seed)
    stage = make_stage().open()
    machines = [Machine(name, randomly) for name in ("north", "south")]
    papers: dict[str, list[str]] = {}
    for _ in range(300):
        stage.now_s += randomly.choice((1.0, 5.0, 60.0))
        machine = randomly.choice(machines)
        match randomly.choices(range(8), (30, 12, 10, 4, 4, 3, 1, 6))[0]:
            case 0:
                number = machine.issue(stage.hall.day, stage.now_s, dies=randomly.random() < 0.1)
                if number:
                    papers.setdefault(stage.hall.day, []).append(number)
            case 1:
                papers.setdefault(stage.hall.day, []).append(stage.take())
            case 2:
                machine.deliver(stage, randomly.randint(0, 10))
            case 3:
                machine.lease(stage, heard=randomly.random() < 0.7)
            case 4:
                machine.cut(randomly.randint(0, LIES))
            case 5:
                machine.stop()
            case 6:
                stage.do(c.Tick(), randomly.choice((0.0, 86_400.0)))
            case 7:
                try:
                    stage.call(randomly.choice(("w1", "w2", "w3", "w9")))
                except Refused:
                    pass
    for machine in machines:
        machine.delivered = 0
        machine.deliver(stage, len(machine.commits[-1][1]))
    for day, numbers in papers.items():
        assert len(numbers) == len(set(numbers)), f"twice on {day}"
    past = {visit for stubs in stage.hall.past.values() for visit in stubs}
    for number in papers.get(stage.hall.day, []):
        visit = f"{stage.hall.day}-{number}"
        assert visit in stage.hall.visits or visit in past or may_be_on_paper(stage.hall, number), number
    assert stage.replayed() == stage.hall
    assert stage.reopened() == stage.hall


def test_numbers_merged_wait_in_the_order_of_issue(make_stage: Any) -> None:
    stage = make_stage().open()
    randomly = random.Random(1)
    machines = [Machine(name, randomly) for name in ("north", "south")]
    for machine in machines:
        machine.lease(stage, heard=True)
    order: list[str] = []
    for _ in range(60):
        stage.now_s += 1
        order.append(randomly.choice(machines).issue(stage.hall.day, stage.now_s, dies=False))
    for machine in reversed(machines):
        machine.deliver(stage, 100)
    waiting = sorted(
        (visit for visit in stage.hall.visits.values() if visit.state == s.WAITING),
        key=lambda one: one.issued_s,
    )
    assert [visit.number for visit in waiting] == [number for number in order if number]
    called = [stage.call("w9") for visit in waiting if visit.accepted]
    assert called == [visit.number for visit in waiting if visit.accepted]
