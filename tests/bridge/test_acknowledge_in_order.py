"""Acknowledgements given in any order go out in the order of arrival."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mqtt_bridge.acknowledge import InOrder


def test_a_later_one_waits_for_the_earlier_ones() -> None:
    sent: list[int] = []
    order = InOrder(sent.append)
    first, second, third = (order.take(mid) for mid in (7, 8, 9))
    third()
    second()
    second()
    assert sent == []
    first()
    assert sent == [7, 8, 9]
    first()
    assert sent == [7, 8, 9]


def test_a_number_used_again_is_another_message() -> None:
    sent: list[int] = []
    order = InOrder(sent.append)
    first = order.take(1)
    first()
    order.take(1)
    first()
    assert sent == [1]


@given(st.permutations(range(12)))
def test_any_order(given_order: list[int]) -> None:
    sent: list[int] = []
    order = InOrder(sent.append)
    gives = [order.take(mid) for mid in range(12)]
    for number, mid in enumerate(given_order, 1):
        gives[mid]()
        given_so_far = set(given_order[:number])
        expected = next(mid for mid in range(13) if mid not in given_so_far)
        assert sent == list(range(expected))
