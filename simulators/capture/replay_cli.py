"""`hall replay`: one side of a capture against a driver or a device, and the first byte that differs."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from edge.failure import Failure
from simulators.capture.cli import add_framing, framing_of, say
from simulators.capture.ends import EndGone, PtyEnd, SerialEnd, TcpEnd
from simulators.capture.format import Capture, CaptureError
from simulators.capture.replay import Replay
from simulators.wires.at import check_url
from simulators.wires.framing import Framing
from simulators.wires.names import NameTaken

_FRAMING = re.compile(r"(\d+) ([78])([NEOMS])([12](?:\.5)?)$")


def add(commands: argparse._SubParsersAction[Any]) -> None:
    """The command's options."""
    parser = commands.add_parser(
        "replay", help="play one side of a capture, and name the first byte that differs"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the capture")
    parser.add_argument("port", metavar="PORT", help="where the other side is; see docs/simulators.md")
    parser.add_argument(
        "--as", dest="side", choices=["device", "driver"], required=True, help="which side to play"
    )
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="0 = as fast as it goes (1)")
    parser.add_argument(
        "--patience-s", type=float, default=5.0, metavar="S", help="wait so long for a byte (5)"
    )
    parser.add_argument(
        "--open-s", type=float, default=60.0, metavar="S", help="wait so long for a driver (60)"
    )
    add_framing(parser)
    parser.set_defaults(run=replay)


def replay(options: argparse.Namespace) -> int:
    """Exit code 1 when a byte differs."""
    if options.speed < 0 or options.patience_s <= 0:
        raise Failure("--speed is 0 or more, --patience-s more than 0", 2)
    try:
        capture = Capture(options.file)
        end = _end(options, framing_of(options, _framing(capture)))
        try:
            return _play(options, capture, end)
        finally:
            end.close()
    except (CaptureError, EndGone, NameTaken) as error:
        raise Failure(str(error)) from error


def _play(options: argparse.Namespace, capture: Capture, end: SerialEnd | PtyEnd | TcpEnd) -> int:
    if not isinstance(end, SerialEnd):
        say(f"give {end.url} to the driver")
        if not end.wait_for_driver(options.open_s):
            raise Failure(f"no driver opened {end.url} in {options.open_s:g} s")
    run = Replay(end, options.side, speed=options.speed, patience_s=options.patience_s, hand=_ask)
    difference = run.run(capture.records())
    if difference is not None:
        say(f"{options.file}:{difference.line}: {difference.text}")
        return 1
    say(f"{options.file}: {run.compared} bytes came as in the capture, {run.sent} were sent")
    return 0


def _ask(words: str) -> None:
    """What a hand did in the capture, somebody must do again."""
    sys.stdout.write(f"now do: {words}\n")
    sys.stdout.flush()


def _end(options: argparse.Namespace, framing: Framing) -> SerialEnd | PtyEnd | TcpEnd:
    """A driver opens a port; a device is one, unless the port is a real one with the driver behind it."""
    try:
        check_url(options.port)
    except ValueError as error:
        raise Failure(str(error), 2) from error
    if options.side == "driver" or Path(options.port).exists():
        return SerialEnd(options.port, framing)
    if options.port.startswith("socket://"):
        parts = urlsplit(options.port)
        return TcpEnd(parts.hostname or "127.0.0.1", parts.port or 0)
    if "://" in options.port:
        raise Failure("a device is played on a pty, a real port or socket://", 2)
    return PtyEnd(options.port, framing)


def _framing(capture: Capture) -> Framing:
    """How the port of the capture was set."""
    for words in capture.head.get("port", []):
        if found := _FRAMING.search(words):
            return Framing(int(found[1]), int(found[2]), found[3], float(found[4]))
    return Framing()
