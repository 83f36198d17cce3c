"""A broker of our own, for a demo, a hall of one node, and tests: a child process on loopback.

Mosquitto where it is installed, else the embedded broker that comes with pip. That one speaks MQTT 3.1.1
only, and hands at most 100 retained messages to a newcomer: enough for a demo or a small hall. Neither
outlives the process that started it, however that one ends. A hall with several nodes runs Mosquitto as a
system service instead; docs/contract.md says how to set it up.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["mosquitto", "embedded"]

LOOPBACK = "127.0.0.1"
START_S = 10.0  # a Raspberry Pi that is still booting
STOP_S = 5.0  # mosquitto and the embedded one end within milliseconds of a TERM
_LINES_KEPT = 50
_TRIES = 5  # free ports to try: another process may take one between our look and the broker's
_PAYLOAD_BYTES = 1024 * 1024  # above the longest message of the contract
_EXECUTABLES = ("mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto")

# Debian's mosquitto drops beyond 1000 waiting messages without a word: the limits here are for a hall
# that comes back from an outage with a day's records, and still bound its memory.
_MOSQUITTO = """\
listener {port} {host}
allow_anonymous true
persistence false
set_tcp_nodelay true
max_queued_messages 20000
max_queued_bytes 67108864
max_packet_size {size}
log_dest stderr
log_type error
log_type warning
log_type notice
log_type information
connection_messages false
"""

# The embedded broker has no call to stop it, so it lives in a process of its own. It logs through Python.
_EMBEDDED = """
import logging, sys
from iotcore.iotcore import IotCoreBroker
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
class Once(logging.Filter):
    def filter(self, record):
        return "istening for remote" in record.getMessage()
logging.getLogger("rumqttd").addFilter(Once())
logging.getLogger().handlers[0].addFilter(Once())
IotCoreBroker(listen=sys.argv[1], port=int(sys.argv[2]), max_payload_size=int(sys.argv[3])).run_forever()
"""
# MQTT 3.1.1, clean session, keep-alive 10 s, client id "ready?" (OASIS MQTT 3.1.1, 3.1 and 3.14)
_CONNECT = b"\x10\x12\x00\x04MQTT\x04\x02\x00\x0a\x00\x06ready?"
_DISCONNECT = b"\xe0\x00"
_READY = ("running", "istening for remote")

# Linux tells a child when its parent is gone, if the child asked (prctl PR_SET_PDEATHSIG = 1). Asked in a
# little program before the real one, since Python code between fork and exec is unsafe beside threads.
_GUARD = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 15)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the parent is gone")
os.execvp(sys.argv[2], sys.argv[2:])
"""


class BrokerFailed(RuntimeError):  # noqa: N818
    """The broker did not start. The text is a plain sentence for whoever typed the command."""


