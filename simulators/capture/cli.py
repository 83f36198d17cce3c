"""`hall capture`: what crosses a port, both ways, into a file."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from edge.failure import Failure
from simulators.capture.between import Between, Stopped, tap
from simulators.capture.ends import EndGone, PtyEnd, SerialEnd
from simulators.capture.format import Writer
from simulators.wires.framing import Framing
from simulators.wires.names import NameTaken


def add(commands: argparse._SubParsersAction[Any]) -> None:
    """The command's options."""
    parser = commands.add_parser("capture", help="write down what crosses a port, both ways, with times")
    parser.add_argument("port", metavar="PORT", help="a serial port, a twin's name, socket:// or rfc2217://")
    parser.add_argument("file", type=Path, metavar="FILE", help="the capture; must not be there yet")
    parser.add_argument(
        "--link", default="", metavar="PATH", help="what to give the software in place of PORT"
    )
    parser.add_argument(
        "--tap",
        choices=["device", "driver"],
        help="only listen at PORT, where one side can be heard: whose bytes they are",
    )
    parser.add_argument("--for", dest="for_s", type=float, default=0.0, metavar="S", help="end by itself")
    add_framing(parser)
    parser.set_defaults(run=capture)


def add_framing(parser: argparse.ArgumentParser) -> None:
    """How PORT is set."""
    parser.add_argument("--baud", type=int, default=0, metavar="N", help="of PORT (9600)")
    parser.add_argument("--parity", choices=["N", "E", "O"], default="", help="of PORT (N)")
    parser.add_argument("--stop-bits", type=int, choices=[1, 2], default=0, help="of PORT (1)")


def framing_of(options: argparse.Namespace, usual: Framing = Framing()) -> Framing:
    """What the options say, the rest as `usual`."""
    return Framing(
        options.baud or usual.baud,
        usual.data_bits,
        options.parity or usual.parity,
        options.stop_bits or usual.stop_bits,
    )


def capture(options: argparse.Namespace) -> int:
    """Until Ctrl-C, or the port is pulled out."""
    framing = framing_of(options)
    stopped = Stopped()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped())
    try:
        end = SerialEnd(options.port, framing)
        with options.file.open("x", encoding="utf-8") as file:
            writer = Writer(file, port=f"{options.port} {framing}")
            with _timer(options.for_s, stopped):
                _run(options, end, writer, stopped, framing)
    except (EndGone, NameTaken) as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure(f"{options.file} cannot be written: {error.strerror}") from error
    return 0


def _run(
    options: argparse.Namespace, end: SerialEnd, writer: Writer, stopped: Stopped, framing: Framing
) -> None:
    lost = 0
    try:
        if options.tap:
            say(f"listening at {options.port}; Ctrl-C ends")
            tap(end, "<" if options.tap == "device" else ">", writer, stopped)
        else:
            near = PtyEnd(options.link or _usual_link(), framing, held=True)
            between = Between(near, end, writer, stopped)
            say(f"give {near.url} to the software in place of {options.port}; Ctrl-C ends")
            try:
                between.run()
            finally:
                lost = between.lost
                near.close()
    finally:
        writer.end()
        end.close()
        counts = f"{writer.bytes['>']} bytes from the driver, {writer.bytes['<']} from the device"
        say(f"{options.file}: {counts}" + (f"; {lost} more were not read by the driver" if lost else ""))


class _timer:  # noqa: N801 - reads as a word of the with statement
    """Stops after a time; 0 = never."""

    def __init__(self, seconds: float, stopped: Stopped) -> None:
        self._timer = threading.Timer(seconds, stopped) if seconds else None

    def __enter__(self) -> None:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()


def say(text: str) -> None:
    """One line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _usual_link() -> str:
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"hall-sim-{os.getuid()}"
    return str(folder / "capture")
