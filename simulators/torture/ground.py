"""The ground of a torture day: everything built and wired together."""

from __future__ import annotations

from typing import Any

import msgspec

from mqtt_bridge.topics import Topic, build
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.printer.twin import PrinterTwin
from simulators.strip.twin import StripTwin
from simulators.torture.book import Book
from simulators.torture.broker import Broker
from simulators.torture.citizen import Citizen, Lobby, Wish
from simulators.torture.clerk import Clerk
from simulators.torture.computer import Computer
from simulators.torture.head import PlainHead
from simulators.torture.nemesis import Nemesis
from simulators.torture.place import Machine, Window
from simulators.torture.presses import Presses
from simulators.torture.promises import Promises
from simulators.torture.reach import Reach
from simulators.torture.reader import Reader
from simulators.torture.screens import Screen, Screens
from simulators.torture.seen import Eyes, Press, Seen
from simulators.torture.site import CORE, SERVICES, WINDOWS, build_hall
from simulators.torture.wires import Wire
from simulators.torture.world import World
from simulators.twin import Twin

OPENS_S = 10.0
"""A port is open so long after its node has started, or its plug is in again."""
GRADES = (2, 3, 4, 5)
"""Levels of the four keys of a pad, as its settings have them."""


class Ground:
    """A hall with its people, ready to be tormented."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = world.rng("ground")
        self.hall = build_hall(self.rng.choice(("auto", "5", "3.1.1")))
        self.seen = Seen(world)
        self.broker = Broker(world)
        self.broker.repeats = self.rng.random() < 0.5
        accepted = {name for name, (_, _, _, accepted) in SERVICES.items() if accepted}
        self.book = Book(world, {f"w{label}" for label in WINDOWS}, accepted)
        self.windows: dict[str, Window] = {}
        self.machines: list[Machine] = []
        self.wires: dict[str, Wire] = {}
        self._eyes = Eyes(self.seen)
        self._build_twins()
        self.computers = {node.id: self._computer(node.id) for node in self.hall.site.nodes}
        core = self.computers[CORE]
        reader = Reader(self.book)
        core.disk.on_commit = lambda: reader.follow(core.disk.store)
        self.reach = Reach(world, self.broker, self.computers)
        self.promises = Promises(world, self.seen, self.book, self._has_kept, self._has_told)
        self.presses = Presses(world, self.seen, self.book, self._is_sure, self._told_for_s)
        self.screens = Screens(world, self.seen, self.book, self.reach, *self._screens())
        for computer in self.computers.values():
            computer.disk.on_lost = self.promises.forgot
        self.lobby = Lobby(self.seen, self.windows)
        self.clerks = self._clerks()
        self.citizens: list[Citizen] = []
        self.nemesis = Nemesis(self)

    def _computer(self, node: str) -> Computer:
        ports = {port.id for port in self.hall.site.ports if port.node == node}
        wires = {name: wire for name, wire in self.wires.items() if name in ports}
        return Computer(self.world, node, self.hall, self.broker, wires, self.seen)

    def _screens(self) -> tuple[dict[str, Screen], dict[str, Screen]]:
        """Strips by label, boards by name."""
        strips: dict[str, Screen] = {}
        boards: dict[str, Screen] = {}
        for port in self.hall.site.ports:
            computer = self.computers[port.node]
            screen = Screen(computer, self.wires.get(port.id))
            if port.id.startswith("line-"):
                strips[port.id.removeprefix("line-")] = screen
            elif port.id.startswith("board-"):
                boards[port.id] = screen
        return strips, boards

    # --- twins ---------------------------------------------------------------------------------------------

    def _build_twins(self) -> None:
        panels: dict[str, KeypadTwin] = {}
        printers: dict[str, PrinterTwin] = {}
        for port in self.hall.site.ports:
            kinds: dict[str, Any] = {one.kind: one for one in self.hall.site.devices if one.port == port.id}
            if "strip" in kinds:
                self._build_window(port.id, kinds)
            elif "keypad" in kinds:
                panels[port.id.rpartition("-")[2]] = panel = KeypadTwin(kinds["keypad"].settings.address)
                self._wire(port.id, [panel])
            elif "printer" in kinds:
                printers[port.id.rpartition("-")[2]] = printer = PrinterTwin(port.id, speed_mm_s=150.0)
                printer._interpreter.head = PlainHead(576)
                self._wire(port.id, [printer])
        for name, panel in panels.items():
            machine = Machine(self.seen, f"machine-{name}", panel, printers[name])
            self.machines.append(machine)
            self._eyes.watch(panel, machine.name, machine.news)
            self._eyes.watch(printers[name], machine.name, machine.news)

    def _build_window(self, port: str, kinds: dict[str, Any]) -> None:
        label = port.rpartition("-")[2]
        address = kinds["keypad"].settings.address
        keypad = KeypadTwin(address)
        pad = EvaluatorTwin(kinds["evaluator"].settings.address, keypad=address)
        strip = StripTwin(kinds["strip"].settings.address)
        window = self.windows[label] = Window(self.seen, label, keypad, pad, strip)
        window.wire = self._wire(port, [keypad, pad, strip])
        for twin in (keypad, pad, strip):
            self._eyes.watch(twin, label, window.news)

    def _wire(self, port: str, twins: list[Twin]) -> Wire:
        wire = self.wires[port] = Wire(self.world, port, twins, self._eyes.on_face)
        return wire

    # --- people --------------------------------------------------------------------------------------------

    def _clerks(self) -> list[Clerk]:
        labels = list(self.windows)
        return [
            Clerk(self.world, window, f"{100 + int(label)}", [one for one in labels if one != label])
            for label, window in self.windows.items()
        ]

    def _wish(self) -> Wish:
        service = self.rng.choices(list(SERVICES), (5, 3, 3, 2, 2))[0]
        key = "recall" if self.rng.random() < 0.12 else "start"
        return Wish(
            keys=f"{SERVICES[service][1]} {key}",
            service_s=self.rng.lognormvariate(5.9, 0.5),
            walk_s=self.rng.uniform(3.0, 35.0),
            comes=self.rng.random() > 0.05,
            grade=self.rng.randrange(4) if self.rng.random() < 0.85 else -1,
            rating_s=self.rng.uniform(1.0, 8.0),
        )

    def open(self, visits: int, until_s: float) -> None:
        """The hall opens: computers start, clerks sit down, citizens come."""
        for computer in self.computers.values():
            self.world.after(self.rng.random() * 3.0, computer.boot)
        for clerk in self.clerks:
            clerk.act(clerk.work(), self.rng.uniform(20.0, 120.0))
        for count in range(visits):
            name = f"citizen {count}"
            citizen = Citizen(
                self.world, name, self._wish(), self.seen, self.lobby, self.machines, self._served
            )
            citizen.act(citizen.life(), self.rng.uniform(60.0, until_s))
            self.citizens.append(citizen)

    def _served(self, number: str) -> None:
        """Somebody leaves."""

    def _has_kept(self, machine: str, visit: str) -> bool:
        return self._has_record("issued", machine, visit)

    def _has_told(self, machine: str, visit: str) -> bool:
        return self._has_record("printed", machine, visit)

    def _has_record(self, kind: str, machine: str, visit: str) -> bool:
        store = self.computers[machine.replace("machine", "tickets")].disk.store
        body = f'%"type":"{kind}"%"visit":"{visit}"%'
        return bool(store.execute("SELECT 1 FROM outbox WHERE CAST(body AS TEXT) LIKE ?", (body,)).get)

    def _is_sure(self, press: Press, learned_s: float) -> bool:
        """Whether what a press asks for comes at once or not at all; clocks were compared at `learned_s`."""
        core, computer = self.computers[CORE], self._computer_at(press.place)
        wire = self.wires[_port_of(press.place)]
        learned_s = max(learned_s, computer.on_since_s)
        clocks = all(not one.skew_s and one.clock_since_s < learned_s for one in (core, computer))
        stood_s = max(computer.on_since_s, wire.well_since_s) + OPENS_S
        is_quick = not core.disk.is_slow and core.disk.quick_since_s < press.at_s
        return clocks and is_quick and stood_s < press.at_s

    def _told_for_s(self, press: Press) -> float:
        """How long the hall has heard the node of a press, which has run since before that."""
        computer = self._computer_at(press.place)
        return self.reach.heard_for_s(computer.name) if computer.on_since_s < press.at_s else 0.0

    def _computer_at(self, place: str) -> Computer:
        """Whose keypad is at this window or machine."""
        return self.computers[next(port.node for port in self.hall.site.ports if port.id == _port_of(place))]

    # --- calm ----------------------------------------------------------------------------------------------

    def is_served(self) -> bool:
        """Whether everybody who came has gone."""
        return all(citizen.is_done for citizen in self.citizens)

    def check_calm(self) -> None:
        """So long after the last fault, everything is connected, and nothing waits to be delivered."""
        for name, computer in self.computers.items():
            if computer.node is None or not computer.node.connected:
                self.world.breaks("calm", (name,), f"{name} is not connected, long after the last trouble")
                continue
            if not self._is_said_to_live(name):
                self.world.breaks("calm", (name,), f"{name} is there, and the broker says that it is not")
            left = self._undelivered(computer)
            if left:
                self.world.breaks("calm", (name,), f"{left} records of {name} are not delivered")

    def _is_said_to_live(self, name: str) -> bool:
        """By the state that everybody who comes to the broker is told."""
        life = self.broker.retained.get(build(Topic(self.hall.site.site.id, name, "life")), b"{}")
        return msgspec.json.decode(life).get("state") in ("ready", "degraded")

    def _undelivered(self, computer: Computer) -> int:
        """Records that a node keeps and the coordinator does not hold."""
        core, store = self.computers[CORE].disk.store, computer.disk.store
        source, generation = (
            computer.name,
            store.execute("SELECT value FROM meta WHERE key = 'generation'").get,
        )
        key = (source, generation)
        mark = core.execute("SELECT up_to FROM inbox_mark WHERE source = ? AND generation = ?", key).get or 0
        rows = core.execute("SELECT seq FROM inbox WHERE source = ? AND generation = ?", key)
        beyond = {seq for (seq,) in rows}
        kept = [seq for (seq,) in store.execute("SELECT seq FROM outbox WHERE seq > ?", (mark,))]
        return len([seq for seq in kept if seq not in beyond])

    def check_end(self) -> None:
        """The day is over."""
        if self.world.broken is None:
            self.promises.at_the_end(GRADES)
            self.presses.at_the_end()

    def bury(self) -> None:
        """After the run: let go of everything that lived."""
        for computer in self.computers.values():
            computer.bury()


def _port_of(place: str) -> str:
    """Where the keypad of a window or a ticket machine is plugged in."""
    return place.replace("machine", "keys") if place.startswith("machine") else f"line-{place}"
