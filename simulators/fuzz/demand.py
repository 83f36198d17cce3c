"""What is demanded of whoever reads bytes of others, whatever they are.

1. It raises its own error for them, or nothing.
2. After any bytes and a silence the next good frame is read, and read as it always is.
3. However much was given to it, it holds no more than so many bytes.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any, Final, NamedTuple

_NOT_HELD: Final = (type, ModuleType, FunctionType, BuiltinFunctionType, CodeType)


def nothing(*_: object) -> None:
    """For a decoder that keeps nothing between two inputs."""


class Decoder(NamedTuple):
    """One row of the table.

    `reads` are the functions and classes under test, as "module:name". `make` gives one to which nothing has
    come yet; `feed` gives it bytes and returns what came out of `good`, to be compared; `quiet` lets it see
    that nothing more comes. `error` is what it may raise. `seeds` are inputs to begin with.
    """

    name: str
    reads: tuple[str, ...]
    feed: Callable[[Any, bytes], object]
    good: bytes
    make: Callable[[], Any] = nothing
    quiet: Callable[[Any], object] = nothing
    error: tuple[type[Exception], ...] = ()
    seeds: tuple[bytes, ...] = ()
    holds_bytes: int = 65_536


class DeafError(AssertionError):
    """A good frame was not read as it always is."""


class Trial:
    """Puts inputs to a decoder: each to a fresh one, and all of them to one that lives on.

    One that keeps nothing, a function, is given each input once and whole.
    """

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self.inputs = 0
        self._answer = decoder.feed(decoder.make(), decoder.good)
        self._living = decoder.make()
        self._at_first = held_bytes(self._living)

    def __call__(self, data: bytes) -> None:
        """Raises what a decoder must not raise, or DeafError.

        The first byte of `data` says in what pieces the rest comes: 0, all at once.
        """
        self.inputs += 1
        if self.decoder.make is nothing:
            self._give(None, data[1:])
            return
        for one in (self.decoder.make(), self._living):
            for piece in pieces(data):
                self._give(one, piece)
            self.decoder.quiet(one)
            self.hear_good(one)

    def hear_good(self, one: Any) -> None:
        """Raises DeafError where `one` does not read the good frame as it always is."""
        read = self.decoder.feed(one, self.decoder.good)
        if read != self._answer:
            raise DeafError(f"a good frame was read as {read!r}, and not as {self._answer!r}")

    @property
    def grown_bytes(self) -> int:
        """How much more the one that lives on holds than at first."""
        return held_bytes(self._living) - self._at_first

    def _give(self, one: Any, data: bytes) -> None:
        try:
            self.decoder.feed(one, data)
        except self.decoder.error:
            pass


def pieces(data: bytes) -> list[bytes]:
    """An input as it comes from a wire."""
    size, rest = (data[0], data[1:]) if data else (0, b"")
    if not size:
        return [rest]
    return [rest[at : at + size] for at in range(0, len(rest), size)]


def held_bytes(thing: object) -> int:
    """What is reachable from a thing, code left out."""
    seen: set[int] = set()
    held, waiting = 0, [thing]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen and not isinstance(one, _NOT_HELD):
            seen.add(id(one))
            held += sys.getsizeof(one)
            waiting += gc.get_referents(one)
    return held
