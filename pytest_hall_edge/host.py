"""The process that holds twins, brokers and halls, started by the first fixture that needs one.

It is not told where the tests are: the folders of a tested project, whatever their names, are not on its
path, and nothing of hall-edge but this small package is on theirs.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pytest_hall_edge.bench import Bench
from pytest_hall_edge.errors import HostGone, Refused
from pytest_hall_edge.lines import exchange, read_line

ROOT: Final = Path(__file__).resolve().parent.parent  # where hall-edge is installed
OURS: Final = ("simulators", "edge", "mqtt_bridge", "devices", "display")
STOP_S: Final = 30.0  # a hall that ends writes down what it has
LAST_WORDS_BYTES: Final = 4000


class Host:
    """`with Host() as host`: nothing is left afterwards, however the tests end."""

    def __enter__(self) -> Self:
        """Raises HostGone."""
        self._link, theirs = socket.socketpair()
        self._words = tempfile.TemporaryFile()
        self._lock = threading.Lock()
        self._counter = itertools.count(1)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "simulators.testing", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=self._words,
                stderr=self._words,
                pass_fds=(theirs.fileno(),),
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the tests; it ends after them
            )
        try:
            self._folder = Path(self._answer(lambda: read_line(self._link))["folder"])
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @contextlib.contextmanager
    def bench(self, tables: dict[str, list[dict[str, Any]]]) -> Iterator[Bench]:
        """Twins by the tables of a bench file; a port without a url gets a pty. Raises Refused, HostGone."""
        at = self._new_folder()
        for port in tables["ports"]:
            port.setdefault("url", str(at / port["id"]))
        with self.opened("bench", at, toml=_toml(tables)) as made:
            yield Bench(at / "control", made["devices"])

    @contextlib.contextmanager
    def opened(self, do: str, at: Path | None = None, **said: Any) -> Iterator[dict[str, Any]]:
        """Whatever can be opened: what the host answers, and `at`. Raises Refused, HostGone."""
        at = at or self._new_folder()
        made = self.ask(do, at, **said)
        try:
            yield {**made, "at": at}
        finally:
            self.ask("close", at)

    def ask(self, do: str, at: Path, **said: Any) -> dict[str, Any]:
        """One request to the host itself. Raises Refused, HostGone."""
        with self._lock:
            answer = self._answer(lambda: exchange(self._link, {"do": do, "at": str(at), **said}))
        if not answer["ok"]:
            raise Refused(answer["error"])
        return answer

    def _answer(self, work: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = work()
        except OSError as error:
            raise HostGone(
                f"the process of the twins does not answer: {error}\n{self._last_words()}"
            ) from error
        return answer

    def _new_folder(self) -> Path:
        return self._folder / str(next(self._counter))

    def _last_words(self) -> str:
        self._words.seek(0)
        return self._words.read()[-LAST_WORDS_BYTES:].decode("utf-8", "replace")

    def _end(self) -> None:
        """It ends when its socket is closed; and if it does not, it is ended."""
        self._link.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._words.close()


def _environment() -> dict[str, str]:
    """Ours, without places on the path where a folder of the tested project would be taken for ours."""
    environ = {**os.environ, "PYTHONSAFEPATH": "1"}
    places = [place for place in environ.pop("PYTHONPATH", "").split(os.pathsep) if place]
    kept = [place for place in places if Path(place).resolve() == ROOT or not _hides_ours(Path(place))]
    return {**environ, "PYTHONPATH": os.pathsep.join(kept)} if kept else environ


def _hides_ours(place: Path) -> bool:
    return any((place / name).is_dir() or (place / f"{name}.py").is_file() for name in OURS)


def _toml(tables: dict[str, list[dict[str, Any]]]) -> str:
    lines: list[str] = []
    for name, rows in tables.items():
        for row in rows:
            lines += [f"[[{name}]]", *(f"{key} = {_value(key, value)}" for key, value in row.items())]
    return "\n".join(lines) + "\n"


def _value(key: str, value: Any) -> str:
    """A value as TOML has it. Raises Refused for what no setting is."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str() if value.isprintable():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
    raise Refused(f"{key} cannot be {value!r}: a setting is a number, a text of one line, True or False")
