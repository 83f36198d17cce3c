# The twins of hall-edge are at the other ends of the ports: pip install hall-edge[testing]
import os
import subprocess
import sys

import pytest

PROGRAM = os.path.join(os.path.dirname(__file__), "..", "queue_program.py")


@pytest.fixture(autouse=True)
def program(line, printer):
    process = subprocess.Popen([sys.executable, PROGRAM, line.url, printer.url])
    line.wait_open(timeout_s=30)
    printer.wait_open(timeout_s=30)
    yield process
    process.kill()
    process.wait()


def test_a_number_is_printed_and_called(keypad, strip, printer):
    keypad.press("start")
    assert printer.next_ticket().lines == ("A001", "请等候叫号")
    keypad.wait_echoed()
    keypad.press("next")
    strip.wait(text="请A001号")


def test_nobody_waits(keypad, strip):
    keypad.press("next")
    strip.wait("无人等候")


def test_without_paper_no_number_is_given(keypad, strip, printer):
    printer.fault("paper_out")
    keypad.press("start")
    strip.wait("缺纸")
    assert printer.printed == 0
    printer.new_roll()
    keypad.press("start")
    assert "A001" in printer.next_ticket().text


def test_a_number_on_a_torn_ticket_is_not_called(keypad, strip, printer):
    printer.fault("paper_out", after_bytes=10)
    keypad.press("start")
    strip.wait("缺纸", timeout_s=10)
    printer.new_roll()
    assert printer.next_ticket().cut == "torn"
    keypad.press("next")
    strip.wait("无人等候")


def test_noise_between_the_frames_of_the_keypad(keypad, strip):
    keypad.fault("noise", seed=7)
    keypad.press("next")
    strip.wait("无人等候")


def test_a_keypad_that_is_plugged_in_late(line, keypad, strip):
    keypad.fault("unplug")
    keypad.press("next")
    keypad.mend("unplug")
    keypad.press("next")
    strip.wait("无人等候")
