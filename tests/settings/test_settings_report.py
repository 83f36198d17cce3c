"""`hall check FILE` and docs/settings.md."""

from __future__ import annotations

from pathlib import Path

from edge.settings.kinds import KINDS
from edge.settings.reference import reference
from edge.settings.report import check_file

ROOT = Path(__file__).parents[2]


def test_a_file_in_order_is_summed_up(tmp_path: Path, good: str) -> None:
    path = tmp_path / "small.toml"
    path.write_text(good, encoding="utf-8")
    assert check_file(path) == (
        0,
        f"""\
{path}: in order
小厅
  1 window, 0 of them comprehensive (综窗)
  1 queue: A 综合
  1 service, 0 of them accepted by comprehensive windows
  0 departments
  classes: one
node core, coordinator
  line  /dev/serial/by-path/one  9600 baud
    1 keypad (ff68)
how far each dialect's bytes are trusted
  keypad ff68: two sources agree""",
    )


def test_warnings_stand_above_the_summary(tmp_path: Path, good: str) -> None:
    path = tmp_path / "small.toml"
    path.write_text(good.replace("照相", "照" * 41), encoding="utf-8")
    code, text = check_file(path)
    assert code == 0
    assert text.splitlines()[:3] == [
        f'{path}:13: warning: [[services]] "photo": name has 41 characters; a ticket shows 40; shorten it',
        "",
        f"{path}: in order",
    ]


def test_errors_are_counted_and_nothing_is_summed_up(tmp_path: Path, good: str) -> None:
    path = tmp_path / "small.toml"
    path.write_text(good.replace("queue =", "queu =").replace('"keypad"', '"kypad"'), encoding="utf-8")
    assert check_file(path) == (
        1,
        f'{path}:14: [[services]] "photo": unknown key "queu"; did you mean "queue"?\n'
        f'{path}:31: [[devices]] "keypad-1": unknown kind "kypad"; did you mean "keypad"?\n'
        f"{path}: 2 errors",
    )


def test_what_is_issued_without_the_coordinator_is_told(tmp_path: Path) -> None:
    _, text = check_file(ROOT / "examples" / "chaotian.toml")
    said = "  issued without the coordinator (脱机取号): "
    assert f"{said}1200 numbers a node, X501 on at core" in text.splitlines()
    path = tmp_path / "never.toml"
    minimal = (ROOT / "examples" / "minimal.toml").read_text(encoding="utf-8")
    path.write_text(f"[alone]\nnumbers = 0\n{minimal}", encoding="utf-8")
    assert f"{said}nothing" in check_file(path)[1].splitlines()


def test_each_node_of_the_example_stands_in_its_summary() -> None:
    code, text = check_file(ROOT / "examples" / "chaotian.toml")
    assert code == 0
    assert "  55 windows, 7 of them comprehensive (综窗)" in text
    assert "node core, coordinator: 取号区机柜：三台取号机，协调节点" in text
    assert "    7 keypads (ff68), 7 evaluators (ff68), 7 strips (a090)" in text
    assert "  strip a090: two sources agree" in text


def test_the_page_of_settings_is_that_of_the_types() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == reference(), "python -m edge.settings.reference > docs/settings.md"


def test_the_page_tells_every_kind_with_its_bounds() -> None:
    page = reference()
    assert all(f'### kind = "{kind}"' in page for kind in KINDS)
    assert "| `port` | a whole number from 1 to 65535 | `1883` | TCP port |" in page
    assert "| `address` | a whole number from 0 to 255 | needed |" in page
