from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import LinkLost
from devices.pins import MOST_EDGES, Edge, GpioPins, MockPins, PinRefusedError, check_url, open_pins
from devices.pins_socket import LONGEST_LINE, MOST_TWINS, Drive, parse


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pins.sock"


@pytest.fixture
def pins(path: Path) -> Iterator[MockPins]:
    opened = open_pins(f"mock-gpio:{path}")
    assert isinstance(opened, MockPins)
    yield opened
    opened.close()


class Twin:
    """A bare socket at the far end."""

    def __init__(self, path: Path, pins: MockPins) -> None:
        self._pins = pins
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.link.connect(str(path))
        self.link.setblocking(False)
        pins.edges(0.0)

    def says(self, data: bytes, now_s: float = 0.0) -> list[Edge]:
        self.link.send(data)
        assert readable(self._pins.fileno())
        return self._pins.edges(now_s)

    def hears(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            return self.link.recv(65_536)
        return b""


@pytest.fixture
def twin(path: Path, pins: MockPins) -> Iterator[Twin]:
    end = Twin(path, pins)
    yield end
    end.link.close()


def readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


# --- pins of a factory ----------------------------------------------------------------------------


def real_pins(times: list[float] | None = None) -> tuple[GpioPins, MockFactory]:
    """The code for real pins on mock ones: edges come from whichever thread drives them."""
    factory = MockFactory()
    clock = iter(times or [])
    return GpioPins(factory, lambda: next(clock, 0.0)), factory


def test_an_edge_wakes_and_has_the_time_at_which_it_came() -> None:
    pins, factory = real_pins([1.5, 1.75])
    assert pins.claim_input(17, "up") is True
    assert not readable(pins.fileno())
    factory.pin(17).drive_low()
    factory.pin(17).drive_high()
    assert readable(pins.fileno())
    assert pins.edges(9.0) == [Edge(17, False, 1.5), Edge(17, True, 1.75)]
    assert not readable(pins.fileno())
    assert pins.edges(9.0) == []
    pins.close()


def test_edges_cross_from_other_threads_whole_and_in_order() -> None:
    pins, factory = real_pins()
    for pin in (5, 6):
        pins.claim_input(pin, "up")

    def chatter(pin: int) -> None:
        for _ in range(100):
            factory.pin(pin).drive_low()
            factory.pin(pin).drive_high()

    threads = [threading.Thread(target=chatter, args=(pin,)) for pin in (5, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    edges = pins.edges(0.0)
    for pin in (5, 6):
        assert [edge.high for edge in edges if edge.pin == pin] == [False, True] * 100
    pins.close()


def test_a_full_queue_counts_what_it_drops_and_ends_with_the_present_level() -> None:
    pins, factory = real_pins()
    pins.claim_input(17, "up")
    for _ in range(MOST_EDGES // 2):
        factory.pin(17).drive_low()
        factory.pin(17).drive_high()
    factory.pin(17).drive_low()
    assert pins.dropped == 1
    edges = pins.edges(7.0)
    assert len(edges) == MOST_EDGES + 1
    assert edges[-1] == Edge(17, False, 7.0)
    assert pins.edges(8.0) == []
    pins.close()


def test_an_edge_after_closing_is_nobodys() -> None:
    pins, factory = real_pins()
    pins.claim_input(17, "up")
    pin = factory.pin(17)
    before = len(list(Path("/proc/self/fd").iterdir()))
    on_its_way = pin.when_changed
    pins.close()
    pins.close()
    pin.drive_low()
    on_its_way(0, 0)
    assert len(list(Path("/proc/self/fd").iterdir())) == before - 1


def test_pulls_and_levels() -> None:
    pins, factory = real_pins()
    assert pins.claim_input(17, "up") is True
    assert pins.claim_input(18, "down") is False
    pins.claim_input(19, "none")
    assert factory.pin(19).pull == "floating"
    pins.claim_output(20, True)
    assert factory.pin(20).state
    pins.write(20, False)
    assert not factory.pin(20).state
    pins.close()


def test_a_pin_that_refuses_is_told_in_words() -> None:
    pins, _ = real_pins()
    with pytest.raises(PinRefusedError, match=r"pin 2 .* pull down"):
        pins.claim_input(2, "down")  # GPIO2 has a resistor to 3.3 V on the board
    with pytest.raises(PinRefusedError, match="pin 99 cannot be an output"):
        pins.claim_output(99, True)
    with pytest.raises(KeyError):
        pins.write(21, True)
    pins.close()


def test_a_machine_without_pins_has_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    with pytest.raises(LinkLost, match=r"no pins on this machine: run on a Raspberry Pi .*mock-gpio:"):
        open_pins("gpio:")


def test_the_pins_of_the_machine_are_those_gpiozero_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = MockFactory()
    monkeypatch.setattr(Device, "pin_factory", factory)
    pins = open_pins("gpio:")
    pins.claim_input(17, "up")
    before_s = time.monotonic()
    factory.pin(17).drive_low()
    (edge,) = pins.edges(0.0)
    assert before_s <= edge.at_s <= time.monotonic()
    pins.close()


def test_a_factory_that_does_not_exist_is_a_lost_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "nonsense")
    with pytest.raises(LinkLost, match="nonsense"):
        open_pins("gpio:")


@pytest.mark.parametrize("url", ["", "gpio", "gpio:17", "mock-gpio:", "/dev/gpiochip0"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="use gpio: or mock-gpio:/path"):
        check_url(url)


# --- the socket of mock pins ----------------------------------------------------------------------


def test_a_twin_is_greeted_with_the_levels(path: Path, pins: MockPins) -> None:
    pins.claim_input(17, "up")
    pins.claim_output(27, True)
    assert Twin(path, pins).hears() == b"in 17 1\nout 27 1\n"


def test_a_twin_drives_inputs_and_edges_have_the_time_of_reading(pins: MockPins, twin: Twin) -> None:
    pins.claim_input(17, "up")
    pins.claim_input(18, "down")
    assert twin.says(b"low 17\n", 5.0) == [Edge(17, False, 5.0)]
    assert twin.says(b"high 18\nlow 18\n", 6.0) == [Edge(18, True, 6.0), Edge(18, False, 6.0)]
    assert twin.says(b"float 17\nfloat 18\n", 7.0) == [Edge(17, True, 7.0)]
    assert twin.says(b"float 17\n", 8.0) == []
    assert not readable(pins.fileno())


def test_a_twin_sees_each_change_of_an_output_once(pins: MockPins, twin: Twin) -> None:
    pins.claim_output(27, False)
    for high in (True, True, False, False, True):
        pins.write(27, high)
    assert twin.hears() == b"out 27 0\nout 27 1\nout 27 0\nout 27 1\n"


def test_lines_may_come_in_pieces(pins: MockPins, twin: Twin) -> None:
    pins.claim_input(17, "up")
    edges = [edge for byte in b"low 17\nfloat 17\nlow" for edge in twin.says(bytes([byte]))]
    assert [edge.high for edge in edges] == [False, True]
    assert twin.says(b" 17\n") == [Edge(17, False, 0.0)]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"low 18\n", b"error pin 18 is no input here\n"),
        (b"low 27\n", b"error pin 27 is no input here\n"),
        (b"up 17\n", b"error use: low|high|float PIN\n"),
        (b"low\n", b"error use: low|high|float PIN\n"),
        (b"low 17 18\n", b"error use: low|high|float PIN\n"),
        (b"low x\n", b"error use: low|high|float PIN\n"),
        (b"low -1\n", b"error use: low|high|float PIN\n"),
        (b"low 1234567890123\n", b"error no such pin\n"),
        (b"\xff\xfe\n", b"error use: low|high|float PIN\n"),
        (b"x" * (LONGEST_LINE + 1), b"error line too long\n"),
    ],
)
def test_lines_that_are_none_are_answered_and_the_next_one_counts(
    pins: MockPins, twin: Twin, line: bytes, answer: bytes
) -> None:
    pins.claim_input(17, "up")
    pins.claim_output(27, False)
    twin.hears()
    assert twin.says(line) == []
    assert twin.hears() == answer
    assert twin.says(b"low 17\n") == [Edge(17, False, 0.0)]


@given(st.binary(max_size=80))
def test_parsing_raises_value_error_or_nothing(line: bytes) -> None:
    try:
        drive = parse(line)
    except ValueError:
        return
    assert drive.word in ("low", "high", "float")
    assert 0 <= drive.pin <= 999


@given(st.sampled_from(["low", "high", "float"]), st.integers(0, 999))
def test_parsing_a_line(word: str, pin: int) -> None:
    assert parse(f"{word} {pin}".encode()) == Drive(word, pin)


def test_a_twin_that_goes_leaves_the_others(path: Path, pins: MockPins, twin: Twin) -> None:
    pins.claim_input(17, "up")
    other = Twin(path, pins)
    twin.link.close()
    assert readable(pins.fileno())
    pins.edges(0.0)
    assert not readable(pins.fileno())
    assert other.says(b"low 17\n") == [Edge(17, False, 0.0)]
    other.link.close()


def test_too_many_twins_are_let_go(path: Path, pins: MockPins) -> None:
    twins = [Twin(path, pins) for _ in range(MOST_TWINS + 1)]
    pins.claim_input(17, "up")
    assert [twin.hears() for twin in twins] == [b"in 17 1\n"] * MOST_TWINS + [b""]
    assert twins[0].says(b"low 17\n") == [Edge(17, False, 0.0)]


def test_a_twin_that_never_reads_is_let_go_and_nothing_grows(pins: MockPins, twin: Twin) -> None:
    pins.claim_output(27, False)
    for _ in range(100_000):
        pins.write(27, True)
        pins.write(27, False)
    assert not has_unsent(pins)
    received = b""
    while piece := twin.hears():
        received += piece
    assert received.startswith(b"out 27 0\nout 27 1\n")
    assert len(received) < 100_000 * 18
    pins.edges(0.0)
    assert not readable(pins.fileno())


def test_what_a_slow_twin_could_not_take_comes_later(pins: MockPins, twin: Twin) -> None:
    twin.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    pins.claim_output(27, False)
    changes = 0
    while not has_unsent(pins) and changes < 100_000:
        changes += 1
        pins.write(27, changes % 2 == 1)
    assert has_unsent(pins)
    received = b""
    while piece := twin.hears():
        received += piece
        pins.edges(0.0)
    assert received.count(b"\n") == changes + 1
    assert not readable(pins.fileno())


def has_unsent(pins: MockPins) -> bool:
    return any(twin.unsent for twin in pins._socket._twins.values())


def test_a_socket_left_by_a_dead_process_is_taken_over(path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(str(path))
    dead.close()
    assert path.is_socket()
    open_pins(f"mock-gpio:{path}").close()
    assert not path.exists()


def test_a_socket_that_is_alive_is_not_taken(path: Path, pins: MockPins) -> None:
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(LinkLost, match="another process serves it"):
        open_pins(f"mock-gpio:{path}")
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    assert path.is_socket()


def test_a_path_that_is_a_file_a_missing_folder_or_too_long(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"keep me")
    for path in (tmp_path / "file", tmp_path / "none" / "x", tmp_path / ("x" * 120)):
        with pytest.raises(LinkLost, match="for mock pins cannot be opened"):
            open_pins(f"mock-gpio:{path}")
    assert (tmp_path / "file").read_bytes() == b"keep me"


def test_closing_twice_and_opening_again(path: Path) -> None:
    for _ in range(2):
        pins = open_pins(f"mock-gpio:{path}")
        pins.claim_input(17, "up")
        pins.close()
        pins.close()
        assert not path.exists()
