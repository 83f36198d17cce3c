"""One small computer of the hall: its disk, cable and clock, and the node that runs on it, life after life.

A supervisor starts the node again whenever it has ended, as systemd does. What a life leaves behind is its
disk, and the messages that had left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from devices.base import Emit, Port
from devices.registry import DeviceSpec, PortSpec, build_port
from edge.clock import HallClock
from edge.guard import Guard
from edge.loop import PortRunner
from edge.node import Node
from edge.outside import Outside
from edge.plan import NodePlan
from edge.release import MADE_S
from edge.settings.build import NodePart
from mqtt_bridge.link import Heard, Link, Taken, Version, Will
from mqtt_bridge.settings import BrokerAddress
from simulators.torture.broker import Broker
from simulators.torture.cable import Cable
from simulators.torture.connection import SimConnection
from simulators.torture.disk import SimDisk
from simulators.torture.faces import BoardFace, VoiceFace
from simulators.torture.loop import Loop
from simulators.torture.seen import Seen
from simulators.torture.site import Hall
from simulators.torture.story import FAULT
from simulators.torture.wires import SimLink, Wire
from simulators.torture.world import NOT_S, World

EPOCH_S = 1_795_392_000.0
"""Monday 2026-11-23, 08:00 in China: when a run begins."""
NOWHERE = Path("/dev/null/disk")
"""A folder that nobody can write in: what a node keeps, it keeps on its simulated disk."""
TIME_SERVER_S = 20.0
RESTART_S = 2.0
"""As `RestartSec=` of the unit."""


class Computer:
    """`node` runs while `is_on`. `skew_s`: how far its system clock is off, since `clock_since_s`."""

    def __init__(
        self, world: World, name: str, hall: Hall, broker: Broker, wires: Mapping[str, Wire], seen: Seen
    ) -> None:
        self.name = name
        self.is_on = False
        self.node: Node | None = None
        self.skew_s = 0.0
        self.clock_since_s = 0.0
        self.lives = 0
        self.boots = 1
        self.on_since_s = NOT_S
        self.off_since_s = 0.0
        self.disk = SimDisk(world, name)
        self.disk.on_cut = self.end_somehow
        self.cable = Cable(world, name)
        self._world = world
        self._hall = hall
        self._broker = broker
        self._wires = wires
        self._seen = seen
        self._rng = world.rng(f"computer/{name}")
        self._loop: Loop | None = None
        self._loops: list[Loop] = []
        self._connections: list[SimConnection] = []

    def set_clock(self, skew_s: float) -> None:
        """From now on it is off by so much."""
        if skew_s != self.skew_s:
            self.skew_s, self.clock_since_s = skew_s, self._world.now_s

    def wall_s(self) -> float:
        """Its system clock."""
        return EPOCH_S + self._world.now_s + self.skew_s

    @property
    def _is_clock_trusted(self) -> bool:
        """A time server has set it some time after the start."""
        return not self.skew_s and self._world.now_s > self.on_since_s + TIME_SERVER_S

    # --- lives -------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Start the node, unless it runs."""
        if self.is_on:
            return
        self.is_on = True
        self.on_since_s, self.off_since_s = self._world.now_s, NOT_S
        self.lives += 1
        self._connections = []
        loop = self._loop = Loop(  # type: ignore[abstract]
            self._world, self.name, self._failed, float(self._rng.randrange(10, 100_000))
        )
        self._loops.append(loop)
        loop.on_death = self.end_somehow
        clock = HallClock(
            made_s=MADE_S, wall=self.wall_s, monotonic=loop.time, trusted=lambda: self._is_clock_trusted
        )
        plan = NodePlan(
            toml=self._hall.toml,
            site=self._hall.site,
            node=self.name,
            data=NOWHERE,
            broker=BrokerAddress(protocol=self._hall.site.broker.protocol, keepalive_s=10),
            clock=clock,
        )
        self._world.tell((self.name,), "%s starts", self.name)
        with loop.running():
            self.node = Node(plan, self._outside(loop))
            self.node.journal_failed.add_done_callback(lambda _: self.restart(RESTART_S))
            task = loop.create_task(self.node.start())
        task.add_done_callback(partial(self._started, self.lives))

    def _outside(self, loop: Loop) -> Outside:
        chance = self._world.rng(f"chance/{self.name}/{self.lives}")
        return Outside(
            system_s=self.wall_s,
            token=lambda count: chance.randbytes(count).hex(),
            rng=chance,
            host=self.name,
            disk=lambda path: self.disk,
            dial=partial(self._dial, loop),
            runners=self._runners,
            boot=f"{self.name}-{self.boots}",
        )

    def _dial(
        self,
        loop: Loop,
        address: BrokerAddress,
        version: Version,
        client: str,
        will: Will | None,
        heard: Heard,
        taken: Taken,
    ) -> Link:
        connection = SimConnection(
            self._broker, self.cable, loop, address, version, client, will, heard, taken
        )
        self._connections = [one for one in self._connections if not one.closed.done()]
        self._connections.append(connection)
        return connection

    def _runners(
        self, plan: NodePlan, part: NodePart, emit: Emit, loop: asyncio.AbstractEventLoop, guard: Guard
    ) -> dict[str, PortRunner]:
        runners: dict[str, PortRunner] = {}
        for port in part.ports:
            devices = part.on_port(port.id)
            specs = [DeviceSpec(one.id, one.kind, one.dialect, one.settings) for one in devices]
            runner = PortRunner(self._port(PortSpec(port.id, port), specs, emit), emit, loop, guard)
            runners.update({one.name: runner for one in specs})
        return runners

    def _port(self, port: PortSpec, devices: list[DeviceSpec], emit: Emit) -> Port:
        match devices[0].kind:
            case "board":
                return BoardFace(port.name, devices[0].name, emit, self._seen.board)
            case "announcer":
                return VoiceFace(port.name, devices[0].name, emit, self._seen.voice)
            case _:
                return build_port(port, devices, emit, self._open)

    def _open(self, url: str, baud: int, *, name: str, parity: str = "N", stop_bits: int = 1) -> SimLink:
        if self._loop is None:
            raise RuntimeError(f"{self.name} is off")
        return self._wires[name].open(name, url, self._loop)

    def _started(self, life: int, task: asyncio.Task[None]) -> None:
        if life != self.lives or not self.is_on or task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._world.tell((self.name, FAULT), "%s does not start: %s", self.name, error)
            self._end(power=False)
            self._world.after(RESTART_S, self.boot)

    def _failed(self, text: str) -> None:
        """Nothing of ours may raise where nobody catches it."""
        self._world.breaks("error", (self.name,), f"{self.name}: {text}")

    def bury(self) -> None:
        """After the run: let go of all lives."""
        for loop in self._loops:
            loop.bury()

    # --- ends --------------------------------------------------------------------------------------------

    def lose_power(self, down_s: float) -> None:
        """Everything that is not on the disk is gone; nobody is told."""
        if self.is_on:
            self._world.tell((self.name, FAULT), "%s loses its power for %.0f s", self.name, down_s)
            self._end(power=True)
            self._world.after(down_s, self.boot)

    def lose_card(self, down_s: float) -> None:
        """The power goes, and comes back to an empty disk."""
        self.lose_power(down_s)
        if not self.is_on:
            self.disk.renew()

    def kill(self, after_s: float = RESTART_S) -> None:
        """The process is killed; its system lives, and starts it again."""
        if self.is_on:
            self._world.tell((self.name, FAULT), "%s is killed, and starts in %.1f s", self.name, after_s)
            self._end(power=False)
            self._world.after(after_s, self.boot)

    def end_somehow(self) -> None:
        """Now, for any reason. It is back before long, perhaps before a press is asked for again."""
        if self._rng.random() < 0.5 and not self.disk.is_lying:
            self.kill(self._rng.uniform(0.1, 4.0))
        else:
            self.lose_power(self._rng.uniform(0.1, 6.0))

    def die_soon(self, callbacks: int) -> None:
        """Lose the power between two of the next callbacks."""
        if self._loop is not None:
            self._loop.dies_after = callbacks

    def restart(self, after_s: float = 0.5) -> None:
        """The service stops in good order, and starts: a technician's doing, or its journal has failed."""
        loop, node = self._loop, self.node
        if not self.is_on or loop is None or node is None or loop.dead:
            return
        self._world.tell((self.name, FAULT), "%s is restarted", self.name)
        with loop.running():
            task = loop.create_task(node.stop())
        task.add_done_callback(partial(self._stopped, self.lives, after_s))

    def _stopped(self, life: int, after_s: float, task: asyncio.Task[None]) -> None:
        if life == self.lives and self.is_on:
            if not task.cancelled() and task.exception() is not None:
                self._failed(f"stopping raised {task.exception()!r}")
            self._end(power=False)
            self._world.after(after_s, self.boot)

    def calm_down(self) -> None:
        """No trouble any more. What was ordered for later will not happen."""
        self.cable.be_late(False)
        self.cable.up.free()
        self.cable.down.free()
        self.disk.calm_down()
        self.set_clock(0.0)
        if self._loop is not None:
            self._loop.dies_after = None
        self.boot()

    def _end(self, *, power: bool) -> None:
        self.is_on = False
        self.on_since_s, self.off_since_s = NOT_S, self._world.now_s
        self.boots += power
        self.node = None
        if self._loop is not None:
            self._loop.die()
        for connection in self._connections:
            connection.process_ended(power=power)
        self._connections = []
        for wire in self._wires.values():
            wire.close()
        self.disk.process_ended(power=power)
