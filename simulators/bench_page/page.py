"""The bench in the browser: a page that shows a running hall as it is built, and works it.

It watches what is there: the twins of this process, the children that are nodes and broker, and the broker
through the observer. While no page is open it watches nothing. Changes are gathered for a tick and told
once; values are compared, so that nothing is told twice, and nothing at all while nothing changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from display.fonts import DATA
from edge.broker import BrokerFailed
from edge.web import files
from simulators.bench.happenings import Happening
from simulators.bench.ports import WirePort
from simulators.bench.requests import answer
from simulators.bench_page.course import Courses
from simulators.bench_page.frames import Reader
from simulators.bench_page.looks import STRIP_DOTS, look_of
from simulators.bench_page.outputs import Outputs
from simulators.bench_page.session import Session
from simulators.bench_page.told import hall_of
from simulators.demo.observer import Observer
from simulators.demo.plan import SPEEDS, DemoPlan
from simulators.demo.processes import NodeProcess, Processes
from simulators.demo.stage import Stage
from simulators.device import Device

PAGE: Final = Path(__file__).parent / "browser"
TICK_S: Final = 1 / 30
PAGES_MAX: Final = 16
_OWN: Final = ("monitor", "kill_broker", "start_broker", "set_speed")


class _Asked(msgspec.Struct):
    """What a page asks of the page's own; other keys are the bench's."""

    do: str = ""
    id: int = 0
    node: str = ""
    port: str = ""
    speed: float = 0.0


class BenchPage:
    """`routes` are what to serve, `sessions` the open pages. Made on the loop that everything lives on."""

    def __init__(self, plan: DemoPlan, stage: Stage, processes: Processes, observer: Observer) -> None:
        self._stage, self._processes, self._observer = stage, processes, observer
        self._bench = stage.bench
        self._hall = hall_of(plan, stage)
        self.sessions: set[Session] = set()
        self._values: dict[str, Callable[[], Any]] = {}
        self._told: dict[str, Any] = {}
        self._dirty: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._ticked_s = 0.0
        self._readers: dict[str, Reader] = {}
        self._outputs = Outputs(stage)
        self._courses = Courses(plan.site, stage, self._clock_s, self._pressed)
        self._hall["places"] = sorted(self._courses.places)
        self._name_values()

    @property
    def routes(self) -> list[BaseRoute]:
        """For the web server."""
        return [
            WebSocketRoute("/live", self._live),
            *self._outputs.routes,
            files("/font", DATA),
            files("/", PAGE),
        ]

    # --- what is told --------------------------------------------------------------------------------

    def _name_values(self) -> None:
        """Each value that may change, by its key, and how to look at it."""
        for device in (*self._bench.devices.values(), *self._bench.ports.values()):
            size = tuple(self._hall["devices"].get(device.name, {}).get("dots", STRIP_DOTS))
            self._values[f"device/{device.name}"] = partial(look_of, device, size)
        for name in self._hall["devices"]:
            self._values[f"state/{name}"] = partial(self._state, name)
        for name in self._hall["nodes"]:
            self._values[f"node/{name}"] = partial(self._node, name)
        self._values["broker"] = self._broker
        self._values["time"] = self._time
        for place in self._courses.places:
            self._values[f"presses/{place}"] = partial(self._courses.told, place)

    def _node(self, name: str) -> dict[str, Any]:
        process = self._process(name)
        return {
            "life": self._observer.lives.get(name, ""),
            "runs": process is not None and process.runs,
            "code": process.code if process else None,
            "last": process.last[:200] if process else "",
        }

    def _state(self, device: str) -> dict[str, Any]:
        """How its node says that it is."""
        body = self._observer.devices.get(device, {})
        return {key: body.get(key, "") for key in ("state", "code", "detail")}

    def _broker(self) -> dict[str, Any]:
        broker = self._processes.broker
        return {"kind": broker.kind, "port": broker.port, "runs": broker.alive} if broker else {}

    def _time(self) -> list[dict[str, float]]:
        """How hall time runs, and will in a moment."""
        return [run._asdict() for run in self._processes.pace.runs]

    def _process(self, name: str) -> NodeProcess | None:
        return next((one for one in self._processes.nodes if one.name == name), None)

    def _touch(self, key: str) -> None:
        """It may be another value now; told with the next tick."""
        self._dirty.add(key)
        self._tick_soon()

    def _tick_soon(self) -> None:
        """At once after a rest, and never sooner than a tick after the last."""
        if self._timer is None and self.sessions:
            at_s = max(self._ticked_s + TICK_S, self._clock_s())
            self._timer = asyncio.get_running_loop().call_at(at_s, self._tick)

    def _tick(self) -> None:
        self._timer, self._ticked_s = None, self._clock_s()
        dirty, self._dirty = self._dirty, set()
        changes: dict[str, Any] = {}
        for key in dirty:
            value = self._values[key]()
            if self._told.get(key) != value:
                changes[key] = self._told[key] = value
        for session in self.sessions:
            session.tell(changes)
            session.flush()

    # --- what happens --------------------------------------------------------------------------------

    def _begin_watching(self) -> None:
        """The first page was opened."""
        self._bench.watchers.append(self._device)
        self._bench.news.listeners.append(self._happened)
        self._observer.listeners.append(self._heard)
        for node in self._processes.nodes:
            node.on_change = partial(self._touch, f"node/{node.name}")
        self._processes.on_broker = partial(self._touch, "broker")
        self._dirty = set(self._values)
        self._tick()

    def _end_watching(self) -> None:
        """The last page was closed."""
        self._bench.watchers.remove(self._device)
        self._bench.news.listeners.remove(self._happened)
        self._observer.listeners.remove(self._heard)
        for node in self._processes.nodes:
            node.on_change = lambda: None
        self._processes.on_broker = lambda: None
        self._readers.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _device(self, device: Device) -> None:
        self._touch(f"device/{device.name}")
        self._courses.look(device)

    def _pressed(self, place: str) -> None:
        self._touch(f"presses/{place}")

    def _heard(self, levels: list[str], body: dict[str, Any]) -> None:
        if levels[1:] == ["life"]:
            self._touch(f"node/{levels[0]}")
        elif len(levels) == 3 and levels[1] == "device" and f"state/{levels[2]}" in self._values:
            self._touch(f"state/{levels[2]}")
        self._courses.heard(levels, body)

    def _happened(self, happening: Happening) -> None:
        """Bytes, for the pages that monitor their port."""
        if happening.event != "bytes":
            return
        reading = [session for session in self.sessions if session.monitors == happening.of]
        if reading:
            line = self._line(happening.of, happening.more["way"], bytes.fromhex(happening.more["hex"]))
            for session in reading:
                session.tell_line(line)
            self._tick_soon()

    def _line(self, port: str, way: str, data: bytes) -> dict[str, Any]:
        reader = self._readers.get(port)
        if reader is None:
            reader = self._readers[port] = Reader(self._bench.ports[port].line.twins)
        now_s = self._clock_s()
        return {"at": round(now_s, 4), "way": way, "hex": data.hex(), "frames": reader.read(way, data, now_s)}

    # --- pages ---------------------------------------------------------------------------------------

    async def _live(self, socket: WebSocket) -> None:
        if len(self.sessions) >= PAGES_MAX:
            await socket.close(1013)
            return
        session = Session(socket, self._answer)
        if not self.sessions:
            self._begin_watching()
        session.tell(self._told)
        session.flush()
        self.sessions.add(session)
        try:
            await session.run(self._hall)
        finally:
            self.sessions.discard(session)
            if not self.sessions:
                self._end_watching()

    async def _answer(self, session: Session, line: bytes) -> dict[str, Any]:
        """What the page asks of itself and of the processes; all else is the bench's."""
        try:
            asked = msgspec.json.decode(line, type=_Asked)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            asked = _Asked()
        if asked.do not in _OWN and not (asked.do in ("kill", "start") and asked.node):
            reply = await answer(self._bench, line)
            reply.pop("follow", None)
            return reply
        try:
            await self._do(session, asked)
        except (BrokerFailed, OSError, LookupError) as error:
            return {"id": asked.id, "ok": False, "error": str(error)}
        return {"id": asked.id, "ok": True}

    async def _do(self, session: Session, asked: _Asked) -> None:
        match asked.do:
            case "monitor":
                self._monitor(session, asked.port)
            case "kill_broker":
                await self._processes.kill_broker()
            case "start_broker":
                await self._processes.start_broker()
            case "set_speed":
                self._set_speed(asked.speed)
            case what:
                process = self._process(asked.node)
                if process is None:
                    raise LookupError(f'there is no node "{asked.node}"')
                await (process.kill() if what == "kill" else process.start())

    def _set_speed(self, speed: float) -> None:
        least, most = SPEEDS
        if not least <= speed <= most:
            raise LookupError(f"speed is {least:g} to {most:g}, and not {speed:g}")
        self._processes.set_speed(speed)
        self._touch("time")

    def _monitor(self, session: Session, port: str) -> None:
        """From now on, and what crossed last."""
        found = self._bench.ports.get(port)
        session.monitors = port if isinstance(found, WirePort) else ""
        if found is not None:
            reader = Reader(found.line.twins)
            for at_s, way, data in found.recent:
                frames = reader.read(way, data, at_s)
                session.tell_line({"at": round(at_s, 4), "way": way, "hex": data.hex(), "frames": frames})

    def _clock_s(self) -> float:
        return asyncio.get_running_loop().time()
