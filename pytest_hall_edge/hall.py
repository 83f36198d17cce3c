"""A broker, and a whole running hall, as a test holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pytest_hall_edge.bench import Bench
from pytest_hall_edge.devices import device_of
from pytest_hall_edge.host import Host

LOG_LINES_TOLD: Final = 5  # of each node


class Broker:
    """An MQTT broker on a free port of loopback: `url`, `host`, `port`."""

    def __init__(self, host: Host, made: dict[str, Any]) -> None:
        self.host: str = made["host"]
        self.port: int = made["port"]
        self._at: Path = made["at"]
        self._host = host

    @property
    def url(self) -> str:
        """`mqtt://host:port`."""
        return f"mqtt://{self.host}:{self.port}"

    def stop(self) -> None:
        """It is away; its clients lose their connections. Twice is fine."""
        self._host.ask("close", self._at)

    def start(self) -> None:
        """It is there again, at the same port, and remembers nothing."""
        self.stop()
        self._host.ask("broker", self._at, port=self.port)


class Hall:
    """A hall that runs: `hall["keypad"].press("next")`.

    `url`, `host` and `port` are its broker's; `site` stands in its topics (docs/contract.md).
    """

    def __init__(self, made: dict[str, Any]) -> None:
        self.host: str = made["host"]
        self.port: int = made["port"]
        self.site: str = made["site"]
        self._logs = Path(made["logs"])
        self._bench = Bench(made["at"] / "control", made["devices"])
        self.devices: dict[str, Any] = {name: device_of(self._bench, name) for name in made["devices"]}

    @property
    def url(self) -> str:
        """`mqtt://host:port` of its broker."""
        return f"mqtt://{self.host}:{self.port}"

    def __getitem__(self, name: str) -> Any:
        """A device by the name that the site file gives it. Raises KeyError."""
        return self.devices[name]

    def report(self) -> str:
        """Faces, the last bytes, and the last lines of each node."""
        return "\n".join([self._bench.report(), *self._last_lines()])

    def _last_lines(self) -> list[str]:
        lines: list[str] = []
        for log in sorted(self._logs.glob("*.log")):
            said = log.read_text(encoding="utf-8", errors="replace").splitlines()
            lines += [f"node {log.stem}", *(f"  {line}" for line in said[-LOG_LINES_TOLD:])]
        return lines
