from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from devices.base import DeviceHealth, Message
from devices.button.messages import LongPressed, Pressed
from devices.button.settings import ButtonSettings
from devices.errors import LinkLost
from devices.lamp.messages import SetLamp
from devices.lamp.settings import LampSettings
from devices.pins import GpioPins, MockPins, PinRefusedError
from devices.pins_port import PinsPort

READY = DeviceHealth("ready")


class Counter:
    """A port with a button on 17 (and one that means two things on 18), lamps on 27 and 22; virtual time."""

    def __init__(self, path: Path) -> None:
        self.said: list[tuple[str, Message]] = []
        buttons = {
            "call": ButtonSettings(pin=17),
            "more": ButtonSettings(pin=18, action="recall", long_action="finish"),
        }
        lamps = {"lamp": LampSettings(pin=27), "dark": LampSettings(pin=22, active_low=True)}
        self.port = PinsPort(
            "pins",
            f"mock-gpio:{path}",
            buttons,
            lamps,
            lambda device, message: self.said.append((device, message)),
        )
        self._path = path

    def plug_in(self, now_s: float = 0.0) -> None:
        self.port.open(now_s)
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.link.connect(str(self._path))
        self.link.setblocking(False)
        self.wake(now_s)
        self.hears()
        self.said.clear()

    def wake(self, now_s: float) -> None:
        descriptor = self.port.read_fd()
        assert descriptor is not None
        assert select.select([descriptor], [], [], 0)[0]
        self.port.on_readable(now_s)

    def says(self, text: str, now_s: float) -> None:
        self.link.send(text.encode())
        self.wake(now_s)

    def until_due(self) -> float:
        due_s = self.port.due_s()
        assert due_s is not None
        self.port.step(due_s)
        return due_s

    def hears(self) -> str:
        try:
            return self.link.recv(4096).decode()
        except BlockingIOError:
            return ""

    def taken(self) -> list[tuple[str, Message]]:
        said, self.said = self.said, []
        return said


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "pins.sock")
    made.plug_in()
    yield made
    made.link.close()
    made.port.close()


def test_every_device_is_ready_after_opening(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "pins.sock")
    counter.port.open(0.0)
    assert counter.port.devices == ("call", "more", "lamp", "dark")
    assert counter.taken() == [(device, READY) for device in counter.port.devices]
    assert counter.port.write_fd() is None
    counter.port.close()
    counter.port.close()
    assert (counter.port.read_fd(), counter.port.due_s()) == (None, None)


def test_a_press_is_told_when_the_contact_rests(counter: Counter) -> None:
    assert counter.port.due_s() is None
    counter.says("low 17\n", 10.0)
    counter.says("float 17\nlow 17\n", 10.004)
    assert counter.taken() == []
    assert counter.until_due() == pytest.approx(10.034)
    assert counter.taken() == [("call", Pressed("call_next"))]
    counter.says("float 17\n", 10.2)
    counter.until_due()
    assert counter.taken() == []
    assert counter.port.due_s() is None


def test_two_buttons_do_not_disturb_each_other(counter: Counter) -> None:
    counter.says("low 18\n", 10.0)
    counter.says("low 17\n", 10.5)
    counter.until_due()
    counter.says("float 17\n", 10.7)
    counter.until_due()
    assert counter.until_due() == pytest.approx(11.0)
    assert counter.taken() == [("call", Pressed("call_next")), ("more", LongPressed("finish"))]


def test_a_stuck_button_and_its_end(counter: Counter) -> None:
    counter.says("low 17\n", 10.0)
    counter.until_due()
    counter.until_due()
    messages = [message for _, message in counter.taken()]
    assert [getattr(message, "code", "pressed") for message in messages] == ["pressed", "stuck"]
    counter.says("float 17\n", 90.0)
    counter.until_due()
    assert counter.taken() == [("call", READY)]


def test_lamps_obey_each_in_its_own_sense(counter: Counter) -> None:
    counter.port.handle("lamp", SetLamp("on"), 1.0)
    counter.port.handle("dark", SetLamp("on"), 1.0)
    assert counter.hears() == "out 27 1\nout 22 0\n"
    counter.port.handle("lamp", SetLamp("off"), 2.0)
    counter.port.handle("dark", SetLamp("off"), 2.0)
    assert counter.hears() == "out 27 0\nout 22 1\n"


def test_a_lamp_blinks_without_a_thread(counter: Counter) -> None:
    counter.port.handle("lamp", SetLamp("blink"), 1.0)
    assert [counter.until_due() for _ in range(3)] == pytest.approx([1.5, 2.0, 2.5])
    assert counter.hears() == "out 27 1\nout 27 0\nout 27 1\nout 27 0\n"
    counter.port.handle("lamp", SetLamp("off"), 2.6)
    assert counter.hears() == ""
    assert counter.port.due_s() is None


def test_a_late_step_of_a_blinking_lamp_does_not_spin(counter: Counter) -> None:
    counter.port.handle("lamp", SetLamp("blink"), 1.0)
    counter.port.step(100.7)
    due_s = counter.port.due_s()
    assert due_s == pytest.approx(101.0)


def test_a_lamp_shines_again_after_the_port_was_lost(counter: Counter) -> None:
    counter.port.handle("lamp", SetLamp("on"), 1.0)
    counter.port.close()
    counter.link.close()
    counter.port.handle("dark", SetLamp("on"), 2.0)  # a command while it is away
    counter.port.open(5.0)
    counter.link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    counter.link.connect(str(counter._path))
    counter.link.setblocking(False)
    counter.wake(5.0)
    assert counter.hears() == "in 17 1\nin 18 1\nout 27 1\nout 22 0\n"


