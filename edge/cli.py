"""The command `hall`: what a technician or an engineer types. Each command loads what it needs, and no more.

Exit codes: 0 done; 1 the file or the hall has a fault that the output names; 2 the command line is wrong;
3 another node holds the role; 4 the disk or the journal failed, start again; 130 interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from edge.failure import Failure
from edge.release import VERSION


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    options = _parser(arguments[0] if arguments else "").parse_args(arguments)
    try:
        command: Callable[[argparse.Namespace], int] = options.run
        return command(options)
    except Failure as failure:
        print(f"hall {options.command}: {failure}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # as in `hall watch … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser(wanted: str) -> argparse.ArgumentParser:
    """Knows the wanted command alone, or all of them where none is: each costs a start a millisecond."""
    parser = argparse.ArgumentParser(
        prog="hall", description="Edge software of a service hall (政务服务大厅)."
    )
    parser.add_argument("--version", action="version", version=f"hall-edge {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    if wanted in COMMANDS:
        COMMANDS[wanted](commands)
    elif wanted in SIMULATORS:
        importlib.import_module(SIMULATORS[wanted][0]).add(commands)
    else:
        _add_all(commands)
    return parser


_Commands = argparse._SubParsersAction  # the type argparse gives no public name


def _site_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--site", type=Path, required=True, metavar="FILE", help="the site file")
    parser.add_argument("--broker", metavar="HOST:PORT", default="", help="instead of the site file's")


# --- node ------------------------------------------------------------------------------------------


def _add_node(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("node", help="run one node of a site")
    _site_option(parser)
    parser.add_argument("--node", required=True, metavar="ID", help="which node of the site file this is")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the journal lives")
    parser.add_argument("--wires", type=Path, metavar="DIR", help="twins' ports: DIR/<port> for each port")
    parser.add_argument(
        "--clock",
        metavar="START,ORIGIN,SPEED",
        default="",
        help="a hall that runs faster than life: it was START (Unix seconds) when it was ORIGIN;"
        " - takes lines of it from standard input, now and as long as the node runs",
    )
    parser.set_defaults(run=_node)


def _node(options: argparse.Namespace) -> int:
    from edge.run_node import run_node

    return run_node(
        site_file=options.site,
        node=options.node,
        data=options.data,
        wires=options.wires,
        broker=options.broker,
        clock=options.clock,
    )


# --- check, doctor, watch, apply, report, voice ----------------------------------------------------


def _add_check(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("check", help="say everything that is wrong in a site file")
    parser.add_argument("file", type=Path)
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from edge.settings.report import check_file

    code, text = check_file(options.file)
    print(text)
    return code


def _add_doctor(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "doctor", help="look at a node's machine, ports and hall, and say what to do"
    )
    _site_option(parser)
    parser.add_argument("--node", required=True, metavar="ID", help="which node of the site file this is")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the journal lives")
    parser.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    from edge.doctor.run import doctor
    from edge.run_node import check_node, data_folder, read_site

    site = read_site(options.site)
    check_node(site, options.node, options.site)
    data = options.data or data_folder()
    return doctor(site, options.node, data, options.broker, partial(print, flush=True))


def _add_watch(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("watch", help="print a hall's traffic, one readable line a message")
    _site_option(parser)
    parser.set_defaults(run=_watch)


def _watch(options: argparse.Namespace) -> int:
    from edge.run_node import address, read_site
    from edge.watch import watch

    site = read_site(options.site)
    out = partial(print, flush=True)
    asyncio.run(watch(site.site.id, address(site.broker, options.broker), out, colour=sys.stdout.isatty()))
    return 0


def _add_apply(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("apply", help="put a changed site file in force while the hall runs")
    parser.add_argument("file", type=Path)
    parser.add_argument("--broker", metavar="HOST:PORT", default="", help="instead of the site file's")
    parser.set_defaults(run=_apply)


def _apply(options: argparse.Namespace) -> int:
    from edge.apply import NotApplied, apply_file
    from edge.run_node import brokers_of, read_site

    site = read_site(options.file)
    text = options.file.read_text(encoding="utf-8-sig")
    try:
        asyncio.run(apply_file(site.site.id, text, brokers_of(site, options.broker)))
    except NotApplied as error:
        raise Failure(str(error)) from error
    print(f"{options.file} is in force")
    return 0


def _add_promote(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("promote", help="let the standby take the coordinator's place")
    _site_option(parser)
    parser.add_argument("--node", required=True, metavar="ID", help="the standby; its `hall node` must run")
    parser.add_argument(
        "--force",
        action="store_true",
        help="also while the coordinator answers: it gives way; also with old books of the node's own",
    )
    parser.set_defaults(run=_promote)


def _promote(options: argparse.Namespace) -> int:
    from edge.promote import NotPromoted, promote_node
    from edge.run_node import home_of, read_site

    site = read_site(options.site)
    home = home_of(site, options.node, options.broker)
    try:
        said = asyncio.run(promote_node(site.site.id, options.node, home, force=options.force))
    except NotPromoted as error:
        raise Failure(str(error)) from error
    print("\n".join(said))
    return 0


def _add_report(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("report", help="today's report of a hall, from its coordinator's journal")
    parser.add_argument("journal", type=Path, help="the journal file; its node may run")
    parser.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    from edge.journal import JournalError
    from edge.report import report_text

    try:
        print(report_text(options.journal))
    except JournalError as error:
        raise Failure(str(error)) from error
    return 0


def _add_journal(commands: _Commands[argparse.ArgumentParser]) -> None:
    from edge import journal_cli

    journal_cli.add(commands)


def _add_voice(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("voice", help="make the default Chinese and English clips with espeak-ng")
    parser.add_argument("folder", type=Path, help="the announcer's clips_dir")
    parser.set_defaults(run=_voice)


def _voice(options: argparse.Namespace) -> int:
    from edge.voice import VoiceError, make_clips

    try:
        report = make_clips(options.folder)
    except VoiceError as error:
        raise Failure(str(error)) from error
    print(f"{options.folder}: {len(report.made)} clips made, {len(report.kept)} were there")
    return 0


# --- commands that start simulators ------------------------------------------------------------------

SIMULATORS = {
    "bench": (
        "simulators.bench_page.cli",
        "a whole hall in the browser: press its keys, see its strips, pull its plugs",
    ),
    "capture": ("simulators.capture.cli", "write down what crosses a port, both ways, with times"),
    "demo": ("simulators.demo.cli", "a whole hall on this machine: broker, nodes, twins and people"),
    "measure": ("simulators.measure.cli", "each figure beside its floor, in one run"),
    "replay": (
        "simulators.capture.replay_cli",
        "play one side of a capture, and name the first byte that differs",
    ),
    "sim": ("simulators.sim.cli", "twins alone, at a port for any software: no broker, no node"),
    "simulate": ("simulators.simulate.cli", "a hall's waits in virtual time, to plan windows"),
    "torture": ("simulators.torture.cli", "days of trouble in virtual time: is every promise kept?"),
}


def _add_all(commands: _Commands[argparse.ArgumentParser]) -> None:
    for add in COMMANDS.values():
        add(commands)
    for name, (_, text) in SIMULATORS.items():
        commands.add_parser(name, help=text)


COMMANDS: dict[str, Callable[[_Commands[argparse.ArgumentParser]], None]] = {
    "node": _add_node,
    "check": _add_check,
    "doctor": _add_doctor,
    "watch": _add_watch,
    "apply": _add_apply,
    "promote": _add_promote,
    "report": _add_report,
    "journal": _add_journal,
    "voice": _add_voice,
}
