"""Who torments the hall: a plan of troubles drawn from the seed, each with its end.

Each seed leaves some kinds of trouble out altogether, so that the others come together more often. Every
second trouble or so is the coordinator's.
"""

from __future__ import annotations

from simulators.printer.twin import PrinterTwin
from simulators.torture.computer import EPOCH_S, Computer
from simulators.torture.disk import RESERVE_PAGES, Trouble
from simulators.torture.draws import Draws, Hall
from simulators.torture.links import Links
from simulators.torture.site import CORE

SHARE_KINDS = 0.6
SHARE_CARD = 0.25
"""Of the days: the coordinator loses its store."""
YEARS_S = 365 * 86_400.0


class Nemesis:
    """`plan` puts the troubles of a day into the world; `end` takes away what still lasts."""

    def __init__(self, hall: Hall) -> None:
        self.count = 0
        self._hall = hall
        self._world = hall.world
        self._draws = draws = Draws(hall)
        self._rng = draws.rng
        self._links = links = Links(hall, draws)
        self._troubles: dict[str, Trouble] = {
            "kill": lambda: draws.computer().kill(),
            "power": lambda: draws.computer().lose_power(draws.long_s(2.0, 150.0)),
            "power at a commit": self._power_at_a_commit,
            "power between": lambda: draws.computer().die_soon(self._rng.randrange(300)),
            "restart": lambda: draws.computer().restart(),
            "cable": links.cable,
            "late cable": links.late_cable,
            "stutter": links.stutter,
            "swizzle": links.swizzle,
            "broker": links.broker,
            "bouncing broker": links.bouncing_broker,
            "flapping": links.flapping,
            "ambush": links.ambush,
            "crash under a request": links.crash_under_a_request,
            "topics": links.topics,
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
        kinds = [kind for kind in self._troubles if self._rng.random() < SHARE_KINDS] or list(self._troubles)
        for _ in range(self._rng.randint(least, most)):
            kind = self._rng.choice(kinds)
            self._world.at(self._rng.uniform(from_s, until_s), self._strike, kind)
        card = self._world.rng("nemesis/card")  # by itself: each seed keeps its other troubles
        if card.random() < SHARE_CARD:
            self._world.at(card.uniform(from_s, until_s), self._new_card, card.uniform(2.0, 150.0))

    def _new_card(self, off_s: float) -> None:
        """The coordinator's store is gone; what the hall is, its nodes alone know."""
        self.count += 1
        self._draws.tell(CORE, "%s gets a new card", CORE)
        self._hall.computers[CORE].lose_card(off_s)

    def _strike(self, kind: str) -> None:
        self.count += 1
        self._troubles[kind]()

    # --- computers ---------------------------------------------------------------------------------------

    def _power_at_a_commit(self) -> None:
        disk = self._draws.computer().disk
        after = self._rng.random() < 0.5
        disk.cut_at(self._rng.randint(1, 8), after=after)
        self._draws.tell(
            disk.name, "%s will lose its power %s a commit", disk.name, "after" if after else "before"
        )

    def _disk_full(self) -> None:
        """Of the reserve that a journal gives up others may take the most."""
        disk = self._draws.computer().disk
        disk.fill(self._rng.randrange(3), self._rng.choice((RESERVE_PAGES, self._rng.randrange(2))))
        for_s = self._draws.long_s(30.0, 600.0)
        self._draws.tell(disk.name, "the disk of %s is full for %.0f s", disk.name, for_s)
        self._world.after(for_s, disk.make_room)

    def _disk_fails(self) -> None:
        disk = self._draws.computer().disk
        count = self._rng.randint(1, 4)
        disk.fail(count)
        self._draws.tell(disk.name, "the next %d commits of %s fail", count, disk.name)

    def _slow_disk(self) -> None:
        disk = self._draws.computer().disk
        disk.be_slow(True)
        self._draws.tell(disk.name, "the disk of %s is slow", disk.name)
        self._world.after(self._draws.long_s(5.0, 300.0), disk.be_slow, False)

    def _lying_disk(self) -> None:
        """Not the coordinator's: what a hall does about that is to keep a standby."""
        disk = self._rng.choice([one.disk for one in self._hall.computers.values() if one.name != CORE])
        commits = self._rng.randint(1, 5)
        disk.lie(commits)
        self._draws.tell(disk.name, "the disk of %s will forget its next %d commits", disk.name, commits)

    def _clock(self) -> None:
        """It jumps, and some time later it is set right."""
        computer = self._draws.computer()
        jump_s = self._rng.choice((-1, 1)) * 2.0 * 1800.0 ** self._rng.random()
        if self._rng.random() < 0.3:
            jump_s = -3600.0 * (10 * YEARS_S / 3600.0) ** self._rng.random()
        elif computer.name != CORE and self._rng.random() < 0.3:
            jump_s = 3600.0 * (YEARS_S / 3600.0) ** self._rng.random()
        self._draws.tell(computer.name, "the clock of %s jumps by %.0f s", computer.name, jump_s)
        computer.set_clock(computer.skew_s + jump_s)
        self._world.after(self._draws.long_s(5.0, 2000.0), self._set_clock, computer)

    def _set_clock(self, computer: Computer) -> None:
        if computer.skew_s:
            self._draws.tell(computer.name, "the clock of %s is set right", computer.name)
            computer.set_clock(0.0)

    def _no_clock(self) -> None:
        """Power off and on; it boots in 1970, and learns the time a little later."""
        computer = self._draws.computer()
        off_s = self._draws.long_s(2.0, 60.0)
        self._draws.tell(computer.name, "%s will boot in 1970", computer.name)
        computer.lose_power(off_s)
        computer.set_clock(-(EPOCH_S + self._world.now_s))
        self._world.after(off_s + self._draws.long_s(1.0, 300.0), self._set_clock, computer)

    # --- devices -----------------------------------------------------------------------------------------

    def _plug(self) -> None:
        wire = self._rng.choice(list(self._hall.wires.values()))
        for_s = self._draws.long_s(0.5, 120.0)
        self._draws.tell(wire.name, "the plug of %s is out for %.0f s", wire.name, for_s)
        wire.unplug()
        self._world.after(for_s, wire.replug)

    def _printer(self) -> None:
        printers = [
            twin for wire in self._hall.wires.values() for twin in wire.twins if isinstance(twin, PrinterTwin)
        ]
        printer = self._rng.choice(printers)
        what = self._rng.choice(("paper", "cover", "power", "in the middle"))
        self._draws.tell(printer.name, "%s: trouble with %s", printer.name, what)
        match what:
            case "paper":
                printer.take_paper()
                self._world.after(self._draws.long_s(5.0, 300.0), printer.new_roll)
            case "cover":
                printer.open_cover()
                self._world.after(self._draws.long_s(2.0, 60.0), printer.close_cover)
            case "power":
                printer.power_cut()
            case _:
                printer.break_down("paper_out", self._rng.randrange(1, 600))
                self._world.after(self._draws.long_s(5.0, 300.0), printer.new_roll)

    def _blink(self) -> None:
        """The power of a counter's devices blinks: they forget what they showed and had to say."""
        wire = self._rng.choice(list(self._hall.wires.values()))
        self._draws.tell(wire.name, "the devices of %s blink", wire.name)
        wire.blink()

    # --- the end -----------------------------------------------------------------------------------------

    def end(self) -> None:
        """All is plugged in, switched on, has room and knows the time."""
        self._draws.tell("all", "the last trouble is over")
        self._links.mend()
        for computer in self._hall.computers.values():
            computer.calm_down()
        for wire in self._hall.wires.values():
            wire.replug()
            for twin in wire.twins:
                if isinstance(twin, PrinterTwin):
                    twin.put_right("paper_out")
                    twin.new_roll()
