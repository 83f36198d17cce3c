"""Who torments the hall: a plan of troubles drawn from the seed, each with its end.

Each seed leaves some kinds of trouble out altogether, so that the others come together more often. Every
second trouble or so is the coordinator's.
"""

from __future__ import annotations

import random
from typing import Protocol

from simulators.printer.twin import PrinterTwin
from simulators.torture.broker import Broker, Memory
from simulators.torture.computer import EPOCH_S, Computer
from simulators.torture.disk import RESERVE_PAGES, Trouble
from simulators.torture.site import CORE
from simulators.torture.story import FAULT
from simulators.torture.wires import BLANK_S, Wire
from simulators.torture.world import World

SHARE_KINDS = 0.6
SHARE_CORE = 0.4
SHARE_CARD = 0.25
"""Of the days: the coordinator loses its store."""
SHOCK_S = 10.0
SETTLES_S = 90.0
"""From the end of a trouble until the hall must be as it should: what is dead is noticed, and tried again."""
YEARS_S = 365 * 86_400.0


class Hall(Protocol):
    """What can be tormented."""

    world: World
    broker: Broker
    computers: dict[str, Computer]
    wires: dict[str, Wire]


class Nemesis:
    """`plan` puts the troubles of a day into the world; `end` takes away what still lasts."""

    def __init__(self, hall: Hall) -> None:
        self.kinds: tuple[str, ...] = ()
        self.count = 0
        self.quiet_from_s = 0.0
        self._hall = hall
        self._world = hall.world
        self._rng: random.Random = hall.world.rng("nemesis")
        self._troubles: dict[str, Trouble] = {
            "kill": lambda: self._computer().kill(),
            "power": lambda: self._computer().lose_power(self._long_s(2.0, 150.0)),
            "power at a commit": self._power_at_a_commit,
            "power between": lambda: self._computer().die_soon(self._rng.randrange(300)),
            "restart": lambda: self._computer().restart(),
            "cable": self._cable,
            "late cable": self._late_cable,
            "stutter": self._stutter,
            "swizzle": self._swizzle,
            "broker": self._broker,
            "bouncing broker": self._bouncing_broker,
            "flapping": self._flapping,
            "ambush": self._ambush,
            "crash under a request": self._crash_under_a_request,
            "topics": self._topics,
            "disk full": self._disk_full,
            "disk fails": self._disk_fails,
            "slow disk": self._slow_disk,
            "lying disk": self._lying_disk,
            "clock": self._clock,
            "no clock": self._no_clock,
            "plug": self._plug,
            "printer": self._printer,
            "blink": self._blink,
        }

    def plan(self, from_s: float, until_s: float, least: int, most: int) -> None:
        """Choose the kinds and the moments of a day, `least` to `most` of them."""
        kinds = [kind for kind in self._troubles if self._rng.random() < SHARE_KINDS]
        self.kinds = tuple(kinds) or tuple(self._troubles)
        for _ in range(self._rng.randint(least, most)):
            kind = self._rng.choice(self.kinds)
            self._world.at(self._rng.uniform(from_s, until_s), self._strike, kind)
        card = self._world.rng("nemesis/card")  # by itself: each seed keeps its other troubles
        if card.random() < SHARE_CARD:
            self._world.at(card.uniform(from_s, until_s), self._new_card, card.uniform(2.0, 150.0))

    def _new_card(self, off_s: float) -> None:
        """The coordinator's store is gone; what the hall is, its nodes alone know."""
        self.count += 1
        self._tell(CORE, "%s gets a new card", CORE)
        self._hall.computers[CORE].lose_card(self._lasts(off_s))

    def _strike(self, kind: str) -> None:
        self.count += 1
        self._lasts(SHOCK_S)
        self._troubles[kind]()

    def _lasts(self, for_s: float) -> float:
        """A trouble lasts so long; nothing is expected of the hall before it has settled again."""
        self.quiet_from_s = max(self.quiet_from_s, self._world.now_s + for_s + SETTLES_S)
        return for_s

    # --- draws -------------------------------------------------------------------------------------------

    def _long_s(self, least: float, most: float) -> float:
        """Short more often than long."""
        return self._lasts(float(least * (most / least) ** self._rng.random()))

    def _computer(self) -> Computer:
        if self._rng.random() < SHARE_CORE:
            return self._hall.computers[CORE]
        return self._rng.choice(list(self._hall.computers.values()))

    def _tell(self, who: str, text: str, *args: object) -> None:
        self._world.tell((who, FAULT), text, *args)

    # --- cables and broker -------------------------------------------------------------------------------

    def _cable(self) -> None:
        self._cut(self._computer(), self._rng.choice(("up", "down", "both")), self._long_s(1.0, 180.0))

    def _cut(self, computer: Computer, which: str, for_s: float) -> None:
        cable = computer.cable
        ways = [cable.up] * (which != "down") + [cable.down] * (which != "up")
        self._tell(
            computer.name, "the cable of %s carries nothing %s for %.0f s", computer.name, which, for_s
        )
        for way in ways:
            way.block()
            self._world.after(for_s, way.free)

    def _late_cable(self) -> None:
        cable = self._computer().cable
        cable.be_late(True)
        self._tell(cable.name, "the cable of %s is slow", cable.name)
        self._world.after(self._long_s(10.0, 400.0), cable.be_late, False)

    def _stutter(self) -> None:
        """One way stands still again and again, for longer than a press lives and too short to be noticed."""
        cable, at_s = self._computer().cable, 0.0
        way, name = self._rng.choice(((cable.up, "up"), (cable.down, "down")))
        self._tell(cable.name, "the cable of %s stutters %s", cable.name, name)
        for _ in range(self._rng.randint(3, 8)):
            for_s = self._rng.uniform(4.5, 9.5)
            self._world.after(at_s, way.block)
            self._world.after(at_s + for_s, way.free)
            at_s += for_s + self._rng.uniform(1.0, 20.0)
        self._lasts(at_s)

    def _swizzle(self) -> None:
        """Cables go one by one, and come back in another order."""
        chosen = self._rng.sample(list(self._hall.computers.values()), self._rng.randint(3, 7))
        for computer in chosen:
            after_s, for_s = self._rng.uniform(0.0, 10.0), self._lasts(self._rng.uniform(5.0, 60.0))
            self._world.after(after_s, self._cut, computer, "both", for_s)

    def _broker(self) -> None:
        broker = self._hall.broker
        if not broker.is_up:
            return
        silently = self._rng.random() < 0.3
        memory: Memory = self._rng.choice(("all", "older", "nothing"))
        for_s = self._long_s(0.3, 120.0)
        self._tell("broker", "the broker goes down for %.1f s and comes back with %s", for_s, memory)
        broker.go_down(silently=silently)
        self._world.after(for_s, broker.come_back, memory)

    def _bouncing_broker(self) -> None:
        """It starts, and goes down again before all are back."""
        for _ in range(self._rng.randint(2, 6)):
            self._world.after(self._rng.uniform(0.0, 12.0), self._bounce)

    def _bounce(self) -> None:
        if self._hall.broker.is_up:
            self._tell("broker", "the broker bounces")
            self._hall.broker.go_down(silently=False)
            self._world.after(0.2, self._hall.broker.come_back, "nothing")

    def _flapping(self) -> None:
        """A bad plug: the connection breaks again and again."""
        name = self._computer().name
        self._tell(name, "the connection of %s flaps", name)
        at_s = 0.0
        for _ in range(self._rng.randint(3, 15)):
            at_s += self._lasts(3.0 * self._rng.random() ** 3)
            self._world.after(at_s, self._hall.broker.cut_all, name)

    def _ambush(self) -> None:
        """A connection breaks in the one moment in which it should not."""
        kind = self._rng.choice(("request", "record", "answer", "receipt"))
        self._hall.broker.ambushes[kind] = self._rng.randrange(5)
        self._tell("broker", "a connection will break under a %s", kind)

    def _crash_under_a_request(self) -> None:
        """The coordinator dies when it commits what is asked, and lives before it is asked once more."""
        core, off_s = self._hall.computers[CORE], self._rng.uniform(0.1, 1.2)
        after, asker = self._rng.random() < 0.7, self._rng.choice(("tickets-", "desk-"))
        self._tell(CORE, "%s will die %s a commit", CORE, "after" if after else "before")

        def pass_by(topic: str, _: bytes) -> None:
            if topic.endswith("/request") and asker in topic:
                self._hall.broker.on_publish = _nothing
                core.disk.cut_at(1, after=after, cut=lambda: core.kill(self._lasts(off_s)))

        self._hall.broker.on_publish = pass_by

    def _topics(self) -> None:
        broker = self._hall.broker
        broker.mixes_topics = True
        self._tell("broker", "the broker mixes topics")
        self._world.after(self._long_s(30.0, 1500.0), setattr, broker, "mixes_topics", False)

    # --- computers ---------------------------------------------------------------------------------------

    def _power_at_a_commit(self) -> None:
        disk = self._computer().disk
        after = self._rng.random() < 0.5
        disk.cut_at(self._rng.randint(1, 8), after=after)
        self._tell(disk.name, "%s will lose its power %s a commit", disk.name, "after" if after else "before")

    def _disk_full(self) -> None:
        """Of the reserve that a journal gives up others may take the most."""
        disk = self._computer().disk
        disk.fill(self._rng.randrange(3), self._rng.choice((RESERVE_PAGES, self._rng.randrange(2))))
        for_s = self._long_s(30.0, 600.0)
        self._tell(disk.name, "the disk of %s is full for %.0f s", disk.name, for_s)
        self._world.after(for_s, disk.make_room)

    def _disk_fails(self) -> None:
        disk = self._computer().disk
        count = self._rng.randint(1, 4)
        disk.fail(count)
        self._tell(disk.name, "the next %d commits of %s fail", count, disk.name)

    def _slow_disk(self) -> None:
        disk = self._computer().disk
        disk.be_slow(True)
        self._tell(disk.name, "the disk of %s is slow", disk.name)
        self._world.after(self._long_s(5.0, 300.0), disk.be_slow, False)

    def _lying_disk(self) -> None:
        """Not the coordinator's: what a hall does about that is to keep a standby."""
        disk = self._rng.choice([one.disk for one in self._hall.computers.values() if one.name != CORE])
        commits = self._rng.randint(1, 5)
        disk.lie(commits)
        self._tell(disk.name, "the disk of %s will forget its next %d commits", disk.name, commits)

    def _clock(self) -> None:
        """It jumps, and some time later it is set right."""
        computer = self._computer()
        jump_s = self._rng.choice((-1, 1)) * 2.0 * 1800.0 ** self._rng.random()
        if self._rng.random() < 0.3:
            jump_s = -3600.0 * (10 * YEARS_S / 3600.0) ** self._rng.random()
        elif computer.name != CORE and self._rng.random() < 0.3:
            jump_s = 3600.0 * (YEARS_S / 3600.0) ** self._rng.random()
        self._tell(computer.name, "the clock of %s jumps by %.0f s", computer.name, jump_s)
        computer.set_clock(computer.skew_s + jump_s)
        self._world.after(self._long_s(5.0, 2000.0), self._set_clock, computer)

    def _set_clock(self, computer: Computer) -> None:
        if computer.skew_s:
            self._tell(computer.name, "the clock of %s is set right", computer.name)
            computer.set_clock(0.0)

    def _no_clock(self) -> None:
        """Power off and on; it boots in 1970, and learns the time a little later."""
        computer = self._computer()
        off_s = self._long_s(2.0, 60.0)
        self._tell(computer.name, "%s will boot in 1970", computer.name)
        computer.lose_power(off_s)
        computer.set_clock(-(EPOCH_S + self._world.now_s))
        self._world.after(off_s + self._long_s(1.0, 300.0), self._set_clock, computer)

    # --- devices -----------------------------------------------------------------------------------------

    def _plug(self) -> None:
        wire = self._rng.choice(list(self._hall.wires.values()))
        for_s = self._long_s(0.5, 120.0)
        self._tell(wire.name, "the plug of %s is out for %.0f s", wire.name, for_s)
        wire.unplug()
        self._world.after(for_s, wire.replug)

    def _printer(self) -> None:
        printers = [
            twin for wire in self._hall.wires.values() for twin in wire.twins if isinstance(twin, PrinterTwin)
        ]
        printer = self._rng.choice(printers)
        what = self._rng.choice(("paper", "cover", "power", "in the middle"))
        self._tell(printer.name, "%s: trouble with %s", printer.name, what)
        match what:
            case "paper":
                printer.take_paper()
                self._world.after(self._long_s(5.0, 300.0), printer.new_roll)
            case "cover":
                printer.open_cover()
                self._world.after(self._long_s(2.0, 60.0), printer.close_cover)
            case "power":
                printer.power_cut()
            case _:
                printer.break_down("paper_out", self._rng.randrange(1, 600))
                self._world.after(self._long_s(5.0, 300.0), printer.new_roll)

    def _blink(self) -> None:
        """The power of a counter's devices blinks: they forget what they showed and had to say."""
        wire = self._rng.choice(list(self._hall.wires.values()))
        self._tell(wire.name, "the devices of %s blink", wire.name)
        self._lasts(BLANK_S)
        wire.blink()

    # --- the end -----------------------------------------------------------------------------------------

    def end(self) -> None:
        """All is plugged in, switched on, has room and knows the time."""
        self._tell("all", "the last trouble is over")
        if not self._hall.broker.is_up:
            self._hall.broker.come_back("nothing")
        self._hall.broker.mixes_topics = False
        self._hall.broker.ambushes.clear()
        self._hall.broker.on_publish = _nothing
        for computer in self._hall.computers.values():
            computer.calm_down()
        for wire in self._hall.wires.values():
            wire.replug()
            for twin in wire.twins:
                if isinstance(twin, PrinterTwin):
                    twin.put_right("paper_out")
                    twin.new_roll()


def _nothing(_topic: str, _payload: bytes) -> None:
    """Nobody waits for a message."""
