"""Boards and voices as scripts: what is shown and said, what is stale, and what is said once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from devices.announcer.messages import Announce, SetQuiet, Spoken
from devices.base import DeviceHealth
from devices.board.messages import ShowBoard
from devices.board.messages import Shown as BoardShown
from display.board_view import Call, Notice, Queue
from edge.desks.board import FIRST_WORD_S, BoardDesk
from edge.desks.voice import FRESH_MS, VoiceDesk
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

VALID_MS = 1_795_395_600_000 + 12 * 3_600_000
STALE_S = 15.0  # as the site file says when it says nothing

# --- boards ---------------------------------------------------------------------------------------------


def board_call(number: int, label: str, calls: int = 1) -> m.BoardCall:
    return m.BoardCall(f"20261123-A{number:03}", f"A{number:03}", label, 5, calls, "social")


BOARD = m.BoardState(1, 1, VALID_MS, (board_call(2, "2", 3), board_call(1, "1")))
HALL = m.HallState(1, 1, VALID_MS, "20261123", True, notices=(m.Notice("欢迎", "Welcome"),))
SOCIAL = m.QueueState(1, 1, VALID_MS, "social", "社保", "Social", 4, 60, 600)
TAX = m.QueueState(1, 1, VALID_MS, "tax", "税务", waiting=1, issuing=False)


def hear(desk: Any, message: m.State, *rest: str) -> None:
    kind = {"BoardState": "board", "HallState": "hall", "QueueState": "queue", "WindowState": "window"}
    desk.hear(Topic("small", "core", f"state/{kind[type(message).__name__]}", rest), message)


def view(host: Any) -> Any:
    """The last thing the board was told."""
    host.wait(0.01)
    shown = host.heard("board")
    assert all(isinstance(one, ShowBoard) for one in shown)
    return shown[-1].view


def board(
    host: Any, directory: Any, windows: tuple[str, ...] = (), queues: tuple[str, ...] = ()
) -> BoardDesk:
    return BoardDesk(host, "board", windows, queues, lambda: directory)


def test_a_board_shows_calls_queues_notices_and_the_clock(host: Any, directory: Any) -> None:
    desk = board(host, directory)
    desk.link(1)
    for state in (BOARD, HALL, TAX, SOCIAL):
        hear(desk, state)
    shown = view(host)
    assert shown.title == "便民服务站"
    assert shown.calls == (Call("A002", "2", 3), Call("A001", "1", 1))
    assert shown.queues == (Queue("社保", "Social", 4, 60, 600, True), Queue("税务", "", 1, 0, 0, False))
    assert shown.notices == (Notice("欢迎", "Welcome"),)
    assert (shown.clock, shown.open, shown.stale_since) == ("09:00", True, "")


def test_a_board_for_some_windows_and_queues_shows_those(host: Any, directory: Any) -> None:
    desk = board(host, directory, windows=("2",), queues=("tax",))
    desk.link(1)
    for state in (BOARD, TAX, SOCIAL):
        hear(desk, state)
    shown = view(host)
    assert [call.window for call in shown.calls] == ["2"]
    assert [queue.name for queue in shown.queues] == ["税务"]


def test_all_that_comes_at_once_is_drawn_once(host: Any, directory: Any) -> None:
    desk = board(host, directory)
    desk.link(1)
    host.wait(FIRST_WORD_S)
    view(host)
    for state in (BOARD, HALL, TAX, SOCIAL):
        hear(desk, state)
    host.wait(0.01)
    assert len(host.heard("board")) == 1


def test_the_clock_goes_on_by_itself(host: Any, directory: Any) -> None:
    desk = board(host, directory)
    desk.link(1)
    seen = []
    for _ in range(3):
        host.wait(60)
        seen.append(view(host).clock)
    assert seen == ["09:01", "09:02", "09:03"]


def test_a_board_without_a_coordinator_keeps_its_state_and_then_says_since_when_it_is_old(
    host: Any, directory: Any
) -> None:
    desk = board(host, directory)
    host.wait(FIRST_WORD_S)
    assert view(host).stale_since == "09:00", "nothing was heard yet: not even for a moment it looks true"
    desk.link(1)
    hear(desk, BOARD)
    assert view(host).stale_since == ""
    host.wait(600)
    desk.link(0)
    host.wait(STALE_S - 1)
    assert view(host).stale_since == "", "a coordinator that starts again is back before this"
    host.wait(1)
    shown = view(host)
    assert shown.stale_since == "09:10"
    assert shown.calls == (Call("A002", "2", 3), Call("A001", "1", 1)), "the calls that happened stay"
    desk.link(1)
    assert view(host).stale_since == ""


def test_the_site_file_says_when_a_state_is_old(host: Any, site_toml: str) -> None:
    from edge.desks.directory import Directory
    from edge.settings.load import parse_site

    patient = Directory(parse_site(site_toml + "\n[screens]\nstale_s = 100\n", "-"))
    desk = board(host, patient)
    desk.link(1)
    hear(desk, BOARD)
    desk.link(0)
    host.wait(99)
    assert view(host).stale_since == ""
    host.wait(1)
    assert view(host).stale_since == "09:00"


def test_a_board_that_starts_alone_shows_what_the_broker_kept_and_of_when_it_is(
    host: Any, directory: Any
) -> None:
    desk = board(host, directory)
    old = host.time_ms - 40 * 60_000
    hear(desk, msgspec.structs.replace(BOARD, at_ms=old))
    hear(desk, msgspec.structs.replace(SOCIAL, at_ms=old + 60_000))
    shown = view(host)
    assert (shown.stale_since, len(shown.calls), len(shown.queues)) == ("08:21", 2, 1)


def test_a_state_of_another_epoch_than_the_living_coordinators_is_old(host: Any, directory: Any) -> None:
    desk = board(host, directory)
    hear(desk, BOARD)
    desk.link(2)
    assert view(host).stale_since != ""
    hear(desk, SOCIAL)
    hear(desk, msgspec.structs.replace(TAX, epoch=2))
    hear(desk, msgspec.structs.replace(BOARD, epoch=2))
    shown = view(host)
    assert (shown.stale_since, [queue.name for queue in shown.queues]) == ("", ["税务"])
    desk.link(3)
    host.wait(STALE_S)
    assert view(host).stale_since == "09:00", "the next one has not said it yet"


def test_what_is_old_is_not_shown_on_another_day(host: Any, directory: Any) -> None:
    desk = board(host, directory)
    desk.link(1)
    hear(desk, BOARD), hear(desk, SOCIAL), hear(desk, HALL)
    desk.link(0)
    host.wait(12 * 3600 - 60)
    assert len(view(host).calls) == 2
    host.wait(120)
    shown = view(host)
    assert (shown.calls, shown.queues, shown.notices, shown.stale_since) == ((), (), (), "09:00")
    desk.link(1)
    assert len(view(host).calls) == 2, "a living coordinator is believed, whatever this node's clock says"


def test_a_board_that_starts_leaves_its_panel_alone_until_it_has_heard_the_hall(
    host: Any, directory: Any
) -> None:
    desk = board(host, directory)
    desk.health("board", DeviceHealth("ready"))
    host.wait(FIRST_WORD_S / 2)
    assert host.heard("board") == []
    hear(desk, BOARD)
    assert view(host).calls


def test_a_board_that_hears_nothing_shows_itself_all_the_same(host: Any, directory: Any) -> None:
    board(host, directory)
    host.wait(FIRST_WORD_S)
    assert view(host).title == "便民服务站"


def test_a_closed_hall_shows_its_hours(host: Any, site_toml: str) -> None:
    from edge.desks.directory import Directory
    from edge.settings.load import parse_site

    hours = Directory(parse_site(site_toml + '\n[hours]\nweekdays = ["09:00-12:00", "13:30-17:00"]\n', "-"))
    desk = board(host, hours)
    desk.link(1)
    hear(desk, m.BoardState(1, 1, VALID_MS))
    hear(desk, m.HallState(1, 1, VALID_MS, "20261123", False))
    shown = view(host)
    assert not shown.open
    assert shown.hours == "周一至周五 09:00-12:00、13:30-17:00"
    assert shown.hours_en == "Monday to Friday 09:00-12:00, 13:30-17:00"


def test_a_panel_that_is_back_is_drawn(host: Any, directory: Any) -> None:
    desk = board(host, directory)
    host.wait(FIRST_WORD_S)
    view(host)
    desk.said("board", BoardShown("A001", "1", 1))
    desk.health("board", DeviceHealth("lost", "port_lost"))
    host.wait(0.01)
    assert host.heard("board") == []
    desk.health("board", DeviceHealth("ready"))
    assert view(host).title == "便民服务站"


# --- voices ---------------------------------------------------------------------------------------------


def called(
    host: Any, window: str = "1", calls: int = 1, age_ms: int = 0, number: int = 1, **fields: Any
) -> Any:
    fields = {"phase": "calling", **fields}
    visit = f"20261123-A{number:03}"
    return m.WindowState(
        fields.pop("epoch", 1),
        1,
        VALID_MS,
        window=window,
        label=window,
        visit=visit,
        ticket=f"A{number:03}",
        calls=calls,
        called_ms=host.time_ms - age_ms,
        **fields,
    )


def said(host: Any) -> list[tuple[str, str]]:
    return [(one.ticket, one.label) for one in host.heard("voice") if isinstance(one, Announce)]


@pytest.fixture()
def voice(host: Any) -> VoiceDesk:
    """A zone of all windows, with a living coordinator and one window heard of."""
    desk = VoiceDesk(host, "voice", ())
    desk.link(1)
    hear(desk, m.WindowState(1, 1, VALID_MS, window="1", label="1", phase="idle"))
    return desk


def test_each_call_and_each_recall_is_spoken_once(host: Any, voice: VoiceDesk) -> None:
    for state in (
        called(host),
        called(host),
        called(host, waiting=5),
        called(host, phase="serving"),
        called(host, calls=2),
        called(host, calls=2, waiting=6),
        called(host, number=2),
    ):
        hear(voice, state)
    assert said(host) == [("A001", "1"), ("A001", "1"), ("A002", "1")]


def test_each_has_its_own_token(host: Any, voice: VoiceDesk) -> None:
    for state in (called(host), called(host, calls=2), called(host, window="2", calls=1)):
        hear(voice, state)
    tokens = [one.token for one in host.heard("voice")]
    assert tokens == ["20261123-A001@1#1", "20261123-A001@1#2", "20261123-A001@2#1"]


def test_a_zone_speaks_for_its_windows_only(host: Any) -> None:
    desk = VoiceDesk(host, "voice", ("2",))
    desk.link(1)
    hear(desk, called(host, window="1"))
    hear(desk, called(host, window="2", number=2))
    assert said(host) == [("A002", "2")]


def test_old_calls_found_at_the_start_are_not_spoken(host: Any) -> None:
    desk = VoiceDesk(host, "voice", ())
    hear(desk, called(host, window="1", age_ms=FRESH_MS + 1))
    hear(desk, called(host, window="2", number=2, age_ms=FRESH_MS - 1))
    assert said(host) == [], "nobody knows whether it still holds"
    desk.link(1)
    assert said(host) == [("A002", "2")], "a young one may not have been heard"
    hear(desk, called(host, window="1", age_ms=FRESH_MS + 1))
    assert said(host) == []


def test_a_call_of_another_epoch_than_the_living_coordinators_is_not_spoken(host: Any) -> None:
    desk = VoiceDesk(host, "voice", ())
    desk.link(2)
    hear(desk, called(host))
    assert said(host) == []
    hear(desk, called(host, epoch=2))
    assert said(host) == [("A001", "1")]


@pytest.mark.parametrize("hours", [-3, 3])
def test_calls_are_spoken_by_a_node_whose_clock_is_wrong(host: Any, voice: VoiceDesk, hours: int) -> None:
    hear(voice, called(host, age_ms=hours * 3_600_000))
    assert said(host) == [("A001", "1")]
    hear(voice, called(host, calls=2, age_ms=hours * 3_600_000))
    assert said(host) == [("A001", "1")]


def test_what_was_called_during_a_silence_is_judged_by_its_age(host: Any, voice: VoiceDesk) -> None:
    hear(voice, called(host))
    said(host)
    voice.link(0)
    voice.link(1)
    hear(voice, called(host))
    assert said(host) == [], "spoken before"
    hear(voice, called(host, calls=2))
    assert said(host) == [("A001", "1")]
    voice.link(0)
    hear(voice, called(host, number=2, age_ms=FRESH_MS + 1))
    assert said(host) == []


def test_a_closed_hall_is_quiet(host: Any, voice: VoiceDesk) -> None:
    hear(voice, m.HallState(1, 1, VALID_MS, "20261123", False))
    hear(voice, HALL)
    assert host.heard("voice") == [SetQuiet(True), SetQuiet(False)]
    voice.said("voice", Spoken("token", "spoken"))
    assert host.kept == []


def test_an_announcer_that_is_back_is_told_whether_the_hall_is_closed(host: Any, voice: VoiceDesk) -> None:
    voice.health("voice", DeviceHealth("ready"))
    assert host.heard("voice") == [], "nobody knows yet"
    hear(voice, m.HallState(1, 1, VALID_MS, "20261123", False))
    host.heard()
    voice.health("voice", DeviceHealth("lost", "port_lost"))
    voice.health("voice", DeviceHealth("ready"))
    assert host.heard("voice") == [SetQuiet(True)]
