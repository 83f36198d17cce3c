"""How an office goes on after a cut: it delivers what was kept, issues numbers, and takes a rating."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from edge.journal import JournalError
from edge.passing import SAYS
from mqtt_bridge import messages as m
from simulators.powercut.office import NEXT_BOOT, Office
from simulators.powercut.witness import Witness

NEW_LEVEL = 4
STARTS = 3
"""A process that ends because of its store is started again by its service manager."""


class After(NamedTuple):
    """How an office goes on. Visits are (visit, number), ratings (visit, window, level).

    `noticed` is what it said in its log by itself: warnings and errors, but for the numbers that every cut
    costs. `callable` are those, by day, letters and count.
    """

    fault: str = ""
    noticed: tuple[str, ...] = ()
    epoch: int = 0
    numbers: tuple[tuple[str, str], ...] = ()
    known: frozenset[Any] = frozenset()
    rated: frozenset[Any] = frozenset()
    callable: frozenset[tuple[str, str, int]] = frozenset()


class _Ear(logging.Handler):
    """Hears what the product says by itself."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg != SAYS:
            self.said.append(record.getMessage())


def go_on(folder: Path, now_s: float, boot: str = NEXT_BOOT) -> After:
    """Start an office on the files of `folder`: deliver what was kept, issue, call and rate; then look."""
    ear, log = _Ear(), logging.getLogger("hall")
    log.addHandler(ear)
    try:
        after = _started(folder, now_s, boot)
        for start in range(STARTS - 1):
            if after.fault.startswith("refused"):
                folder = _elsewhere(folder, f"again-{start}")  # the old process's locks end with it
                after = _started(folder, now_s, boot)
    finally:
        log.removeHandler(ear)
    return after._replace(noticed=tuple(ear.said))


def _started(folder: Path, now_s: float, boot: str) -> After:
    return asyncio.run(_go_on(Office(folder, Witness([]), now_s, watched=False, boot=boot)))


def _elsewhere(folder: Path, name: str) -> Path:
    place = folder.with_name(name)
    shutil.rmtree(place, ignore_errors=True)
    return Path(shutil.copytree(folder, place))


async def _go_on(office: Office) -> After:
    try:
        await office.start()
    except JournalError as error:
        return After(f"refused: {error}")
    except Exception as error:  # whatever the product lets through at its start ends the process
        return After(f"crashed: {type(error).__name__}: {error}")
    try:
        return await _work(office)
    except TimeoutError:
        return After("stuck: what was kept is not delivered")
    except JournalError as error:
        return After(f"refused: {error}")
    except Exception as error:  # what cannot be read was not looked at by the product either
        return After(f"damaged: it goes on all the same: {type(error).__name__}: {error}")
    finally:
        await office.stop()


async def _work(office: Office) -> After:
    for service in ("pension", "invoice"):
        await office.ask(m.TakeNumber, service=service)
    await office.ask(m.Login, window="1", clerk="101")
    await office.ask(m.CallNext, window="1")
    await office.ask(m.AskRating, window="1")
    visit = office.windows["1"].visit
    await office.keep(m.Rated("", "", office.at_ms(), visit, "1", NEW_LEVEL))
    await office.settle()
    books = await office.books()
    told = office.witness
    return After(
        fault="" if (visit, "1", NEW_LEVEL) in books.ratings else "swallowed: a rating given after it",
        epoch=int(told.epochs[-1].what),
        numbers=tuple(one.what for one in told.numbers),
        known=books.numbers,
        rated=books.ratings,
        callable=office.callable(),
    )
