"""What a test holds in its hands: devices with verbs. Each may be used from any thread.

A verb returns when it is done. `wait` returns when something is to be seen, and raises NotSeen, an
AssertionError, when it is not in time. What cannot be is refused with a sentence (Refused, a ValueError).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from pytest_hall_edge.bench import Bench

WAIT_S: Final = 5.0


class Thing:
    """A device or a wire."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.name = name
        self._bench = bench

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @property
    def face(self) -> str:
        """What a person in front of it sees, in one line."""
        return str(self._bench.look(self.name)["face"])

    def look(self) -> dict[str, Any]:
        """Face, troubles and its own values, as they are now."""
        return self._bench.look(self.name)

    def fault(self, fault: str, for_s: float = 0.0, **told: Any) -> None:
        """Something goes wrong, until `mend` or for `for_s`; names: docs/simulators.md, section 5."""
        __tracebackhide__ = True
        self._bench.ask("fault", device=self.name, fault=fault, for_s=for_s, **told)

    def mend(self, fault: str) -> None:
        """It is well again."""
        __tracebackhide__ = True
        self._bench.ask("mend", device=self.name, fault=fault)

    def do(self, hand: str, **said: Any) -> Any:
        """What a person can do to it, by name (docs/simulators.md, section 4); returns what it brings."""
        __tracebackhide__ = True
        wait_s = float(said.get("timeout_s", 0.0))
        return self._bench.ask(hand, wait_s, device=self.name, **said).get("result")

    def wait(self, shows: str = "", timeout_s: float = WAIT_S, **values: Any) -> None:
        """Until its face shows a text, or values of `look()` are these: `strip.wait(text="A001")`."""
        __tracebackhide__ = True
        said = {"device": self.name, "shows": shows, "timeout_s": timeout_s, **values}
        self._bench.ask("wait", timeout_s, **said)


class Port(Thing):
    """A wire: `url` is where a program opens it."""

    @property
    def url(self) -> str:
        """For `serial.serial_for_url` and the like: a path of a pty, `socket://…` or `rfc2217://…`."""
        return str(self.look()["url"])

    def wait_open(self, timeout_s: float = WAIT_S) -> None:
        """Until a program has opened it."""
        __tracebackhide__ = True
        self.wait("打开", timeout_s)


class Device(Thing):
    """Any device. `port` is the wire that it hangs on."""

    def __init__(self, bench: Bench, name: str) -> None:
        super().__init__(bench, name)
        self.port = Port(bench, bench.devices[name][1])

    @property
    def url(self) -> str:
        """Where a program opens it."""
        return self.port.url

    def wait_open(self, timeout_s: float = WAIT_S) -> None:
        """Until a program has opened its wire: what it says before that is lost, as on any wire."""
        __tracebackhide__ = True
        self.port.wait_open(timeout_s)

    def power_cut(self) -> None:
        """Its power blinks."""
        self.do("power_cut")


class Keypad(Device):
    """A counter keypad. It says a press again until the program echoes it."""

    def press(self, keys: str) -> None:
        """Digits, if any, and a function key: `press("next")`, `press("6 confirm")`."""
        __tracebackhide__ = True
        self.do("press", keys=keys)

    @property
    def shown(self) -> str:
        """The digits, "_" for a blank place, "" before the first."""
        return str(self.look()["shown"])

    @property
    def beeps(self) -> int:
        """How often it was told to beep."""
        return int(self.look()["beeps"])

    def wait_echoed(self, timeout_s: float = WAIT_S) -> None:
        """Until the program has echoed all that was pressed."""
        __tracebackhide__ = True
        self.wait(timeout_s=timeout_s, echoed=True)


class Evaluator(Device):
    """A rating pad."""

    def press(self, grade: int) -> None:
        """A citizen presses a grade, 0 (bad) upwards."""
        __tracebackhide__ = True
        self.do("press", grade=grade)

    @property
    def lamp(self) -> str:
        """off, open (it asks), sending or thanks."""
        return str(self.look()["lamp"])

    @property
    def thanked(self) -> int:
        """How many grades the program has acknowledged."""
        return int(self.look()["thanked"])


class Strip(Device):
    """A window strip."""

    @property
    def text(self) -> str:
        """What it shows, without colours."""
        return str(self.look()["text"])

    @property
    def segments(self) -> list[tuple[str, str]]:
        """Runs of text, each with its colour: red, green, yellow."""
        return [(piece["text"], piece["colour"]) for piece in self.look()["segments"]]


class Ticket(NamedTuple):
    """What came out of a printer. `cut`: partial, full, or torn where the roll ended. Sizes in dots."""

    lines: tuple[str, ...]
    qr: tuple[str, ...]
    cut: str
    width: int
    height: int

    @property
    def text(self) -> str:
        """All its lines."""
        return "\n".join(self.lines)


class Printer(Device):
    """A ticket printer."""

    def next_ticket(self, timeout_s: float = WAIT_S) -> Ticket:
        """The next paper that this test has not taken yet. Raises NotSeen."""
        __tracebackhide__ = True
        paper = self.do("next_ticket", timeout_s=timeout_s)
        return Ticket(tuple(paper["text"]), tuple(paper["qr"]), paper["cut"], paper["width"], paper["height"])

    @property
    def printed(self) -> int:
        """How many papers came out, taken or not."""
        return int(self.look()["papers"])

    def new_roll(self) -> None:
        """Cover open, new roll in, cover closed."""
        self.do("new_roll")

    def open_cover(self) -> None:
        """The cover is opened."""
        self.do("open_cover")

    def close_cover(self) -> None:
        """And closed."""
        self.do("close_cover")


class Line(Port):
    """One RS-485 line with a keypad, an evaluator and a strip, each at its address."""

    def __init__(self, bench: Bench, name: str) -> None:
        super().__init__(bench, name)
        self.keypad = Keypad(bench, "keypad")
        self.evaluator = Evaluator(bench, "evaluator")
        self.strip = Strip(bench, "strip")


KINDS: Final[dict[str, type[Device]]] = {
    "keypad": Keypad,
    "evaluator": Evaluator,
    "strip": Strip,
    "printer": Printer,
}


def device_of(bench: Bench, name: str) -> Any:
    """A device as its kind."""
    kind, _ = bench.devices[name]
    return KINDS.get(kind, Device)(bench, name)
