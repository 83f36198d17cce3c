"""Twins on a bench, without broker or node: work them, make trouble, wait for what they show.

```
async with Bench(plan) as bench:
    await bench.do("keypad-3", "press", keys="next")
    bench.fault("printer", "paper_out", Order(after_bytes=200), for_s=10)
    await bench.device("strip-3").changed(lambda strip: "A001" in strip.face, timeout_s=5)
```
Everything lives on one event loop. `BenchThread` is the same for programs that have none.
"""

from __future__ import annotations

import asyncio
import difflib
import inspect
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulators.bench.hands import arguments_of
from simulators.bench.happenings import News
from simulators.bench.kinds import KINDS, PAPERS_MAX, Made
from simulators.bench.plan import BenchPlan, FaultPlan, PortPlan
from simulators.bench.ports import WirePort
from simulators.board.twin import BoardTwin
from simulators.device import Device
from simulators.folder_twin import FolderTwin
from simulators.pins.interface_socket import PinsTwin
from simulators.printer.twin import PrinterTwin
from simulators.trouble import NAMES, CannotBe, Order, unknown_fault
from simulators.twin import Twin
from simulators.wires.names import NameTaken


class Bench:
    """All twins of a plan. `devices` and `ports` by name; `news` tells what happens.

    `watchers` are called at once with each device and port that may look otherwise now; they must not wait.
    """

    def __init__(
        self, plan: BenchPlan, font: Path | None = None, papers_max: int | None = PAPERS_MAX
    ) -> None:
        """`font`: what the printers draw characters with; `papers_max`: how many papers each keeps."""
        self.plan = plan
        self.news = News()
        self.watchers: list[Callable[[Device], None]] = []
        self.devices: dict[str, Device] = {}
        self.ports: dict[str, WirePort] = {}
        self._others: list[PinsTwin | BoardTwin | FolderTwin] = []
        self._made = Made(font=font, papers_max=papers_max)
        self._stack = AsyncExitStack()
        self._begins: set[asyncio.TimerHandle] = set()
        self._ends: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._faces: dict[str, str] = {}
        self._papers: dict[str, int] = {}
        for port in plan.ports:
            self._build(port)
        self.devices = {one.id: self.devices[one.id] for one in plan.devices}
        for device in (*self.devices.values(), *self.ports.values()):
            device.on_change = partial(self._changed, device)
            self._faces[device.name] = device.face

    def device(self, name: str) -> Device:
        """A device or port by name. Raises CannotBe with the nearest right name."""
        found = self.devices.get(name) or self.ports.get(name)
        if found is None:
            known = [*self.devices, *self.ports]
            near = difflib.get_close_matches(name, known, 1, 0.6)
            hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(known)}"
            raise CannotBe(f'no device "{name}"; {hint}')
        return found

    def port_of(self, name: str) -> WirePort:
        """The wire of that name, or the one that a device hangs on. Raises CannotBe."""
        device = self.device(name)
        for port in self.ports.values():
            if device is port or device in port.line.twins:
                return port
        raise CannotBe(f"no bytes cross between {name} and its node")

    def look(self) -> dict[str, Any]:
        """Everything as it is now, in plain values."""
        return {
            name: {"kind": one.kind, "face": one.face, "troubles": _told(one), **one.look()}
            for name, one in (*self.ports.items(), *self.devices.items())
        }

    # --- life ----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Make the wires and switch everything on. Raises NameTaken, and nothing is left then."""
        self.news.begin()
        try:
            for port in self.ports.values():
                await port.start()
                self._stack.push_async_callback(port.stop)
            for other in self._others:
                await self._stack.enter_async_context(other)
        except BaseException:
            await self._stack.aclose()
            raise

    async def stop(self) -> None:
        """Take everything away. Twice is fine."""
        for timer in (*self._begins, *self._ends.values()):
            timer.cancel()
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # --- hands ---------------------------------------------------------------------------------------

    async def do(self, name: str, hand: str, /, **said: Any) -> Any:
        """Do what a person could do, and wait until it is done; returns what it brings, if anything.

        Raises CannotBe for a hand or a word that the device does not have, TimeoutError from waiting hands.
        """
        device = self.device(name)
        arguments = arguments_of(device, hand, said)
        self.news.tell("hand", name, did=hand, **arguments)
        done = getattr(device, hand)(**arguments)
        return await done if inspect.isawaitable(done) else done

    # --- trouble -------------------------------------------------------------------------------------

    def check_fault(self, name: str, fault: str, order: Order = Order()) -> None:
        """Raises CannotBe, with a plain sentence, for a fault that this device cannot have in this way."""
        if fault == "replug":
            self._plugged(name).check_trouble("unplug", order)
        elif fault in NAMES:
            self._troubled(name, fault).check_trouble(fault, order)
        else:
            raise CannotBe(unknown_fault(fault))

    def fault(self, name: str, fault: str, order: Order = Order(), for_s: float = 0.0) -> None:
        """Something goes wrong now, and is mended after `for_s`; 0 = never. Raises CannotBe, NameTaken."""
        self.check_fault(name, fault, order)
        if fault == "replug":
            self._replug(name, order.url)
            return
        device = self._troubled(name, fault)
        self._no_end(device, fault)
        device.trouble(fault, order)
        self.news.tell("fault", name, fault=fault, on=True, **order.told())
        if for_s:
            loop = asyncio.get_running_loop()
            end = loop.call_later(for_s, self._by_script, name, partial(self.mend, name, fault))
            self._ends[device.name, fault] = end

    def mend(self, name: str, fault: str) -> None:
        """It is well again; nothing where it did not have that fault. Raises CannotBe, NameTaken."""
        self.check_fault(name, fault)
        device = self._troubled(name, fault)
        self._no_end(device, fault)
        if fault in device.troubles:
            device.mend(fault)
            self.news.tell("fault", name, fault=fault, on=False)

    def run(self, script: Iterable[FaultPlan]) -> None:
        """Let faults come at their times from now. Raises CannotBe at once for one that cannot be."""
        faults = list(script)
        for one in faults:
            self.check_fault(one.device, one.fault, one.order)
        loop = asyncio.get_running_loop()
        for one in faults:
            begin = partial(self.fault, one.device, one.fault, one.order, one.for_s)
            self._begins.add(loop.call_later(one.at_s, self._by_script, one.device, begin))

    def _by_script(self, name: str, action: Callable[[], None]) -> None:
        try:
            action()
        except (CannotBe, NameTaken) as error:
            self.news.tell("refused", name, why=str(error))

    def _no_end(self, device: Device, fault: str) -> None:
        """An end that was set for an earlier fault of the same name is not this one's."""
        end = self._ends.pop((device.name, fault), None)
        if end is not None:
            end.cancel()

    def _replug(self, name: str, url: str) -> None:
        device = self._plugged(name)
        if isinstance(device, WirePort) and url:
            device.come_back_at(url)
        self.mend(name, "unplug")

    def _plugged(self, name: str) -> Device:
        return self._troubled(name, "unplug")

    def _troubled(self, name: str, fault: str) -> Device:
        """Whose fault it is: a device alone on its wire takes the port with it when it is unplugged."""
        device = self.device(name)
        if fault in ("unplug", "replug"):
            for port in self.ports.values():
                if port.line.twins == [device]:
                    return port
        return device

    # --- building and watching -----------------------------------------------------------------------

    def _build(self, port: PortPlan) -> None:
        plans = [one for one in self.plan.devices if one.port == port.id]
        made = self._far_end(port)
        devices = [KINDS[one.kind].build(one.id, one.settings, made) for one in plans]
        self.devices.update({device.name: device for device in devices})
        self._others.extend(device for device in devices if isinstance(device, BoardTwin | FolderTwin))
        twins = [device for device in devices if isinstance(device, Twin)]
        if twins:
            self.ports[port.id] = WirePort(port, twins, self.news)

    def _far_end(self, port: PortPlan) -> Made:
        if port.scheme == "mock-gpio:":
            pins = PinsTwin(port.place)
            self._others.append(pins)
            return self._made._replace(pins=pins)
        if port.scheme == "framebuffer:":
            folder = Path(port.place)
            folder.mkdir(parents=True, exist_ok=True)
            return self._made._replace(folder=folder)
        if port.scheme == "file:":
            return self._made._replace(file=Path(port.place))
        if port.scheme == "wav:":
            return self._made._replace(folder=Path(port.place))
        return self._made

    def _changed(self, device: Device) -> None:
        for watcher in self.watchers:
            watcher(device)
        if self.news.listeners and (face := device.face) != self._faces.get(device.name):
            self._faces[device.name] = face
            self.news.tell("face", device.name, face=face)
        if isinstance(device, PrinterTwin):
            self._look_for_paper(device)

    def _look_for_paper(self, printer: PrinterTwin) -> None:
        model = printer.model
        count = model.forgotten + len(model.papers)
        for at in range(self._papers.get(printer.name, 0), count):
            if at >= model.forgotten:
                self.news.tell("paper", printer.name, **model.papers[at - model.forgotten].look())
        self._papers[printer.name] = count


def _told(device: Device) -> dict[str, Any]:
    return {name: order.told() for name, order in device.troubles.items()}
