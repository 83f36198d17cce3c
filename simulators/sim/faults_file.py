"""A script of faults, from text to `FaultPlan`s, checked against the bench it is for."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from edge.settings.lines import Path
from edge.settings.problems import SettingsError, did_you_mean, in_order
from edge.settings.read import Reader, fields_of
from edge.settings.toml_text import read_tables, read_text
from simulators.bench.bench import Bench
from simulators.bench.plan import FaultPlan, Name
from simulators.sim.bench_file import rows_of
from simulators.trouble import CannotBe, Order

DAY_S = 86_400


class FaultTable(Struct, frozen=True, kw_only=True):
    """`[[faults]]`: one fault; what it is told are the keys of `Order`."""

    at_s: Annotated[float, Meta(ge=0, le=DAY_S), Meta(description="seconds after the start")]
    device: Annotated[Name, Meta(description="id of a device, or of a port")]
    fault: Annotated[
        str, Meta(min_length=1, max_length=32), Meta(description="which; see the table of faults")
    ]
    for_s: Annotated[float, Meta(ge=0, le=DAY_S), Meta(description="mended after so long; 0 = never")] = 0.0


class Script(NamedTuple):
    """Faults, each with where it stands, and who says what is wrong there."""

    faults: tuple[FaultPlan, ...]
    places: tuple[tuple[Path, str], ...]
    reader: Reader

    def check(self, bench: Bench) -> None:
        """Raises SettingsError with every fault that cannot be on this bench."""
        for fault, (path, where) in zip(self.faults, self.places, strict=True):
            try:
                bench.check_fault(fault.device, fault.fault, fault.order)
            except CannotBe as refusal:
                self.reader.say(path, where, str(refusal))
        if self.reader.problems:
            raise SettingsError(in_order(self.reader.problems))


def load_script(path: str | FilePath) -> Script:
    """Read a script. Raises SettingsError with every error that shows without a bench."""
    return parse_script(read_text(path), str(path))


def parse_script(text: str, file: str) -> Script:
    """As `load_script`, for text. Raises SettingsError, and never anything else."""
    raw, reader = read_tables(text, file)
    for name in raw:
        if name != "faults":
            reader.say((name,), "", f'unknown table "{name}"', did_you_mean(name, ["faults"]))
    faults: list[FaultPlan] = []
    places: list[tuple[Path, str]] = []
    for path, where, table in rows_of(raw, "faults", reader):
        misspelt = reader.unknown_keys(table, [*fields_of(FaultTable), *fields_of(Order)], path, where)
        head = reader.part(FaultTable, table, path, where, misspelt)
        order = reader.part(Order, table, path, where, misspelt)
        if head is not None and order is not None:
            faults.append(
                FaultPlan(at_s=head.at_s, device=head.device, fault=head.fault, for_s=head.for_s, order=order)
            )
            places.append((path, where))
    if reader.problems:
        raise SettingsError(in_order(reader.problems))
    return Script(tuple(faults), tuple(places), reader)
