"""`hall simulate` as typed: one JSON object, a table, a picture, and plain words for mistakes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image

from edge.failure import Failure
from edge.settings.load import load_site
from edge.settings.model import Hours
from simulators.simulate.cli import add
from simulators.simulate.site_days import plan_site, simulate_site

EXAMPLES = Path(__file__).parents[2] / "examples"
CHAOTIAN = ["--site", str(EXAMPLES / "chaotian.toml")]
ONE_CLASS = ["--windows", "3", "--class", "ordinary=exponential:28/h", "--service", "exponential:24/h"]
TWO_CLASSES = [*ONE_CLASS, "--class", "priority=exponential:4/h,rate=4"]


def simulate(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers())
    options = parser.parse_args(["simulate", *arguments])
    code: int = options.run(options)
    return code


def figures(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> dict[str, object]:
    assert simulate([*arguments, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_programs_get_the_figures_they_were_promised(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures(capsys, [*TWO_CLASSES, "--hours", "100", "--seed", "1"])
    assert list(found["classes"]) == ["ordinary", "priority"]  # type: ignore[call-overload]
    for waits in found["classes"].values():  # type: ignore[attr-defined]
        assert waits["wait_mean_s"] > waits["wait_ci95_s"] > 0.0
    assert found["utilisation"] == pytest.approx(32 / 72, rel=0.1)
    assert found["p_wait"] == pytest.approx(0.181, rel=0.3)
    assert found["waiting_mean"] == pytest.approx(0.144, rel=0.6)
    assert found["estimate_relative_squared_error"] == pytest.approx(0.6, rel=0.4)


def test_the_same_seed_prints_the_same_and_another_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    short = [*TWO_CLASSES, "--hours", "20"]
    assert figures(capsys, [*short, "--seed", "4"]) == figures(capsys, [*short, "--seed", "4"])
    assert figures(capsys, [*short, "--seed", "4"]) != figures(capsys, [*short, "--seed", "5"])


def test_no_shows_and_patience_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    people = "ordinary=exponential:30/h,no_show=0.2,patience=lognormal:2min,cv=0.5"
    found = figures(
        capsys, ["--windows", "1", "--class", people, "--service", "constant:100s", "--hours", "200"]
    )
    ordinary = found["classes"]["ordinary"]  # type: ignore[index]
    assert 0.2 < ordinary["no_shows"] / ordinary["visits"] < 0.5


def test_nobody_at_all_is_null_and_not_a_crash(capsys: pytest.CaptureFixture[str]) -> None:
    never = [
        "--windows",
        "1",
        "--class",
        "ordinary=exponential:1/d",
        "--service",
        "constant:60s",
        "--hours",
        "1",
    ]
    found = figures(capsys, [*never, "--seed", "3"])
    assert found["p_wait"] is None
    assert found["classes"]["ordinary"]["wait_mean_s"] is None  # type: ignore[index]
    assert simulate(never) == 0
    assert "nobody had to wait" in capsys.readouterr().out


def test_alternation_and_the_longest_wait_change_who_is_next(capsys: pytest.CaptureFixture[str]) -> None:
    busy = ["--windows", "1", "--service", "exponential:24/h", "--hours", "300"]
    busy += ["--class", "ordinary=exponential:14/h", "--class", "priority=exponential:6/h,rate=4"]
    usual, turns, bound = (
        figures(capsys, [*busy, *more])["classes"]["ordinary"]["wait_p90_s"]  # type: ignore[index]
        for more in ([], ["--order", "alternating"], ["--longest-wait", "5"])
    )
    assert turns > usual > bound


def test_the_table_of_one_queue_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate([*TWO_CLASSES, "--hours", "50"]) == 0
    text = capsys.readouterr().out
    assert "等候（分钟）" in text
    assert "47.5 hours counted, 3 windows, load 44 %" in text


MISTAKES = [
    (["--windows", "3", "--service", "exponential:24/h"], "--class is missing; write --class NAME=ARRIVALS"),
    (["--windows", "3", "--class", "ordinary=exponential:28/h"], "--service DIST, as exponential:24/h"),
    (
        ["--class", "ordinary=exponential:28/h", "--service", "exponential:24/h"],
        "give --site FILE, or --windows N",
    ),
    ([*ONE_CLASS, "--class", "exponential:4/h"], "write NAME=ARRIVALS"),
    ([*ONE_CLASS, "--class", "Elderly=exponential:4/h"], "write NAME=ARRIVALS"),
    ([*ONE_CLASS, "--class", "ordinary=exponential:4/h"], '"ordinary" is given twice'),
    (
        [*ONE_CLASS, "--class", "old=exponential:4/h,speed=3"],
        '"speed" is not known; there are rate, no_show, patience',
    ),
    ([*ONE_CLASS, "--class", "old=exponential:4/h,rate=3,rate=4"], '"rate" is given twice'),
    ([*ONE_CLASS, "--class", "old=exponential:4/h,fast"], '"fast" is no option'),
    ([*ONE_CLASS, "--class", "old=exponential:4/h,rate=0"], "rate must be a number from 0.1 to 100"),
    ([*ONE_CLASS, "--class", "old=exponential:4/h,no_show=1.5"], "no_show must be a number from 0 to 1"),
    ([*ONE_CLASS, "--class", "old=exponential:4/h,patience=long"], 'class old: "long" is no distribution'),
    ([*ONE_CLASS[:-1], "often"], '--service: "often" is no distribution'),
    (["--windows", "0", *ONE_CLASS[2:]], "--windows must be from 1 to 1000, not 0"),
    (["--windows", "1", *ONE_CLASS[2:]], "1 window cannot do this work (load 1.17)"),
    (["--windows", "1", *ONE_CLASS[2:]], "Give at least 2 windows"),
    ([*ONE_CLASS, "--hours", "0"], "--hours must be more than 0"),
    ([*ONE_CLASS, "--hours", "nan"], "--hours must be more than 0"),
    ([*ONE_CLASS, "--hours", "9e5"], "lower --hours"),
    ([*ONE_CLASS, "--hours", "inf"], "at most 1,000,000, not inf"),
    (
        [*ONE_CLASS, "--hours", "10", "--warmup", "10"],
        "--warmup must be at least 0 and less than the 10 hours",
    ),
    ([*ONE_CLASS, "--longest-wait", "-1"], "--longest-wait must be at least 0"),
    ([*ONE_CLASS, "--plot", "day.png"], "--plot needs --site FILE"),
    ([*ONE_CLASS, "--days", "3"], "--days needs --site FILE"),
    ([*CHAOTIAN, "--hours", "3"], "--hours is not for --site"),
    ([*CHAOTIAN, "--class", "ordinary=exponential:4/h"], "--class is not for --site"),
    ([*CHAOTIAN, "--days", "0"], "--days must be from 1 to 366, not 0"),
    ([*CHAOTIAN, "--windows", "0"], "--windows must be from 1 to 1000, not 0"),
]


@pytest.mark.parametrize(("arguments", "says"), MISTAKES)
def test_a_mistake_is_told_in_plain_words(arguments: list[str], says: str) -> None:
    with pytest.raises(Failure) as told:
        simulate(arguments)
    assert says in str(told.value)
    assert told.value.code == 2


def test_a_site_file_with_a_fault_is_told_with_its_line(tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.toml"
    faulty.write_text("[site]\nid = 3\n", encoding="utf-8")
    with pytest.raises(Failure) as told:
        simulate(["--site", str(faulty)])
    assert f"{faulty}:2" in str(told.value)
    assert told.value.code == 1


def test_a_plot_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be written"):
        simulate([*CHAOTIAN, "--days", "1", "--windows", "5", "--plot", str(tmp_path / "no" / "day.png")])


# --- a site's days ----------------------------------------------------------------------------------


def test_a_monday_of_the_hall_as_a_table_and_a_picture(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    picture = tmp_path / "monday.png"
    assert simulate([*CHAOTIAN, "--windows", "55", "--days", "1", "--plot", str(picture)]) == 0
    text = capsys.readouterr().out
    for words in (
        "朝天区政务服务中心",
        "55 windows open",
        "老年人 Elderly",
        "税务 Tax",
        "综窗",
        "评价 ratings",
    ):
        assert words in text
    image = Image.open(picture)
    assert (image.size, image.mode) == ((1280, 960), "RGB")
    blue, green, orange = (38, 98, 196), (32, 140, 92), (226, 128, 38)
    colours = {colour for _, colour in image.getcolors(maxcolors=100_000) or []}
    assert {blue, green, orange} <= colours


def test_columns_stand_under_each_other_with_chinese_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate([*CHAOTIAN, "--windows", "8", "--days", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    head = next(line for line in lines if line.startswith("等候"))
    elderly = next(line for line in lines if "老年人" in line)
    wide = [len(line) + sum(ord(char) > 0x2E80 for char in line) for line in (head, elderly)]
    assert wide[0] == wide[1]


def test_more_windows_make_shorter_waits(capsys: pytest.CaptureFixture[str]) -> None:
    few, usual, many = (
        figures(capsys, [*CHAOTIAN, "--windows", count, "--days", "2"]) for count in ("35", "45", "55")
    )
    waits = [found["wait"]["wait_mean_s"] for found in (few, usual, many)]  # type: ignore[index]
    assert waits[0] > waits[1] > waits[2]
    assert few["visits"] == pytest.approx(many["visits"], rel=0.03)
    use = [found["utilisation"] for found in (few, usual, many)]
    assert use[0] > use[1] > use[2]  # type: ignore[operator]


def test_all_figures_of_a_site_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures(capsys, [*CHAOTIAN, "--days", "3"])
    assert found["windows"] == 55
    assert found["share_served"] == pytest.approx(1.0)
    classes, queues = found["classes"], found["queues"]
    assert list(classes) == ["ordinary", "elderly", "disabled", "military", "pre-reviewed", "appointment"]  # type: ignore[call-overload]
    assert sum(waits["visits"] for waits in queues.values()) == found["visits"]  # type: ignore[attr-defined]
    assert sum(kind["windows"] for kind in found["kinds"]) == 55  # type: ignore[attr-defined]
    assert found["wait"]["wait_ci95_s"] > 0.0  # type: ignore[index]
    estimate = found["estimate"]
    assert estimate["told_rms_s"] <= 1.02 * estimate["plain_rms_s"]  # type: ignore[index]
    assert 16.75 * 3600 < found["last_visit_ends_s"] < 18 * 3600  # type: ignore[operator]


def test_days_on_which_the_hall_is_shut_are_passed_over() -> None:
    site = load_site(EXAMPLES / "chaotian.toml")
    days_s = plan_site(site, None, days=6, seed=1).days_s
    assert [(day_s - days_s[0]) / 86_400 for day_s in days_s] == [0, 1, 2, 3, 4, 7]
    always = replace(site, hours=Hours())
    days_s = plan_site(always, None, days=6, seed=1).days_s
    assert [(day_s - days_s[0]) / 86_400 for day_s in days_s] == [0, 1, 2, 3, 4, 5]


def test_a_longer_run_begins_with_the_days_of_a_shorter_one() -> None:
    site = load_site(EXAMPLES / "minimal.toml")
    one, two = (simulate_site(plan_site(site, None, days, seed=3)).tally for days in (1, 2))
    assert list(two.all.all_s)[: len(one.all.all_s)] == list(one.all.all_s)
    assert len(two.all.all_s) > len(one.all.all_s)


def test_a_single_day_claims_no_confidence(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures(capsys, ["--site", str(EXAMPLES / "minimal.toml"), "--days", "1"])
    assert found["wait"]["wait_ci95_s"] is None  # type: ignore[index]
    assert found["wait"]["wait_mean_s"] > 0.0  # type: ignore[index]