def tied(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` and ends with the thread, so with the process, that starts it."""
    return [sys.executable, "-I", "-S", "-c", _GUARD, str(os.getpid()), *command]


class RunningBroker:
    """A broker that runs. Use as a context manager, or call `stop`."""

    def __init__(self, kind: Kind, port: int, process: subprocess.Popen[str], config: Path) -> None:
        """Made by `start_broker`."""
        self.kind: Kind = kind
        self.host = LOOPBACK
        self.port = port
        self._process = process
        self._config = config
        self._said: deque[str] = deque(maxlen=_LINES_KEPT)
        self._ready = threading.Event()
        self._ended = threading.Event()
        self._listener = threading.Thread(target=self._listen, name=f"broker {port} log", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """Process id of the broker itself."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def log(self) -> tuple[str, ...]:
        """The last lines that the broker said."""
        return tuple(self._said)

    def _listen(self) -> None:
        """The log thread: reads what the broker says, so that it never blocks on a full pipe."""
        if self._process.stderr:
            with self._process.stderr as lines:
                for line in lines:
                    self._said.append(line.rstrip())
                    if any(word in line for word in _READY):
                        self._ready.set()
        self._ended.set()
        self._ready.set()

    def wait_ready(self) -> None:
        """Return once it answers a CONNECT. Raises BrokerFailed."""
        if not self._ready.wait(START_S):
            self.stop()
            raise BrokerFailed(f"the {self.kind} broker did not start within {START_S:.0f} s")
        if self._ended.is_set():
            self._process.wait()
            self.stop()
            raise _failure(self.kind, self.port, self.log)
        _check_answer(self.port)

    def stop(self) -> None:
        """End it and wait until it is gone. Safe twice."""
        if self.alive:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._listener.join(STOP_S)
        self._config.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self.stop()

    def __enter__(self) -> RunningBroker:
        """The broker itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()


def mosquitto_path() -> str | None:
    """Where Mosquitto is installed, or None. Debian puts it where ordinary users do not look."""
    return next((found for name in _EXECUTABLES if (found := shutil.which(name))), None)


def start_broker(port: int = 0, kind: Literal["auto", "mosquitto", "embedded"] = "auto") -> RunningBroker:
    """Start a broker on loopback and return when it answers. `port` 0 takes a free one.

    Blocks for some tens of milliseconds. Raises BrokerFailed.
    """
    wanted: Kind = kind if kind != "auto" else "mosquitto" if mosquitto_path() else "embedded"
    if port:
        return _start(wanted, port)
    for _ in range(_TRIES - 1):
        with contextlib.suppress(_PortTaken):
            return _start(wanted, _free_port())
    return _start(wanted, _free_port())


class _PortTaken(BrokerFailed):
    pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _start(kind: Kind, port: int) -> RunningBroker:
    _check_port(port)
    with tempfile.NamedTemporaryFile("w", prefix="hall-broker-", suffix=".conf", delete=False) as file:
        file.write(_mosquitto_config(port))
    process = subprocess.Popen(
        tied(_command(kind, port, file.name)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # Ctrl-C at a terminal is for us: the broker goes last
    )
    broker = RunningBroker(kind, port, process, Path(file.name))
    broker.wait_ready()
    return broker


def _command(kind: Kind, port: int, config: str) -> list[str]:
    if kind == "embedded":
        return [sys.executable, "-c", _EMBEDDED, LOOPBACK, str(port), str(_PAYLOAD_BYTES)]
    path = mosquitto_path()
    if path is None:
        raise BrokerFailed("Mosquitto is not installed: apt install mosquitto, or use the embedded broker")
    return [path, "-c", config]


def _mosquitto_config(port: int) -> str:
    text = _MOSQUITTO.format(port=port, host=LOOPBACK, size=_PAYLOAD_BYTES)
    # Changing its user would make the kernel forget that this child is tied to us.
    return text + "user root\n" if os.geteuid() == 0 else text


def _check_port(port: int) -> None:
    """A clear word about a taken port, before the broker says it in its own way."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except PermissionError as error:
            raise BrokerFailed(f"port {port} needs root: choose one above 1023") from error
        except OSError as error:
            raise _taken(port) from error


def _taken(port: int) -> _PortTaken:
    return _PortTaken(f"port {port} is in use: stop the program that has it, or choose another port")


def _failure(kind: Kind, port: int, said: Sequence[str]) -> BrokerFailed:
    if any("ddress already in use" in line or "AddrInUse" in line for line in said):
        return _taken(port)
    return BrokerFailed(f"the {kind} broker ended at once: {said[-1] if said else 'it said nothing'}")


def _check_answer(port: int) -> None:
    """Ask for a CONNACK: a listening port alone may be another program's. Raises BrokerFailed."""
    try:
        with socket.create_connection((LOOPBACK, port), START_S) as sock:
            sock.sendall(_CONNECT)
            if sock.recv(4)[:1] == b"\x20":
                sock.sendall(_DISCONNECT)
                return
    except OSError as error:
        raise BrokerFailed(f"port {port} does not answer: {error}") from error
    raise BrokerFailed(f"what answers on port {port} is no MQTT broker")
