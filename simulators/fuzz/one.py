"""One decoder under atheris, in a process of its own: it ends by itself and prints what came of it as JSON.

python -m simulators.fuzz.one NAME CORPUS SECONDS INPUTS SEED
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from simulators.fuzz.demand import Trial

ROOMS: Final = ("devices", "display", "edge", "mqtt_bridge", "simulators")
INPUT_MAX_BYTES: Final = 4096
SLOW_S: Final = 60  # an input that takes so long is a defect
GROWTH_MAX_BYTES: Final = 64 << 20  # of the process after its first tenth; the corpus of the fuzzer is in it
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


def main() -> NoReturn:
    """Never returns: the fuzzer does not."""
    import atheris

    name, corpus, seconds, inputs, seed = sys.argv[1:]
    with atheris.instrument_imports(include=[*ROOMS]):
        from simulators.fuzz.demand import Trial
        from simulators.fuzz.table import decoders
    for room in ROOMS:
        log = logging.getLogger(room if room != "edge" else "hall")
        log.addHandler(logging.NullHandler())
        log.propagate = False
    trial = Trial(decoders()[name])
    sow(Path(corpus), (trial.decoder.good, *trial.decoder.seeds))
    options = [f"-seed={seed}", f"-max_len={INPUT_MAX_BYTES}", f"-timeout={SLOW_S}", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, corpus], Run(trial, float(seconds), int(inputs)))
    atheris.Fuzz()
    raise SystemExit(1)


class Run:
    """Inputs, until the time is over or there were so many, or one broke the decoder."""

    def __init__(self, trial: Trial, seconds: float, inputs: int) -> None:
        self._trial = trial
        self._began_s = time.monotonic()
        self._end_s = self._began_s + seconds
        self._early_s = self._began_s + seconds / 10
        self._inputs = inputs
        self._at_first_bytes: int | None = None

    def __call__(self, data: bytes) -> None:
        """One input of the fuzzer."""
        try:
            self._trial(data)
        except Exception as error:
            self._end(f"{type(error).__name__}: {error}", data)
        now_s = time.monotonic()
        if self._at_first_bytes is None and now_s >= self._early_s:
            self._at_first_bytes = resident_bytes()
        if now_s >= self._end_s or self._trial.inputs >= self._inputs:
            self._end(self._grown())

    def _grown(self) -> str:
        """A sentence where memory has grown, or ""."""
        decoder, grown = self._trial.decoder, self._trial.grown_bytes
        if grown > decoder.holds_bytes:
            return f"it holds {grown} bytes more than at first, {decoder.holds_bytes} allowed"
        process = resident_bytes() - (self._at_first_bytes or resident_bytes())
        return f"the process has grown by {process} bytes" if process > GROWTH_MAX_BYTES else ""

    def _end(self, broken: str, data: bytes = b"") -> NoReturn:
        report = {"inputs": self._trial.inputs, "broken": broken[:500], "input": data.hex()}
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()
        os._exit(1 if broken else 0)


def sow(corpus: Path, seeds: tuple[bytes, ...]) -> None:
    """Inputs to begin with, in two ways of arriving."""
    corpus.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(seeds):
        for size in (0, 1):
            (corpus / f"seed-{at}-{size}").write_bytes(bytes([size]) + seed)


def resident_bytes() -> int:
    """What this process has in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


if __name__ == "__main__":
    main()
