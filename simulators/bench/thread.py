"""A bench on a thread of its own, for programs and tests that have no event loop.

```
with BenchThread(plan) as bench:
    bench.do("keypad-3", "press", keys="next")
    bench.wait("strip-3", lambda strip: "A001" in strip.face, timeout_s=5)
```
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from simulators.bench.bench import Bench
from simulators.bench.plan import BenchPlan, FaultPlan
from simulators.device import Device
from simulators.trouble import Order

CALL_S: Final = 30.0  # a call that is not asked to wait is done at once


class BenchThread:
    """Every call waits until it is done. Errors are raised here, as the bench raises them."""

    def __init__(self, plan: BenchPlan, font: Path | None = None) -> None:
        self._plan = plan
        self._font = font
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bench", daemon=True)
        self._bench: Bench | None = None

    def __enter__(self) -> Self:
        """Raises NameTaken."""
        self._thread.start()
        try:
            self._bench = self._wait(self._start(), CALL_S)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.call(lambda bench: bench.stop())
        finally:
            self._end()

    def call(self, work: Callable[[Bench], Any], timeout_s: float = CALL_S) -> Any:
        """Do anything with the bench, on its thread; a coroutine is waited for. Raises TimeoutError."""

        async def whole() -> Any:
            if self._bench is None:
                raise RuntimeError("the bench is not started: use it as `with BenchThread(...) as bench`")
            done = work(self._bench)
            return await done if inspect.isawaitable(done) else done

        return self._wait(whole(), timeout_s)

    def do(self, name: str, hand: str, /, **said: Any) -> Any:
        """As `Bench.do`. A hand that waits is told how long by its own `timeout_s`."""
        patience_s = CALL_S + float(said.get("timeout_s", 0))
        return self.call(lambda bench: bench.do(name, hand, **said), patience_s)

    def fault(self, name: str, fault: str, order: Order = Order(), for_s: float = 0.0) -> None:
        """As `Bench.fault`."""
        self.call(lambda bench: bench.fault(name, fault, order, for_s))

    def mend(self, name: str, fault: str) -> None:
        """As `Bench.mend`."""
        self.call(lambda bench: bench.mend(name, fault))

    def run(self, script: Iterable[FaultPlan]) -> None:
        """As `Bench.run`."""
        self.call(lambda bench: bench.run(script))

    def look(self, name: str) -> dict[str, Any]:
        """One device or port as it is now."""
        seen: dict[str, Any] = self.call(lambda bench: bench.look()[bench.device(name).name])
        return seen

    def face(self, name: str) -> str:
        """What a person in front of it sees."""
        return str(self.call(lambda bench: bench.device(name).face))

    def wait(self, name: str, predicate: Callable[[Any], object], timeout_s: float = 5.0) -> None:
        """Wait until `predicate(device)`, called on the bench's thread, holds. Raises TimeoutError."""

        async def seen(bench: Bench) -> Device:
            return await bench.device(name).changed(predicate, timeout_s)

        self.call(seen, timeout_s + CALL_S)

    async def _start(self) -> Bench:
        bench = Bench(self._plan, self._font)
        await bench.start()
        return bench

    def _wait(self, work: Any, timeout_s: float) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
