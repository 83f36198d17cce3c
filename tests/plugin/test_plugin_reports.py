"""What a test that failed is told with; programs that behave badly: all is closed, the next test is well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

HALL = Path(__file__).resolve().parents[2] / "simulators" / "testing" / "hall.toml"

HEAD = """
import subprocess
import sys
import pytest
import serial

CALL = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
ACK = bytes.fromhex("A0 90 03 A5 AA")
"""

FAILS = (
    HEAD
    + """
def test_waits_for_what_does_not_come(line, strip, printer):
    with serial.Serial(line.url, 9600, timeout=10) as port:
        port.write(CALL)
        assert port.read(len(ACK)) == ACK
        printer.fault("paper_near_end")
        strip.wait("A002", timeout_s=0.01)

def test_fails_in_the_middle_of_a_frame(strip, hall_broker):
    port = serial.Serial(strip.url, 9600)
    port.write(CALL[:9])
    strip.port.wait(heard_bytes=9, timeout_s=10)
    assert strip.text == "A001"

@pytest.mark.hall_site("site.toml")
def test_fails_in_a_hall(hall):
    hall["keypad"].press("1001 confirm")
    hall["strip"].wait("1001", timeout_s=30)
    raise RuntimeError("somewhere else")

def test_is_well_afterwards(line, strip):
    assert (strip.text, line.look()["holders"]) == ("", 0)
"""
)


def test_a_failure_is_told_with_faces_and_the_last_bytes(project: Any, outcome: Callable[[str], str]) -> None:
    project.write("site.toml", HALL.read_text(encoding="utf-8").replace('"test-hall"', '"own-hall"'))
    project.write("test_fails.py", FAILS)
    said = project.run("-q")
    assert outcome(said) == "3 failed, 1 passed", said
    waits, middle, hall = (part.partition("\n____")[0] for part in said.split("____ test_")[1:])
    for words in (
        "NotSeen: strip still shows '▌请A001号▐' after 0.01 s",
        "keypad     []",
        "s > A0 90 03 A5 00 0E C7 EB 00 41 01 30 01 30 01 31  .........A.0.0.1",
        "01 BA C5 00 8B ",
        "s < A0 90 03 A5 AA ",
        "- hall-edge: printer -",
        "printer        ● 纸将尽  faults: paper_near_end",
        "no byte has crossed",
        "test_fails.py:15: NotSeen",  # the line of the test, none of ours
    ):
        assert words in waits, said
    assert "hall-edge: line" not in waits  # told with the error already
    assert "- hall-edge: strip -" in middle
    assert "s > A0 90 03" in middle
    assert "strip-cable " in middle
    assert "9600 8N1 已打开" in middle
    for words in (
        "- hall-edge: hall -",
        "port-line ",
        "工号1001▐",
        "node hall",
        "I hall.node: node hall ready",
    ):
        assert words in hall, said


BADLY = (
    HEAD
    + """
def test_two_programs_on_one_pty(strip):
    with serial.Serial(strip.url, 9600):
        strip.wait_open(10)
        other = subprocess.Popen(["sh", "-c", 'exec sleep 60 < "$0"', strip.url])
        try:
            strip.port.wait("2 个程序同时打开", timeout_s=30)
        finally:
            other.kill()
            other.wait()
        strip.port.wait(holders=1, timeout_s=10)
    strip.port.wait(holders=0, timeout_s=10)

def test_closes_in_mid_frame_and_comes_again(strip):
    with serial.Serial(strip.url, 9600) as port:
        port.write(CALL[:9])
        strip.port.wait(heard_bytes=9, timeout_s=10)
    strip.port.wait(holders=0, timeout_s=10)
    with serial.Serial(strip.url, 9600, timeout=10) as port:
        port.write(CALL + CALL)
        assert port.read(len(ACK)) == ACK
        assert strip.text == "请A001号"

@pytest.mark.hall_twin("strip", url="socket://127.0.0.1:0")
def test_is_gone_from_a_socket_and_comes_again(strip):
    with serial.serial_for_url(strip.url) as port:
        port.write(CALL[:9])
        strip.port.wait(heard_bytes=9, timeout_s=10)
    strip.port.wait(holders=0, timeout_s=10)
    with serial.serial_for_url(strip.url) as port:
        port.write(CALL + CALL)
        strip.wait(text="请A001号", timeout_s=10)

@pytest.mark.hall_twin("line", baud=4_000_000)
@pytest.mark.hall_twin("strip", ack_middle=16 * "AA")
def test_never_reads(line, strip):
    with serial.Serial(line.url, 4_000_000) as port:
        line.fault("noise", every_s=0.01)
        for _ in range(4000):
            port.write(CALL)
        line.mend("noise")
        port.write(CALL)
        line.wait(heard_bytes=4001 * len(CALL), timeout_s=60)
        assert (strip.text, line.look()["lost_bytes"] > 0) == ("请A001号", True)

def test_ends_with_its_port_open_and_a_fault_under_way(keypad, printer):
    keypad.port.kept = serial.Serial(keypad.url, 9600)
    keypad.fault("late", late_s=300)
    keypad.press("next")
    printer.fault("paper_out", for_s=300)

def test_is_well_afterwards(line, printer):
    assert not printer.look()["troubles"]
    with serial.Serial(line.url, 9600, timeout=10) as port:
        port.write(CALL)
        assert port.read(len(ACK)) == ACK
"""
)


def test_programs_that_behave_badly(project: Any, outcome: Callable[[str], str]) -> None:
    project.write("test_badly.py", BADLY)
    said = project.run("-q")
    assert outcome(said) == "6 passed", said
