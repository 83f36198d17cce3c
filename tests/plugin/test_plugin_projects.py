"""Projects that use the fixtures: folders of any names, settings, what cannot be, and what is left behind."""

from __future__ import annotations

import ast
import os
import select
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_hall_edge import plugin
from simulators.bench.kinds import KINDS
from simulators.bench.plan import PortPlan

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "queue_program"
CHILD_ENDS_S = 60
OURS = ("devices", "display", "edge", "mqtt_bridge", "simulators")

# frames of the makers (docs/protocols.md)
HEAD = """
import sys
import threading
import pytest
import serial

NEXT = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
CALL = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
ACK = bytes.fromhex("A0 90 03 A5 AA")
TICKET = b"\\x1b@A001\\n\\x1dVB\\x00"
"""

USES_ALL = (
    f"OURS = {OURS}\n"
    + HEAD
    + """
def test_nothing_of_ours_is_here_before_a_fixture_is_used():
    here = {name for name in sys.modules if name.startswith("pytest_hall_edge")}
    assert here == {"pytest_hall_edge", "pytest_hall_edge.plugin"}
    assert not {*OURS, "msgspec", "PIL", "apsw"} & set(sys.modules)

@pytest.mark.parametrize("name", OURS)
def test_the_folders_are_the_project_s_own(name, keypad):
    assert __import__(name).OWNER == "the project"

def test_a_keypad_alone(keypad):
    with serial.Serial(keypad.url, 9600, timeout=10) as port:
        keypad.wait_open(10)
        keypad.press("next")
        assert port.read(10) == NEXT
        assert keypad.look()["echoed"] is False
        port.write(NEXT)
        keypad.wait_echoed(10)
        port.write(bytes.fromhex("FF 68 03 03 68 03 02 05 0A 16"))
        keypad.wait(shown="5", timeout_s=10)
        port.write(bytes.fromhex("FF 68 02 02 68 03 03 06 16"))
        keypad.wait(beeps=1, timeout_s=10)
        assert (keypad.shown, keypad.beeps, keypad.face) == ("5", 1, "[5]♪")

def test_a_line_with_all_on_it(strip, keypad, line, evaluator):
    assert line.url == strip.url == keypad.url == evaluator.url
    with serial.Serial(line.url, 9600, timeout=10) as port:
        keypad.press("evaluate")
        evaluator.wait(lamp="open", timeout_s=10)
        port.read(10)
        port.write(CALL)
        strip.wait("A001", timeout_s=10)
        assert strip.text == "请A001号"
        assert strip.segments == [("请", "red"), ("A001", "green"), ("号", "red")]

def test_each_alone(strip, evaluator, printer):
    assert len({strip.url, evaluator.url, printer.url}) == 3
    with serial.Serial(evaluator.url, 9600, timeout=10) as port:
        port.write(bytes.fromhex("FF 68 03 03 68 83 01 0B 8F 16"))
        evaluator.wait(lamp="open", timeout_s=10)
        evaluator.press(3)
        assert port.read(10) == bytes.fromhex("FF 68 03 03 68 83 11 03 97 16")
        port.write(bytes.fromhex("FF 68 03 03 68 83 01 03 87 16"))
        evaluator.wait(lamp="thanks", timeout_s=10)
        assert (evaluator.lamp, evaluator.thanked) == ("thanks", 1)

def test_paper(printer):
    with serial.Serial(printer.url, 9600, timeout=10) as port:
        printer.fault("paper_out", after_bytes=9)
        port.write(b"\\x1b@first\\n" + TICKET)
        printer.wait(defects=["paper_out"], timeout_s=10)
        assert printer.printed == 0
        printer.new_roll()
        torn, whole = printer.next_ticket(10), printer.next_ticket(10)
        assert (torn.text, torn.cut, whole.text, whole.cut) == ("first", "torn", "A001", "partial")
        printer.fault("cover", for_s=0.01)
        printer.wait(defects=[], timeout_s=10)
        port.write(TICKET)
        ticket = printer.next_ticket(10)
        assert (ticket.text, ticket.lines, ticket.width) == ("A001", ("A001",), 576)

def test_any_thread_may_wait_while_another_acts(printer):
    tickets = []
    waiting = threading.Thread(target=lambda: tickets.append(printer.next_ticket(20)))
    waiting.start()
    with serial.Serial(printer.url, 9600) as port:
        port.write(TICKET)
        waiting.join()
    assert [ticket.text for ticket in tickets] == ["A001"]

@pytest.mark.parametrize("again", [1, 2])
def test_a_hall_broker_that_goes_and_comes_back(hall_broker, again):
    import socket
    hello = b"\\x10\\x0d\\x00\\x04MQTT\\x04\\x02\\x00\\x0a\\x00\\x01a"
    assert hall_broker.url == f"mqtt://{hall_broker.host}:{hall_broker.port}"
    with socket.create_connection((hall_broker.host, hall_broker.port), 10) as link:
        link.sendall(hello)
        assert link.recv(4)[:1] == b"\\x20"
        hall_broker.stop()
        while link.recv(100):
            pass
    with pytest.raises(OSError):
        socket.create_connection((hall_broker.host, hall_broker.port), 10)
    hall_broker.start()
    with socket.create_connection((hall_broker.host, hall_broker.port), 10) as link:
        link.sendall(hello)
        assert link.recv(4)[:1] == b"\\x20"

def test_a_whole_hall(hall):
    hall["tickets"].press("101 confirm")
    assert "A001" in hall["printer"].next_ticket(30).lines
    hall["keypad"].press("1001 confirm")
    hall["strip"].wait("1001", timeout_s=30)
    hall["keypad"].press("next")
    hall["strip"].wait(text="请A001号到1号窗口", timeout_s=30)

def test_no_thread_was_left():
    assert threading.enumerate() == [threading.main_thread()]
"""
)