def test_a_button_held_while_the_port_opens_is_no_press(tmp_path: Path) -> None:
    """Wired to 3.3 V but pulled up: closed from the start, as a short circuit would be."""
    said: list[tuple[str, Message]] = []
    port = PinsPort(
        "pins",
        f"mock-gpio:{tmp_path}/s",
        {"call": ButtonSettings(pin=17, active_low=False)},
        {},
        lambda device, message: said.append((device, message)),
    )
    port.open(0.0)
    assert port.due_s() == 30.0
    port.step(30.0)
    port.close()
    assert [(device, getattr(message, "code", "")) for device, message in said] == [
        ("call", ""),
        ("call", "stuck"),
    ]


def test_a_refused_pin_is_lost_and_the_others_go_on(tmp_path: Path) -> None:
    said: list[tuple[str, Message]] = []
    port = PinsPort(
        "pins",
        f"mock-gpio:{tmp_path}/s",
        {"bad": ButtonSettings(pin=2, pull="down"), "good": ButtonSettings(pin=17)},
        {"lamp": LampSettings(pin=27)},
        lambda device, message: said.append((device, message)),
    )
    port.open(0.0)
    (_, refused), *others = said
    assert isinstance(refused, DeviceHealth)
    assert (refused.state, refused.code) == ("lost", "pin_refused")
    assert "pin 2 cannot be an input with pull down" in refused.detail
    assert others == [("good", READY), ("lamp", READY)]
    port.handle("lamp", SetLamp("blink"), 1.0)
    port.step(1.5)
    assert len(said) == 3
    assert port.dropped == 0
    port.close()


def test_a_port_without_pins_names_itself(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "no" / "folder")
    with pytest.raises(LinkLost, match="port pins: "):
        counter.port.open(0.0)
    assert (counter.port.read_fd(), counter.port.due_s(), counter.port.dropped) == (None, None, 0)
    counter.port.on_readable(1.0)
    counter.port.step(1.0)


def test_a_pin_has_one_owner_and_the_error_names_both() -> None:
    one, lamp = {"call": ButtonSettings(pin=17)}, {"lamp": LampSettings(pin=17)}
    with pytest.raises(ValueError, match="pin 17 of 'lamp' already belongs to 'call'"):
        PinsPort("pins", "gpio:", one, lamp, lambda device, message: None)
    with pytest.raises(ValueError, match="'call' names both"):
        PinsPort("pins", "gpio:", one, {"call": LampSettings(pin=18)}, lambda device, message: None)
    with pytest.raises(ValueError, match="use gpio:"):
        PinsPort("pins", "/dev/ttyS0", one, {}, lambda device, message: None)


def test_a_press_keeps_its_length_while_the_loop_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edges of real pins have their own times: pressed at 1.0, released at 1.5, all read at 9.0."""
    factory, times = MockFactory(), iter([1.0, 1.5])
    monkeypatch.setattr("devices.pins_port.open_pins", lambda url: GpioPins(factory, lambda: next(times)))
    said: list[Message] = []
    buttons = {"call": ButtonSettings(pin=17, long_action="finish")}
    port = PinsPort("pins", "gpio:", buttons, {}, lambda _, message: said.append(message))
    port.open(0.0)
    factory.pin(17).drive_low()
    factory.pin(17).drive_high()
    port.on_readable(9.0)
    port.close()
    assert said == [READY, Pressed("call_next")]


class Refusing(MockPins):
    """Pins whose outputs do not work: at once, or from the first write on."""

    def __init__(self, path: Path, at: str) -> None:
        super().__init__(path)
        self._at = at

    def claim_output(self, pin: int, high: bool) -> None:
        if self._at == "claim":
            raise PinRefusedError(f"pin {pin} is busy")
        super().claim_output(pin, high)

    def write(self, pin: int, high: bool) -> None:
        raise PinRefusedError(f"pin {pin} is burnt")


@pytest.mark.parametrize(("at", "said_of_it"), [("claim", "is busy"), ("write", "is burnt")])
def test_a_lamp_that_refuses_is_told_once_and_the_button_goes_on(
    at: str, said_of_it: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.pins_port.open_pins", lambda url: Refusing(tmp_path / "pins.sock", at))
    counter = Counter(tmp_path / "pins.sock")
    counter.port.open(0.0)
    counter.port.handle("lamp", SetLamp("blink"), 1.0)
    counter.port.step(1.5)
    refused = [message for device, message in counter.taken() if device == "lamp" and message != READY]
    assert [(message.state, message.code) for message in refused if isinstance(message, DeviceHealth)] == [
        ("lost", "pin_refused")
    ]
    assert said_of_it in str(refused)
    assert counter.port.due_s() is None
    counter.port.close()


def test_what_it_does_not_know(counter: Counter) -> None:
    with pytest.raises(TypeError, match="call does not know SetLamp"):
        counter.port.handle("call", SetLamp("on"), 0.0)
    with pytest.raises(TypeError, match="lamp does not know DeviceHealth"):
        counter.port.handle("lamp", READY, 0.0)
    with pytest.raises(KeyError):
        counter.port.handle("nobody", SetLamp("on"), 0.0)
