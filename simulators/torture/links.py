"""What breaks between the computers of the hall: cables, connections and the broker."""

from __future__ import annotations

from simulators.torture.broker import Memory
from simulators.torture.computer import Computer
from simulators.torture.draws import Draws, Hall
from simulators.torture.site import CORE


class Links:
    """A method a trouble, which ends by itself or at `mend`."""

    def __init__(self, hall: Hall, draws: Draws) -> None:
        self._hall = hall
        self._world = hall.world
        self._draws = draws
        self._rng = draws.rng

    def cable(self) -> None:
        """A cable carries nothing for a while, one way or both."""
        self._cut(
            self._draws.computer(), self._rng.choice(("up", "down", "both")), self._draws.long_s(1.0, 180.0)
        )

    def _cut(self, computer: Computer, which: str, for_s: float) -> None:
        cable = computer.cable
        ways = [cable.up] * (which != "down") + [cable.down] * (which != "up")
        self._draws.tell(
            computer.name, "the cable of %s carries nothing %s for %.0f s", computer.name, which, for_s
        )
        for way in ways:
            way.block()
            self._world.after(for_s, way.free)

    def late_cable(self) -> None:
        """A cable is slow."""
        cable = self._draws.computer().cable
        cable.be_late(True)
        self._draws.tell(cable.name, "the cable of %s is slow", cable.name)
        self._world.after(self._draws.long_s(10.0, 400.0), cable.be_late, False)

    def stutter(self) -> None:
        """One way stands still again and again, for longer than a press lives and too short to be noticed."""
        cable, at_s = self._draws.computer().cable, 0.0
        way, name = self._rng.choice(((cable.up, "up"), (cable.down, "down")))
        self._draws.tell(cable.name, "the cable of %s stutters %s", cable.name, name)
        for _ in range(self._rng.randint(3, 8)):
            for_s = self._rng.uniform(4.5, 9.5)
            self._world.after(at_s, way.block)
            self._world.after(at_s + for_s, way.free)
            at_s += for_s + self._rng.uniform(1.0, 20.0)

    def swizzle(self) -> None:
        """Cables go one by one, and come back in another order."""
        chosen = self._rng.sample(list(self._hall.computers.values()), self._rng.randint(3, 7))
        for computer in chosen:
            after_s, for_s = self._rng.uniform(0.0, 10.0), self._rng.uniform(5.0, 60.0)
            self._world.after(after_s, self._cut, computer, "both", for_s)

    def broker(self) -> None:
        """The broker goes down, and comes back with what it remembers."""
        broker = self._hall.broker
        if not broker.is_up:
            return
        silently = self._rng.random() < 0.3
        memory: Memory = self._rng.choice(("all", "older", "nothing"))
        for_s = self._draws.long_s(0.3, 120.0)
        self._draws.tell("broker", "the broker goes down for %.1f s and comes back with %s", for_s, memory)
        broker.go_down(silently=silently)
        self._world.after(for_s, broker.come_back, memory)

    def bouncing_broker(self) -> None:
        """It starts, and goes down again before all are back."""
        for _ in range(self._rng.randint(2, 6)):
            self._world.after(self._rng.uniform(0.0, 12.0), self._bounce)

    def _bounce(self) -> None:
        if self._hall.broker.is_up:
            self._draws.tell("broker", "the broker bounces")
            self._hall.broker.go_down(silently=False)
            self._world.after(0.2, self._hall.broker.come_back, "nothing")

    def flapping(self) -> None:
        """A bad plug: the connection breaks again and again."""
        name = self._draws.computer().name
        self._draws.tell(name, "the connection of %s flaps", name)
        at_s = 0.0
        for _ in range(self._rng.randint(3, 15)):
            at_s += 3.0 * self._rng.random() ** 3
            self._world.after(at_s, self._hall.broker.cut_all, name)

    def ambush(self) -> None:
        """A connection breaks in the one moment in which it should not."""
        kind = self._rng.choice(("request", "record", "answer", "receipt"))
        self._hall.broker.ambushes[kind] = self._rng.randrange(5)
        self._draws.tell("broker", "a connection will break under a %s", kind)

    def crash_under_a_request(self) -> None:
        """The coordinator dies when it commits what is asked, and lives before it is asked once more."""
        core, off_s = self._hall.computers[CORE], self._rng.uniform(0.1, 1.2)
        after, asker = self._rng.random() < 0.7, self._rng.choice(("tickets-", "desk-"))
        self._draws.tell(CORE, "%s will die %s a commit", CORE, "after" if after else "before")

        def pass_by(topic: str, _: bytes) -> None:
            if topic.endswith("/request") and asker in topic:
                self._hall.broker.on_publish = _nothing
                core.disk.cut_at(1, after=after, cut=lambda: core.kill(off_s))

        self._hall.broker.on_publish = pass_by

    def topics(self) -> None:
        """The broker mixes topics for a while."""
        broker = self._hall.broker
        broker.mixes_topics = True
        self._draws.tell("broker", "the broker mixes topics")
        self._world.after(self._draws.long_s(30.0, 1500.0), setattr, broker, "mixes_topics", False)

    def mend(self) -> None:
        """The broker is there, and does nothing that it should not."""
        broker = self._hall.broker
        if not broker.is_up:
            broker.come_back("nothing")
        broker.mixes_topics = False
        broker.ambushes.clear()
        broker.on_publish = _nothing


def _nothing(_topic: str, _payload: bytes) -> None:
    """Nobody waits for a message."""