SETTINGS = """
pytestmark = [pytest.mark.hall_twin("keypad", address=7), pytest.mark.hall_twin("line", baud=19200)]

@pytest.mark.hall_twin("strip", address=4, rom='3号"窗口\\\\', acks=False)
@pytest.mark.hall_twin("evaluator", grades=2)
def test_on_a_line(line, strip, keypad, evaluator):
    assert (line.look()["framing"], strip.text) == ("19200 8N1", '3号"窗口\\\\')
    with serial.Serial(line.url, 19200, timeout=10) as port:
        keypad.press("evaluate")
        assert port.read(10)[5] == 7
        evaluator.wait("请您评价", timeout_s=10)
        with pytest.raises(ValueError, match="grade"):
            evaluator.press(2)

@pytest.mark.hall_twin("keypad", address=8)
@pytest.mark.hall_twin("keypad", url="socket://127.0.0.1:0")
def test_on_tcp(keypad):
    assert keypad.url.startswith("socket://127.0.0.1:")
    with serial.serial_for_url(keypad.url, timeout=10) as port:
        keypad.wait_open(10)
        keypad.press("next")
        assert port.read(10)[5] == 8

@pytest.mark.hall_twin("printer", url="rfc2217://127.0.0.1:0", parity="E", width_dots=384, speed_mm_s=0)
def test_with_parity(printer):
    with serial.serial_for_url(printer.url, 9600, parity="E", timeout=10) as port:
        port.write(TICKET)
        assert printer.next_ticket(20).width == 384
"""

OWN_LINE = """
@pytest.fixture
def line():
    return "a fixture of the project"

def test_a_fixture_of_the_same_name_is_the_project_s(line, keypad):
    assert line == "a fixture of the project"
    keypad.fault("unplug")
    assert keypad.port.face.endswith("(拔出)")
    keypad.mend("unplug")
    with serial.Serial(keypad.url, 9600):
        keypad.wait_open(10)
"""


def test_a_project_with_folders_of_our_names(project: Any, outcome: Callable[[str], str]) -> None:
    """Run by `python -m pytest` with its folder on the path twice, before all that is installed."""
    for name in (*OURS, "tests"):
        project.write(f"{name}/__init__.py", 'OWNER = "the project"\n')
    project.write("tests/test_all.py", USES_ALL)
    said = project.run("-q", PYTHONPATH=str(project.folder))
    assert outcome(said) == "15 passed", said


