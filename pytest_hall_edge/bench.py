"""The twins of one fixture, in the process that holds them, and what is told of them when a test fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pytest_hall_edge.errors import HostGone, NotSeen, Refused
from pytest_hall_edge.lines import ask_once

BURSTS_TOLD: Final = 8  # of each port
BYTES_TOLD: Final = 64  # of each burst
LINE_BYTES: Final = 16


class Bench:
    """`devices`: kind and port by name. Asked from any thread."""

    def __init__(self, control: Path, devices: dict[str, list[str]]) -> None:
        self.devices = devices
        self._control = control

    def ask(self, do: str, wait_s: float = 0.0, **said: Any) -> dict[str, Any]:
        """A request of the control socket (docs/simulators.md, section 6).

        Raises Refused for what cannot be, NotSeen where it waits for what does not come, HostGone.
        """
        __tracebackhide__ = True
        try:
            answer = ask_once(self._control, {"do": do, **said}, wait_s)
        except OSError as error:
            raise HostGone(f"these twins are gone: is the test of their fixture over? ({error})") from error
        if answer.get("late"):
            raise NotSeen(f"{answer['error']}\n{self.report()}", self)
        if not answer["ok"]:
            raise Refused(answer["error"])
        return answer

    def look(self, name: str) -> dict[str, Any]:
        """One device or port as it is now."""
        __tracebackhide__ = True
        seen: dict[str, Any] = self.ask("look", device=name)["looks"][name]
        return seen

    def report(self) -> str:
        """The face of each device, and what crossed its wire last. Never raises for twins that are gone."""
        try:
            return "\n".join(self._told())
        except (HostGone, Refused) as error:
            return f"nothing can be said of the twins: {error}"

    def _told(self) -> list[str]:
        looks = self.ask("look")["looks"]
        width = max(map(len, looks))
        lines: list[str] = []
        for port in dict.fromkeys(port for _, port in self.devices.values()):
            here = [name for name, (_, at) in self.devices.items() if at == port]
            lines += [_face(name, looks[name], width) for name in here]
            if port in looks:
                lines += [_face(port, looks[port], width), *self._bytes(port)]
        return lines

    def _bytes(self, port: str) -> list[str]:
        recent = self.ask("recent", device=port)["recent"]
        if not recent:
            return ["  no byte has crossed"]
        told = [line for burst in recent[-BURSTS_TOLD:] for line in _burst(burst)]
        return [*told, "  (> from the program, < from the device; seconds before this was written)"]


def _face(name: str, look: dict[str, Any], width: int) -> str:
    troubles = f"  faults: {', '.join(look['troubles'])}" if look["troubles"] else ""
    return f"{name:<{width}}  {look['face']}{troubles}"


def _burst(burst: dict[str, Any]) -> list[str]:
    data = bytes.fromhex(burst["hex"])
    head = f"  -{burst['ago_s']:.3f} s {burst['way']} "
    pieces = [data[at : at + LINE_BYTES] for at in range(0, min(len(data), BYTES_TOLD), LINE_BYTES)]
    lines = [
        f"{head if at == 0 else ' ' * len(head)}{piece.hex(' ').upper():<{LINE_BYTES * 3}} {_letters(piece)}"
        for at, piece in enumerate(pieces)
    ]
    if len(data) > BYTES_TOLD:
        lines.append(f"{' ' * len(head)}… {len(data) - BYTES_TOLD} bytes more")
    return lines


def _letters(data: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
