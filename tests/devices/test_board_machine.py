from __future__ import annotations

import pytest
from msgspec.structs import replace

from devices.board.machine import BoardMachine
from devices.board.settings import BoardSettings
from display.board_view import BoardView, Call, Notice

SETTINGS = BoardSettings(flashes=2, flash_period_s=1.0, lit_s=5.0, turn_s=8.0)
OLD = BoardView("大厅", calls=(Call("A001", "1"),))
NEW = replace(OLD, calls=(Call("A002", "2"), *OLD.calls))


def machine(*, flashing: bool = True, first: BoardView = OLD) -> BoardMachine:
    made = BoardMachine(SETTINGS, flashing=flashing)
    made.on_view(first, 0.0)
    return made


def lit_until_quiet(board: BoardMachine, now_s: float) -> list[tuple[float, list[str]]]:
    """(time, lit tickets) now and at every time the machine asks for, until it asks for none."""
    seen = [(now_s, sorted(board.lit(now_s)))]
    due_s = board.due_s(now_s)
    while due_s is not None:
        assert due_s > seen[-1][0]
        board.advance(due_s)
        seen.append((due_s, sorted(board.lit(due_s))))
        due_s = board.due_s(due_s)
    return seen


def test_calls_of_the_first_view_do_not_flash() -> None:
    board = machine()
    assert board.lit(0.0) == frozenset()
    assert board.due_s(0.0) is None


def test_a_new_call_flashes_then_stays_lit_then_rests() -> None:
    board = machine()
    board.on_view(NEW, 100.0)
    assert lit_until_quiet(board, 100.0) == [
        (100.0, ["A002"]),
        (100.5, []),
        (101.0, ["A002"]),
        (101.5, []),
        (102.0, ["A002"]),
        (105.0, []),
    ]


def test_without_flashing_it_is_only_lit() -> None:
    board = machine(flashing=False)
    board.on_view(NEW, 100.0)
    assert lit_until_quiet(board, 100.0) == [(100.0, ["A002"]), (105.0, [])]


@pytest.mark.parametrize("came_s", [0.1, 1234.567, 987_654_321.3])
@pytest.mark.parametrize("period_s", [0.6, 0.7, 1.1])
def test_every_edge_comes_once_however_the_times_are_rounded(came_s: float, period_s: float) -> None:
    board = BoardMachine(replace(SETTINGS, flash_period_s=period_s, flashes=3), flashing=True)
    board.on_view(OLD, 0.0)
    board.on_view(NEW, came_s)
    assert [tickets for _, tickets in lit_until_quiet(board, came_s)] == [["A002"], []] * 4


def test_a_recall_flashes_again() -> None:
    board = machine()
    board.on_view(replace(OLD, calls=(Call("A001", "1", 2),)), 10.0)
    assert board.lit(10.0) == {"A001"}


def test_two_calls_flash_in_their_own_time() -> None:
    board = machine()
    board.on_view(NEW, 100.0)
    board.on_view(replace(NEW, calls=(Call("A003", "3"), *NEW.calls)), 100.6)
    assert board.lit(100.7) == {"A003"}
    assert board.due_s(100.7) == 101.0


def test_the_same_view_again_changes_nothing() -> None:
    board = machine()
    board.on_view(NEW, 100.0)
    board.on_view(replace(NEW, clock="10:25"), 104.0)
    assert lit_until_quiet(board, 104.0) == [(104.0, ["A002"]), (105.0, [])]


def test_a_call_that_leaves_the_board_is_forgotten() -> None:
    board = machine()
    board.on_view(NEW, 100.0)
    board.on_view(OLD, 100.1)
    assert board.due_s(100.1) is None


def test_calls_missed_while_stale_flash_when_fresh() -> None:
    board = machine()
    board.on_view(replace(NEW, stale_since="10:12"), 50.0)
    assert board.lit(50.0) == frozenset()
    board.on_view(NEW, 60.0)
    assert board.lit(60.0) == {"A002"}


def test_a_stale_start_does_not_make_the_whole_hall_flash() -> None:
    board = machine(first=BoardView("大厅", stale_since="10:12"))
    board.on_view(NEW, 5.0)
    assert board.lit(5.0) == frozenset()


def test_pages_turn_and_begin_anew_with_another_number_of_them() -> None:
    notices = (Notice("一"), Notice("二"))
    board = machine(first=replace(OLD, notices=notices))
    assert board.due_s(0.0) == 8.0
    board.advance(7.9)
    assert board.turn == 0
    board.advance(8.0)
    assert (board.turn, board.due_s(8.0)) == (1, 16.0)
    board.on_view(replace(OLD, notices=(*notices, Notice("三"))), 9.0)
    assert (board.turn, board.due_s(9.0)) == (0, 17.0)
