"""An asyncio loop in virtual time: one process of the world.

It has what a node uses: callbacks, timers, tasks, and descriptors that are no more than numbers (`poke`). Its
clock is monotonic and starts anew with each process. When a process dies, nothing of it ever runs again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from typing import Any

from simulators.torture.world import Entry, World

IGNORED = ("Task was destroyed", "Task exception was never", "Future exception was never")
"""Said by the garbage collector, whose moment is no matter of the seed; what failed was heard of before."""


class _Handle:
    """A callback that waits for its turn."""

    __slots__ = ("args", "callback", "entry", "loop", "when_s")

    def __init__(self, loop: Loop, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.loop = loop
        self.callback: Callable[..., object] | None = callback
        self.args = args
        self.entry: Entry | None = None
        self.when_s = 0.0

    def cancel(self) -> None:
        self.callback, self.args = None, ()
        if self.entry is not None:
            self.entry.cancel()

    def cancelled(self) -> bool:
        return self.callback is None

    def when(self) -> float:
        return self.when_s


class Loop(asyncio.AbstractEventLoop):
    """`on_error(text)` hears of every exception that nobody caught. `starts_s`: its clock when it starts."""

    def __init__(
        self, world: World, name: str, on_error: Callable[[str], None], starts_s: float = 0.0
    ) -> None:
        self.name = name
        self.dead = False
        self.dies_after: int | None = None
        self.on_death: Callable[[], None] = lambda: None
        self._world = world
        self._on_error = on_error
        self._offset_s = starts_s - world.now_s
        self._now_s = starts_s
        self._ready: deque[_Handle] = deque()
        self._is_awake = False
        self._readers: dict[int, Callable[[], None]] = {}
        self._writers: dict[int, Callable[[], None]] = {}
        self._writing: set[int] = set()
        self._tasks: list[asyncio.Task[Any]] = []

    # --- the world's side ------------------------------------------------------------------------------

    def turn(self) -> None:
        """Run what is ready now; what that makes ready has its turn after the others."""
        self._is_awake = False
        if self.dead:
            return
        self._look_at_the_clock()
        ready = self._ready
        asyncio._set_running_loop(self)
        try:
            for _ in range(len(ready)):
                self._run(ready.popleft())
                if self.dies_after is not None and self._dies_now():
                    return
        finally:
            asyncio._set_running_loop(None)
        if ready:
            self._wake()

    @contextmanager
    def running(self) -> Iterator[None]:
        """It is the loop that runs, as far as asyncio is asked."""
        asyncio._set_running_loop(self)
        try:
            yield
        finally:
            asyncio._set_running_loop(None)

    def die(self) -> None:
        """The process is no more."""
        self.dead = True
        self._ready.clear()
        self._readers.clear()
        self._writers.clear()

    def bury(self) -> None:
        """After the run: let go of the tasks. What they still do then reaches nobody."""
        self.die()
        with self.running():
            for task in self._tasks:
                with suppress(Exception):
                    task.get_coro().close()
        self._tasks.clear()

    def _dies_now(self) -> bool:
        """A death that was ordered between two callbacks."""
        self.dies_after = (self.dies_after or 0) - 1
        if self.dies_after < 0:
            self.dies_after = None
            self.on_death()
        return self.dead

    def _run(self, handle: _Handle) -> None:
        callback, args = handle.callback, handle.args
        if callback is None:
            return
        try:
            callback(*args)
        except Exception as error:
            self.call_exception_handler({"message": f"{callback} failed", "exception": error})

    def _look_at_the_clock(self) -> None:
        self._now_s = max(self._now_s, self._world.now_s + self._offset_s)

    def _wake(self) -> None:
        if not self._is_awake and not self.dead:
            self._is_awake = True
            self._world.wake(self)

    # --- what asyncio and the product ask ---------------------------------------------------------------

    def time(self) -> float:
        return self._now_s

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Handle:
        handle = _Handle(self, callback, args)
        if not self.dead:
            self._ready.append(handle)
            self._wake()
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Handle:
        self._look_at_the_clock()
        return self.call_at(self._now_s + delay, callback, *args)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Handle:
        handle = _Handle(self, callback, args)
        handle.when_s = when
        handle.entry = self._world.at(when - self._offset_s, self._due, handle)
        return handle

    def _due(self, handle: _Handle) -> None:
        if not self.dead and handle.callback is not None:
            self._now_s = max(self._now_s, handle.when_s)  # not a rounding error too early
            self._ready.append(handle)
            self._wake()

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name)
        self._tasks = [one for one in self._tasks if not one.done()]
        self._tasks.append(task)  # kept also when the process is dead: a task that is dropped runs once more
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return not self.dead

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not str(context.get("message", "")).startswith(IGNORED):
            self._on_error(f"{context.get('message')}: {context.get('exception')!r}")

    # --- descriptors ------------------------------------------------------------------------------------

    def add_reader(  # type: ignore[override]
        self, fd: Any, callback: Callable[..., Any], *args: Any
    ) -> None:
        self._readers[fd] = lambda: callback(*args)

    def remove_reader(self, fd: Any) -> bool:
        return self._readers.pop(fd, None) is not None

    def add_writer(  # type: ignore[override]
        self, fd: Any, callback: Callable[..., Any], *args: Any
    ) -> None:
        self._writers[fd] = lambda: callback(*args)
        self._write_soon(fd)

    def remove_writer(self, fd: Any) -> bool:
        return self._writers.pop(fd, None) is not None

    def poke(self, fd: int) -> None:
        """There is something to read at `fd`."""
        if fd in self._readers:
            self.call_soon(self._read, fd)

    def _read(self, fd: int) -> None:
        reader = self._readers.get(fd)
        if reader is not None:
            reader()

    def _write_soon(self, fd: int) -> None:
        """Descriptors here always take bytes."""
        if fd not in self._writing:
            self._writing.add(fd)
            self.call_soon(self._write, fd)

    def _write(self, fd: int) -> None:
        self._writing.discard(fd)
        writer = self._writers.get(fd)
        if writer is not None:
            writer()
            if fd in self._writers:
                self._write_soon(fd)
