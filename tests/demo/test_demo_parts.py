"""The parts of a demonstration that think: windows chosen, keys found, papers read, books compared."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image, ImageDraw

from devices.keypad.keymap import KeyMap
from devices.keypad.settings import KeypadSettings
from display.fonts import load_bold_font
from edge.hall import events as e
from edge.settings.load import load_site
from edge.settings.model import Site
from simulators.demo.audit import Books, _calls, _numbers, _ratings
from simulators.demo.keys import keys_for
from simulators.demo.plan import choose_windows, load_scale, opening_s, services_of
from simulators.demo.world import Seen
from simulators.people.eyes import read_number

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(ROOT / "examples" / "chaotian.toml")


@pytest.mark.parametrize("count", [1, 2, 8, 30, 55])
def test_windows_are_chosen_in_the_halls_own_mix(site: Site, count: int) -> None:
    chosen = choose_windows(site, count)
    whole = {window.id for window in site.windows if window.comprehensive}
    assert len(chosen) == len(set(chosen)) == count
    assert len(whole & set(chosen)) == max(1, round(count * 7 / 55))


def test_only_services_that_somebody_takes_are_offered(site: Site) -> None:
    windows = choose_windows(site, 3)
    by_id = {window.id: window for window in site.windows}
    for service in services_of(site, windows):
        found = next(one for one in site.services if one.id == service)
        assert found.code
        assert any(
            found.queue in by_id[window].queues or (by_id[window].comprehensive and found.accepted)
            for window in windows
        )


def test_the_hall_opens_on_a_working_day(site: Site) -> None:
    local_s = opening_s(site) + site.hours.utc_offset_min * 60
    assert local_s % 86_400 == 9 * 3600
    assert int(local_s // 86_400 + 3) % 7 < 5


def test_more_windows_take_more_people(site: Site) -> None:
    few, many = choose_windows(site, 4), choose_windows(site, 40)
    start_s = opening_s(site)
    scales = [load_scale(site, windows, services_of(site, windows), start_s) for windows in (few, many)]
    assert 0 < scales[0] < scales[1]


@pytest.mark.parametrize("name", ["callsystem", "hallquefront"])
@pytest.mark.parametrize(
    ("action", "digits"),
    [("call_next", ""), ("login", "1001"), ("no_show", ""), ("begin", ""), ("finish", "")],
)
def test_the_keys_for_an_action_mean_that_action(name: Any, action: str, digits: str) -> None:
    settings = KeypadSettings(address=1, map=name)
    typed, _, key = keys_for(settings, action, digits).rpartition(" ")
    meaning = KeyMap(name, {}).meaning(typed, key)
    assert meaning is not None
    assert (meaning.action, meaning.digits) == (action, digits)


def test_an_action_without_a_key_is_an_error() -> None:
    with pytest.raises(KeyError, match="no key for take"):
        keys_for(KeypadSettings(address=1), "take", "1001")


@pytest.mark.parametrize("number", ["A001", "Z999", "H042", "B1357", "N806"])
def test_a_printed_number_is_read_off_its_picture(number: str) -> None:
    paper = Image.new("L", (576, 700), 255)
    draw = ImageDraw.Draw(paper)
    draw.text((100, 100), number, font=load_bold_font(150), fill=0)
    draw.rectangle((200, 350, 400, 600), fill=0)  # the code below, in one piece
    assert read_number(paper) == number


def test_an_empty_paper_has_no_number() -> None:
    assert read_number(Image.new("L", (576, 300), 255)) == ""


# --- the audit ---------------------------------------------------------------------------------------


def issued(number: str) -> e.NumberIssued:
    return e.NumberIssued(0.0, f"20261123-{number}", number, 1, "general", "s", "ordinary", "walk_in")


def observer(**fields: Any) -> Any:
    return SimpleNamespace(**{"numbers": set(), "calls": set(), "ratings": {}, **fields})


def test_books_and_eyes_that_agree_lose_nothing(site: Site) -> None:
    visit, window = "20261123-A001", site.windows[0]
    books = Books([issued("A001"), e.Called(1.0, window.id, visit), e.RatingGiven(2.0, window.id, visit, 5)])
    seen = Seen(papers=["A001"], calls=Counter({("A001", window.label): 1}), thanked=Counter({window.id: 1}))
    out = observer(
        numbers={"A001"}, calls={(visit, window.id, 1)}, ratings={("n", "g-1"): {"window": window.id}}
    )
    assert _numbers(books, seen, out) + _calls(books, site, seen, out) + _ratings(books, seen, out) == []


def test_each_kind_of_loss_is_named(site: Site) -> None:
    visit, window = "20261123-A001", site.windows[0]
    books = Books([issued("A001"), issued("A003"), e.Called(1.0, window.id, visit)])
    seen = Seen(
        papers=["A001", "A002", "A002"], calls=Counter({("A002", "1"): 1}), thanked=Counter({window.id: 2})
    )
    out = observer(calls={(visit, window.id, 2)}, ratings={})
    assert _numbers(books, seen, out) == [
        "number A002 was seen and is not in the books",
        "number A002 is on 2 papers",
        "number A003 is in the books and nobody holds the paper",
    ]
    assert _calls(books, site, seen, out) == [
        "call of A002 to 1 stood on a strip and is not in the books",
        f"call 2 of {visit} at {window.id} was heard and is not in the books",
    ]
    assert _ratings(books, seen, out) == [f"window {window.id}: 2 ratings thanked for, 0 in the books"]


def test_a_ticket_known_as_not_printed_is_not_lost() -> None:
    books = Books([issued("A001"), e.PrintMarked(1.0, "20261123-A001", "not_printed", "paper_out")])
    assert _numbers(books, Seen(), observer()) == []
