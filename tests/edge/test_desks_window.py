"""A window's desk as a script: states in, device messages out; presses in, requests out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from devices.base import DeviceHealth
from devices.button.messages import LongPressed, Pressed
from devices.evaluator.messages import CloseRating, Graded, OpenRating, RatingLapsed, Thank
from devices.keypad.keymap import WINDOW_ACTIONS
from devices.keypad.messages import Beep, KeyPressed, KeysUnknown, ShowNumbers, ShowResult
from devices.lamp.messages import SetLamp
from devices.strip.messages import Shown, ShowText
from edge.desks.presses import Press, request_of
from edge.desks.window import WindowDesk
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

VISIT = "20261123-A001"
DEVICES = {"keypad": "keypad", "strip": "strip", "pad": "evaluator", "lamp": "lamp"}
REFUSED = [ShowResult(ok=False), Beep()]
DARK = ShowNumbers()
STALE_S = 15.0  # as the site file says when it says nothing
VALID_MS = 1_795_395_600_000 + 12 * 3_600_000


def state(phase: Any = "idle", **fields: Any) -> m.WindowState:
    usual = {"label": "1", "name": "社保窗口", "name_en": "Social", "clerk": "1001"}
    return m.WindowState(fields.pop("epoch", 1), 1, VALID_MS, window="1", phase=phase, **{**usual, **fields})


def calling(calls: int = 1, **fields: Any) -> m.WindowState:
    return state("calling", visit=VISIT, ticket="A001", calls=calls, **fields)


def hear(desk: WindowDesk, message: m.WindowState) -> None:
    desk.hear(Topic("small", "core", "state/window", ("1",)), message)


def text(told: list[Any]) -> str:
    (shown,) = [one for one in told if isinstance(one, ShowText)]
    return "".join(segment.text for segment in shown.segments)


@pytest.fixture()
def desk(host: Any, directory: Any) -> WindowDesk:
    """Window 1, with everything, and a living coordinator."""
    one = WindowDesk(host, "1", DEVICES, lambda: directory)
    one.link(1)
    host.heard()
    return one


@pytest.mark.parametrize(
    ("given", "strip", "lamp"),
    [
        (state("closed", clerk=""), "1号窗口 暂未开放", "off"),
        (state(), "社保窗口 工号1001", "off"),
        (state(name="", clerk="7"), "1号窗口 工号7", "off"),
        (state("paused", reason="午休"), "午休 请稍候", "off"),
        (state("paused"), "暂停服务 请稍候", "off"),
        (state("paused", reason="饭" * 200), "饭" * 39 + "… 请稍候", "off"),
        (state(name="社" * 200), "社" * 39 + "… 工号1001", "off"),
        (state(name="社" * 40), "社" * 40 + " 工号1001", "off"),
        (calling(), "请A001号到1号窗口", "blink"),
        (state("serving", visit=VISIT, ticket="A001"), "A001号 正在办理", "on"),
    ],
)
def test_every_phase_on_strip_lamp_and_digits(
    host: Any, desk: WindowDesk, given: m.WindowState, strip: str, lamp: Any
) -> None:
    hear(desk, msgspec.structs.replace(given, waiting=7))
    assert text(host.heard("strip")) == strip
    assert host.heard("lamp") == [SetLamp(lamp)]
    assert host.heard("keypad") == [ShowNumbers(waiting=7, ticket=given.ticket)]


@pytest.mark.parametrize(
    ("given", "strip"),
    [
        (state("closed"), "Window 1 closed"),
        (state("paused", reason="午休"), "Paused, please wait"),
        (calling(), "A001 to window 1"),
        (state("serving", ticket="A001"), "A001 in service"),
        (state(), "Social clerk 1001"),
    ],
)
def test_the_same_in_english(host: Any, site_toml: str, given: m.WindowState, strip: str) -> None:
    from edge.desks.directory import Directory
    from edge.settings.load import parse_site

    english = Directory(parse_site(site_toml.replace('id = "small"', 'id = "small"\nlanguage = "en"'), "-"))
    one = WindowDesk(host, "1", DEVICES, lambda: english)
    one.link(1)
    hear(one, given)
    assert text(host.heard("strip")) == strip
    one.link(0)
    host.wait(STALE_S)
    old = {"closed": "closed", "paused": "paused", "calling": "called A001", "serving": "serving A001"}
    assert text(host.heard("strip")) == f"At 09:00 {old.get(given.phase, 'Social')}"


def test_only_a_call_has_a_token_and_it_tells_recalls_apart(host: Any, desk: WindowDesk) -> None:
    for given in (state(), calling(1), calling(2), state("serving", visit=VISIT, ticket="A001", calls=2)):
        hear(desk, given)
    tokens = [one.token for one in host.heard("strip")]
    assert tokens == ["", f"{VISIT}#1", f"{VISIT}#2", ""]


# --- presses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("press", "expected"),
    [
        (("call_next",), m.CallNext("r1", 1, "1")),
        (("call_number", "12"), m.CallNumber("r1", 1, "1", number="12")),
        (("recall",), m.Recall("r1", 1, "1")),
        (("begin",), m.Begin("r1", 1, "1")),
        (("no_show",), m.NoShow("r1", 1, "1")),
        (("hold",), m.Hold("r1", 1, "1")),
        (("resume_held",), m.ResumeHeld("r1", 1, "1")),
        (("resume_held", "7"), m.ResumeHeld("r1", 1, "1", number="7")),
        (("finish",), m.Finish("r1", 1, "1")),
        (("ask_rating",), m.AskRating("r1", 1, "1")),
        (("pause",), m.PauseWindow("r1", 1, "1")),
        (("pause", "", "lunch"), m.PauseWindow("r1", 1, "1", reason="lunch")),
        (("resume",), m.ResumeWindow("r1", 1, "1")),
        (("transfer_window", "2"), m.Transfer("r1", 1, "1", to_window="2")),
        (("transfer_window", "002"), m.Transfer("r1", 1, "1", to_window="2")),
        (("transfer_queue", "2"), m.Transfer("r1", 1, "1", to_queue="tax")),
        (("transfer_queue", "", "social"), m.Transfer("r1", 1, "1", to_queue="social")),
        (("add_item", "201"), m.AddItem("r1", 1, "1", service="invoice")),
        (("add_item", "999"), m.AddItem("r1", 1, "1", service="unknown")),
        (("login", "1001"), m.Login("r1", 1, "1", clerk="1001")),
        (("logout",), m.Logout("r1", 1, "1")),
    ],
)
def test_a_press_becomes_a_request(
    host: Any, desk: WindowDesk, press: tuple[str, ...], expected: m.Ask
) -> None:
    desk.said("keypad", KeyPressed(*press))
    (asked,) = host.asked
    assert asked == msgspec.structs.replace(expected, deadline_ms=asked.deadline_ms)
    assert host.heard("keypad") == [], "the state that follows is the answer"


@pytest.mark.parametrize("action", WINDOW_ACTIONS)
def test_every_action_of_the_key_maps_is_known(directory: Any, action: str) -> None:
    make = request_of("1", Press(action, "1"), directory)
    assert make is not None
    assert isinstance(make("r1", 5), m.WindowAsk)


def test_a_transfer_to_a_window_that_is_none_names_none(host: Any, desk: WindowDesk) -> None:
    desk.said("keypad", KeyPressed("transfer_window", "77"))
    assert host.asked == [m.Transfer("r1", host.asked[0].deadline_ms, "1", to_window="")]


def test_what_the_coordinator_refuses_is_refused_on_the_keypad(host: Any, desk: WindowDesk) -> None:
    host.answer = lambda ask: m.Answer(ask.id, "nobody_waiting", text="没有人在等候")
    desk.said("keypad", KeyPressed("call_next"))
    assert host.heard("keypad") == REFUSED


def test_an_offline_press_is_refused_and_nothing_is_stored_up(host: Any, desk: WindowDesk) -> None:
    hear(desk, state(waiting=3))
    host.heard()
    desk.link(0)
    assert host.heard("keypad") == [*REFUSED, DARK], "told at once that nobody is there"
    host.answer = None
    desk.said("keypad", KeyPressed("call_next"))
    assert host.heard("keypad") == REFUSED
    host.answer = lambda ask: m.Answer(ask.id, "ok")
    desk.link(1)
    assert host.asked == []
    assert host.kept == []


@pytest.mark.parametrize("keys", [KeysUnknown("99 pause"), KeyPressed("take", "101")])
def test_keys_that_mean_nothing_at_a_window_are_refused(host: Any, desk: WindowDesk, keys: Any) -> None:
    desk.said("keypad", keys)
    assert host.heard("keypad") == REFUSED
    assert host.asked == []


@pytest.mark.parametrize("press", [Pressed("call_next"), LongPressed("call_next")])
def test_a_counter_with_lamp_and_button_opens_with_its_first_press(
    host: Any, directory: Any, press: Any
) -> None:
    desk = WindowDesk(host, "1", {"button": "button", "lamp": "lamp"}, lambda: directory)
    desk.link(1)
    hear(desk, state("closed", clerk=""))
    desk.said("button", press)
    deadline = host.asked[0].deadline_ms
    assert host.asked == [
        m.Login("r1", deadline, "1", clerk="1"),
        m.CallNext("r2", deadline, "1"),
    ]
    hear(desk, calling())
    desk.said("button", press)
    assert host.asked[2:] == [m.CallNext("r3", deadline, "1")]
    host.answer = None
    desk.said("button", press)
    assert host.heard("button") == [], "a button cannot show anything"


def test_a_call_at_a_window_without_a_strip_is_kept_once_when_its_lamp_is_lit(
    host: Any, directory: Any
) -> None:
    desk = WindowDesk(host, "1", {"button": "button", "lamp": "lamp"}, lambda: directory)
    desk.link(1)
    hear(desk, calling())
    hear(desk, calling(waiting=9))
    shown = m.Shown("", "", host.time_ms, VISIT, "1", "lamp", 1, acknowledged=False)
    assert host.kept == [shown]
    hear(desk, calling(calls=2))
    assert host.kept == [shown, msgspec.structs.replace(shown, calls=2)]


# --- ratings --------------------------------------------------------------------------------------------


def test_a_question_opens_once_and_closes(host: Any, desk: WindowDesk) -> None:
    asked = calling(rating=m.RatingAsk(VISIT, 5))
    for given in (calling(), asked, asked, msgspec.structs.replace(asked, waiting=3), calling()):
        hear(desk, given)
    assert host.heard("pad") == [OpenRating(f"{VISIT}/"), CloseRating()]


def test_questions_of_items_follow_each_other(host: Any, desk: WindowDesk) -> None:
    for item in ("pension", "invoice"):
        hear(desk, calling(rating=m.RatingAsk(VISIT, 5, item)))
    assert host.heard("pad") == [OpenRating(f"{VISIT}/pension"), OpenRating(f"{VISIT}/invoice")]


def test_a_rating_is_kept_before_the_thanks(host: Any, desk: WindowDesk) -> None:
    desk.said("pad", Graded(f"{VISIT}/pension", 4))
    assert host.kept == [m.Rated("", "", host.time_ms, VISIT, "1", 4, "pension")]
    assert host.heard("pad") == [], "not thanked yet"
    host.committed()
    assert host.heard("pad") == [Thank(f"{VISIT}/pension")]


def test_a_rating_that_cannot_be_kept_is_not_thanked_for(host: Any, desk: WindowDesk) -> None:
    desk.said("pad", Graded(f"{VISIT}/", 4))
    host.committed(OSError("full"))
    assert host.heard("pad") == []


def test_ratings_need_no_coordinator(host: Any, desk: WindowDesk) -> None:
    hear(desk, calling(rating=m.RatingAsk(VISIT, 5)))
    desk.link(0)
    host.wait(STALE_S)
    host.heard()
    desk.said("pad", Graded(f"{VISIT}/", 1))
    host.committed()
    assert host.heard("pad") == [Thank(f"{VISIT}/")]
    desk.said("pad", RatingLapsed(f"{VISIT}/"))
    assert len(host.kept) == 1


def test_without_a_coordinator_the_clerk_asks_for_the_visit_that_was_announced_last(
    host: Any, desk: WindowDesk
) -> None:
    hear(desk, state("serving", visit=VISIT, ticket="A001"))
    hear(desk, state())
    hear(desk, state(waiting=1))
    desk.link(0)
    host.heard()
    host.answer = None
    desk.said("keypad", KeyPressed("ask_rating"))
    assert host.heard("pad") == [OpenRating(f"{VISIT}/")]
    assert host.heard("keypad") == [ShowResult(ok=True)]
    desk.said("pad", Graded(f"{VISIT}/", 2))
    assert host.kept == [m.Rated("", "", host.time_ms, VISIT, "1", 2)]
    host.committed()
    host.heard()
    desk.said("keypad", KeyPressed("ask_rating"))
    assert host.heard("pad") == [], "once"
    assert host.heard("keypad") == REFUSED


def test_also_after_a_start_from_what_the_broker_kept(host: Any, directory: Any) -> None:
    desk = WindowDesk(host, "1", DEVICES, lambda: directory)
    host.answer = None
    desk.said("keypad", KeyPressed("ask_rating"))
    assert host.heard("keypad") == REFUSED, "nothing is known yet"
    hear(desk, state("serving", visit=VISIT, ticket="A001"))
    host.heard()
    desk.said("keypad", KeyPressed("ask_rating"))
    assert host.heard("pad") == [OpenRating(f"{VISIT}/")]
    desk.link(2)
    hear(desk, state("serving", visit=VISIT, ticket="A001", epoch=2))
    assert host.heard("pad") == [CloseRating()], "the hall is there again, and asks itself"


def test_who_did_not_come_is_not_asked(host: Any, desk: WindowDesk) -> None:
    hear(desk, calling())
    hear(desk, state())
    host.heard()
    host.answer = None
    desk.said("keypad", KeyPressed("ask_rating"))
    assert host.heard() == REFUSED


def test_a_window_without_a_pad_asks_nobody(host: Any, directory: Any) -> None:
    desk = WindowDesk(host, "1", {"keypad": "keypad"}, lambda: directory)
    hear(desk, calling())
    host.heard()
    host.answer = None
    desk.said("keypad", KeyPressed("ask_rating"))
    assert host.heard() == REFUSED


@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_call_that_stood_on_the_strip_is_kept(host: Any, desk: WindowDesk, acknowledged: bool) -> None:
    desk.said("strip", Shown(f"{VISIT}#2", acknowledged))
    desk.said("strip", Shown("", acknowledged))
    assert host.kept == [m.Shown("", "", host.time_ms, VISIT, "1", "strip", 2, acknowledged)]


# --- links ----------------------------------------------------------------------------------------------


def test_what_comes_before_a_coordinator_lives_is_not_shown_as_a_call(host: Any, directory: Any) -> None:
    desk = WindowDesk(host, "1", DEVICES, lambda: directory)
    hear(desk, calling())
    assert host.heard("strip") == []
    desk.link(1)
    assert text(host.heard("strip")) == "请A001号到1号窗口"


def test_a_strip_says_of_when_its_state_is_after_a_while_and_not_before(host: Any, desk: WindowDesk) -> None:
    hear(desk, calling())
    host.wait(600)
    host.heard()
    desk.link(0)
    host.wait(STALE_S - 1)
    assert host.heard("strip") == []
    host.wait(1)
    (shown,) = host.heard("strip")
    assert "".join(segment.text for segment in shown.segments) == "截至09:10 叫号A001"
    assert shown.token == "", "it is no call"
    assert host.heard("lamp") == [SetLamp("off")]
    desk.link(1)
    assert text(host.heard("strip")) == "请A001号到1号窗口"


@pytest.mark.parametrize(
    ("given", "strip"),
    [
        (state("closed", clerk=""), "截至09:00 暂未开放"),
        (state("paused", reason="午休"), "截至09:00 暂停服务"),
        (state(), "截至09:00 社保窗口"),
        (state(name=""), "截至09:00 1号窗口"),
        (calling(), "截至09:00 叫号A001"),
        (state("serving", visit=VISIT, ticket="A001"), "截至09:00 办理A001"),
    ],
)
def test_every_phase_when_it_is_old(host: Any, desk: WindowDesk, given: m.WindowState, strip: str) -> None:
    hear(desk, given)
    desk.link(0)
    host.heard()
    host.wait(STALE_S)
    assert text(host.heard("strip")) == strip


def test_links_that_come_and_go_do_not_make_it_stale_too_early(host: Any, desk: WindowDesk) -> None:
    hear(desk, calling())
    desk.link(0)
    host.wait(STALE_S - 1)
    desk.link(1)
    desk.link(0)
    host.heard()
    host.wait(STALE_S - 1)
    assert host.heard("strip") == []
    host.wait(1)
    assert text(host.heard("strip")) == "截至09:00 叫号A001"


def test_a_node_that_never_heard_a_coordinator_says_so(host: Any, directory: Any) -> None:
    desk = WindowDesk(host, "1", DEVICES, lambda: directory)
    host.wait(STALE_S)
    assert text(host.heard("strip")) == "系统恢复中 请稍候"
    host.heard()
    desk.link(1)
    assert text(host.heard("strip")) == "系统恢复中 请稍候", "nothing to show yet"
    hear(desk, state())
    assert text(host.heard("strip")) == "社保窗口 工号1001"


def test_a_node_that_starts_alone_shows_what_the_broker_kept_and_of_when_it_is(
    host: Any, directory: Any
) -> None:
    desk = WindowDesk(host, "1", DEVICES, lambda: directory)
    desk.health("keypad", DeviceHealth("ready"))
    assert host.heard("keypad") == [DARK]
    hear(desk, calling(at_ms=host.time_ms - 30 * 60_000))
    host.wait(STALE_S)
    assert text(host.heard("strip")) == "截至08:30 叫号A001"
    assert host.heard("keypad") == [DARK] * 2


def test_a_call_of_another_epoch_than_the_living_coordinators_is_none(host: Any, directory: Any) -> None:
    desk = WindowDesk(host, "1", DEVICES, lambda: directory)
    hear(desk, calling())
    desk.link(2)
    assert host.heard("strip") == []
    host.wait(STALE_S)
    assert text(host.heard("strip")) == "截至09:00 叫号A001"
    hear(desk, calling(epoch=2))
    assert text(host.heard("strip")) == "请A001号到1号窗口"


def test_what_is_old_is_not_shown_on_another_day(host: Any, desk: WindowDesk) -> None:
    hear(desk, calling())
    desk.link(0)
    host.wait(12 * 3600 - 1)
    host.heard()
    host.wait(3)
    assert text(host.heard("strip")) == "系统恢复中 请稍候"


@pytest.mark.parametrize("device", ["strip", "keypad", "lamp"])
def test_a_device_that_is_back_is_told_what_it_missed(host: Any, desk: WindowDesk, device: str) -> None:
    host.closed.add(device)
    hear(desk, calling())
    assert host.heard(device) == []
    host.closed.clear()
    desk.health(device, DeviceHealth("degraded", "silent"))
    assert host.heard(device) == []
    desk.health(device, DeviceHealth("ready"))
    assert len(host.heard(device)) == 1


def test_an_evaluator_that_is_back_is_asked_again_while_the_question_is_open(
    host: Any, desk: WindowDesk
) -> None:
    desk.health("pad", DeviceHealth("ready"))
    assert host.heard("pad")[-1] == CloseRating()
    hear(desk, calling(rating=m.RatingAsk(VISIT, 5)))
    host.heard()
    desk.health("pad", DeviceHealth("ready"))
    assert host.heard("pad")[-1] == OpenRating(f"{VISIT}/")


def test_an_evaluator_whose_port_was_away_at_the_thanks_is_thanked_and_not_asked_again(
    host: Any, desk: WindowDesk
) -> None:
    hear(desk, calling(rating=m.RatingAsk(VISIT, 5)))
    desk.said("pad", Graded(f"{VISIT}/", 4))
    host.closed.add("pad")
    host.committed()
    host.closed.clear()
    host.heard()
    desk.health("pad", DeviceHealth("ready"))
    assert host.heard("pad") == [Thank(f"{VISIT}/"), CloseRating()]


def test_a_question_has_one_answer_though_the_hall_goes_on_asking(host: Any, desk: WindowDesk) -> None:
    asked = calling(rating=m.RatingAsk(VISIT, 5))
    hear(desk, asked)
    for _ in range(2):
        desk.said("pad", Graded(f"{VISIT}/", 4))
        host.committed()
    assert len(host.kept) == 1
    assert host.heard("pad") == [OpenRating(f"{VISIT}/"), Thank(f"{VISIT}/"), Thank(f"{VISIT}/")]
    hear(desk, calling())
    hear(desk, asked)
    assert host.heard("pad") == [CloseRating(), CloseRating()]
    hear(desk, calling(rating=m.RatingAsk("20261123-A002", 5)))
    assert host.heard("pad") == [OpenRating("20261123-A002/")]


def test_after_a_restart_the_question_that_was_answered_before_is_not_asked(
    host: Any, directory: Any
) -> None:
    desk = WindowDesk(host, "1", DEVICES, lambda: directory)
    desk.rated = f"{VISIT}/"
    host.answer = None
    hear(desk, calling(rating=m.RatingAsk(VISIT, 5)))
    desk.health("pad", DeviceHealth("ready"))
    assert OpenRating(f"{VISIT}/") not in host.heard()
    desk.said("keypad", KeyPressed("ask_rating"))
    assert host.heard() == REFUSED
