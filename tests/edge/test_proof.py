"""A coordinator that only the broker speaks of is asked, doubted, and asked again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge.asker import Answered, Make
from edge.hearing import Hearing
from edge.proof import HEARSAY_S, Proof
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic


def meet(id_: str, deadline_ms: int) -> m.Meet:
    return m.Meet(id_, deadline_ms, generation="g", up_to=0)


class Node:
    """Its time passes by `pass_time`; what it asked waits in `asked` for an answer."""

    def __init__(self) -> None:
        self.connected = True
        self.asked: list[Answered] = []
        self.later: list[Callable[[], None]] = []
        self.hearing = Hearing([], self._lived)
        self.proof = Proof(self, self.hearing, self._ask, meet)
        self.come()

    def _lived(self, epoch: int) -> None:
        if epoch:
            self.proof.look()

    def _ask(self, make: Make, answered: Answered) -> None:
        assert isinstance(make("1", 0), m.Meet)
        self.asked.append(answered)

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        assert delay_s == HEARSAY_S
        self.later.append(action)

    def come(self) -> None:
        """The broker is there, with what it kept."""
        self.connected = True
        self.hearing.link(True)
        self.hearing.hear(Topic("small", "core", "role"), m.Role(3, "i1"), kept=True)
        self.hearing.hear(Topic("small", "core", "life"), m.Life("ready", "i1"), kept=True)

    def go(self) -> None:
        """The broker is away."""
        self.connected = False
        self.proof.link_lost()
        self.hearing.link(False)

    def pass_time(self) -> None:
        later, self.later = self.later, []
        for action in later:
            action()

    def answer(self, answer: m.Answer | None) -> None:
        if answer is not None:
            self.hearing.proven()
        self.asked.pop()(answer)


@pytest.fixture
def node() -> Node:
    return Node()


def test_one_that_says_nothing_is_asked_and_believed_when_it_answers(node: Node) -> None:
    assert not node.asked, "it may say something by itself"
    node.pass_time()
    node.answer(m.Answer("1", "ok"))
    assert node.hearing.live
    node.pass_time()
    assert not node.asked
    assert not node.later


def test_one_that_was_heard_is_not_asked(node: Node) -> None:
    node.hearing.hear(Topic("small", "core", "role"), m.Role(3, "i1"))
    node.pass_time()
    assert not node.asked


def test_one_that_does_not_answer_is_doubted_and_asked_until_it_does(node: Node) -> None:
    for _ in range(3):
        node.pass_time()
        assert len(node.asked) == 1
        node.answer(None)
        assert not node.hearing.live
    node.pass_time()
    node.answer(m.Answer("1", "ok"))
    assert node.hearing.live


def test_a_question_lost_with_its_link_says_nothing(node: Node) -> None:
    node.pass_time()
    node.go()
    node.come()
    node.answer(None)
    assert node.hearing.live
    node.pass_time()
    assert len(node.asked) == 1, "it is asked on the new link"


def test_nobody_is_asked_without_a_broker(node: Node) -> None:
    node.go()
    node.pass_time()
    assert not node.asked
    node.come()
    node.pass_time()
    assert len(node.asked) == 1
