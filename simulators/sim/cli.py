"""`hall sim`: twins alone, no broker, no node."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from edge.failure import Failure
from edge.settings.problems import SettingsError
from edge.settings.words import default_of, described, meaning_of, shown
from simulators.bench.kinds import KINDS
from simulators.bench.plan import SCHEMES, BenchPlan, DevicePlan, Name, PortPlan, misfit
from simulators.sim.bench_file import load_bench
from simulators.sim.faults_file import load_script
from simulators.sim.run import Standing, stand
from simulators.wires.names import NameTaken

_OWN_KEYS = ("id", "url")


def add(commands: argparse._SubParsersAction[Any]) -> None:
    """The command's options."""
    parser = commands.add_parser("sim", help="twins alone, at a port for any software: no broker, no node")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    for kind, row in KINDS.items():
        text = str(row.settings.__doc__).splitlines()[0]
        own = kinds.add_parser(kind, help=text, description=text)
        own.add_argument("--at", metavar="URL", default="", help=_at_help(kind))
        own.add_argument("--name", default=f"{kind}-1", metavar="ID", help=f"default {kind}-1")
        _add_keys(own, row.settings)
        if row.family == "wire":
            _add_keys(own, PortPlan, _OWN_KEYS)
        _add_common(own)
    line = kinds.add_parser("line", help="a whole counter from a file; see examples/bench.toml")
    line.add_argument("file", type=Path)
    _add_common(line)
    parser.set_defaults(run=sim)


def sim(options: argparse.Namespace) -> int:
    """Stand until told to stop."""
    try:
        plan = load_bench(options.file) if options.kind == "line" else _plan_of_one(options)
        script = load_script(options.faults) if options.faults else None
        standing = Standing(plan, script, options.control, options.papers, options.plain, options.bytes)
        asyncio.run(stand(standing))
    except SettingsError as error:
        raise Failure(f"the file has mistakes\n{error}") from error
    except NameTaken as error:
        raise Failure(str(error)) from error
    return 0


def _plan_of_one(options: argparse.Namespace) -> BenchPlan:
    kind = KINDS[options.kind]
    url = options.at or _usual_url(options.kind, options.name)
    keys = _given(options, PortPlan, _OWN_KEYS) if kind.family == "wire" else {}
    try:
        port = PortPlan(id="port", url=url, **keys)
    except ValueError as error:
        raise Failure(str(error), 2) from error
    if refusal := misfit(options.kind, port):
        raise Failure(refusal, 2)
    settings = kind.settings(**_given(options, kind.settings))
    name = _value("--name", options.name, Name)
    return BenchPlan(
        ports=(port,), devices=(DevicePlan(id=name, kind=options.kind, port="port", settings=settings),)
    )


def _usual_url(kind: str, name: str) -> str:
    """A name for this user that is the same each time."""
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"hall-sim-{os.getuid()}"
    return f"{SCHEMES[KINDS[kind].family][0]}{folder / name}"


# --- options from the keys of a Struct ---------------------------------------------------------------


def _add_keys(parser: argparse.ArgumentParser, kind: type[msgspec.Struct], but: tuple[str, ...] = ()) -> None:
    for field in msgspec.structs.fields(kind):
        if field.name not in but:
            text = f"{meaning_of(field.type)}; {described(field.type)} ({shown(default_of(field))})"
            parser.add_argument(_option(field.name), metavar="X", help=text.replace("%", "%%"))


def _given(
    options: argparse.Namespace, kind: type[msgspec.Struct], but: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The keys that were given, each as its type wants it."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        text = getattr(options, field.name, None)
        if text is not None and field.name not in but:
            values[field.name] = _value(_option(field.name), text, field.type)
    return values


def _value(option: str, text: str, kind: Any) -> Any:
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Failure(f"{option} is {shown(text)}; it must be {described(kind)}", 2) from error


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--faults", type=Path, metavar="FILE", help="a script of faults; see docs/simulators.md"
    )
    parser.add_argument(
        "--control", default="", metavar="PATH|HOST:PORT", help="serve the control socket there"
    )
    parser.add_argument("--papers", type=Path, metavar="DIR", help="keep each printed paper as a picture")
    parser.add_argument("--bytes", action="store_true", help="show what crosses the wires")
    parser.add_argument("--plain", action="store_true", help="plain lines, even on a terminal")


def _at_help(kind: str) -> str:
    schemes = {"": "a path", "socket://": "socket://127.0.0.1:0", "rfc2217://": "rfc2217://127.0.0.1:0"}
    like = " or ".join(schemes.get(one, f"{one}PATH") for one in SCHEMES[KINDS[kind].family])
    return f"{like}; default {_usual_url(kind, f'{kind}-1')}"