def test_the_example_is_a_stranger_and_passes(project: Any, outcome: Callable[[str], str]) -> None:
    tree = ast.parse((EXAMPLE / "queue_program.py").read_text(encoding="utf-8"))
    modules = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    assert modules == {"serial", "sys"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    said = project.run("-q", str(EXAMPLE / "tests"), "-c", "pytest.ini", "--rootdir", str(EXAMPLE))
    assert outcome(said) == "6 passed", said


def test_settings_by_marker(project: Any, outcome: Callable[[str], str]) -> None:
    project.write("test_settings.py", HEAD + SETTINGS)
    project.write("test_own_line.py", HEAD + OWN_LINE)
    said = project.run("-q", "-p", "no:warnings")  # pyserial has some of its own
    assert outcome(said) == "4 passed", said


def test_what_cannot_be_is_said_in_a_sentence(project: Any) -> None:
    project.write(
        "test_wrong.py",
        HEAD
        + """
@pytest.mark.hall_twin("keypad", adress=5)
def test_unknown_setting(keypad): ...

@pytest.mark.hall_twin("keypad", address=[5])
def test_no_setting(keypad): ...

@pytest.mark.hall_twin("keypda", address=5)
def test_unknown_name(keypad): ...

@pytest.mark.hall_twin("strip", parity="E")
def test_a_pty_has_no_parity(strip): ...

@pytest.mark.hall_site("nowhere.toml")
def test_no_site(hall): ...

def test_no_key(keypad):
    keypad.press("nxt")

def test_no_fault(strip):
    strip.fault("stuck_key")

def test_no_value(strip):
    strip.wait(tekst="A001")

def test_after_the_end(keypad, request):
    request.session.kept = keypad

def test_a_twin_of_another_test(request):
    request.session.kept.press("next")
""",
    )
    said = project.run("-q", "--tb=line")
    for sentence in (
        'hall_twin:8: [[devices]] "keypad": unknown key "adress"; did you mean "address"?',
        "address cannot be [5]: a setting is a number, a text of one line, True or False",
        "hall_twin names one fixture (keypad, evaluator, strip, printer, line), and not ('keypda',)",
        "a pty carries 8N only",
        "nowhere.toml",
        'this keypad cannot send "nxt"; use digits, if any, and start or',
        "strip is a strip and cannot have stuck_key: it has no keys",
        'strip has no "tekst"; it has text, segments',
        "these twins are gone: is the test of their fixture over?",
    ):
        assert sentence in said, said


WAITS = (
    HEAD
    + """
def test_waits(hall_broker, printer, line):
    print("waiting", flush=True)
    printer.next_ticket(60)
"""
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_broken_off_leaves_nothing(project: Any, number: signal.Signals) -> None:
    project.write("test_waits.py", WAITS)
    child: subprocess.Popen[str] = project.start("-q", "-s")
    assert child.stdout is not None
    said = next(line for line in child.stdout if "waiting" in line)
    others = [os.pidfd_open(pid) for pid in project.left() if pid != child.pid]
    assert len(others) == 2, said  # the twins and the broker
    child.send_signal(number)
    rest, _ = child.communicate(timeout=CHILD_ENDS_S)
    assert number == signal.SIGKILL or "KeyboardInterrupt" in rest
    for other in others:
        assert select.select([other], [], [], CHILD_ENDS_S)[0], "it lives on"
        os.close(other)


def test_markers_know_the_keys_of_a_bench_file() -> None:
    assert {*plugin.PORT_KEYS, "id"} == {field.name for field in msgspec.structs.fields(PortPlan)}
    assert set(plugin.TWINS) - {"line"} <= set(KINDS)


def test_the_test_of_the_page_passes(project: Any, outcome: Callable[[str], str]) -> None:
    page = (EXAMPLE.parents[1] / "docs" / "testing-with-hall-edge.md").read_text(encoding="utf-8")
    label = "**`test_calls.py`**\n\n```python\n"
    project.write("test_calls.py", page.partition(label)[2].partition("```")[0])
    project.write("queue_program.py", (EXAMPLE / "queue_program.py").read_text(encoding="utf-8"))
    assert outcome(said := project.run("-q")) == "1 passed", said
