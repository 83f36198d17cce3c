"""`hall journal`: look into a journal, whether its node runs or not. Nothing in it is touched.

hall journal check chaotian/hub
hall journal show chaotian/hub --visit A017 --since 09:30
hall journal export whole-core.db.damaged-20261123-090000 > saved.jsonl

Exit codes: 0 done, nothing is wrong; 1 something is, and the output names it; 2 the command line is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from edge.failure import Failure

if TYPE_CHECKING:
    from edge.journal_book import Book

_T = TypeVar("_T")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Put `journal` among the commands."""
    parser = commands.add_parser("journal", help="look into the journal of a node, running or stopped")
    parts = parser.add_subparsers(dest="part", required=True, metavar="WHAT")
    for name, run, text in (
        ("check", _check, "is it whole, and does it say the same twice? exit code 1: no"),
        ("show", _show, "events and records, one readable line each"),
        ("export", _export, "everything as JSON, one object a line"),
    ):
        part = parts.add_parser(name, help=text)
        part.add_argument("journal", metavar="FILE|SITE/NODE", help="its file, or whose it is")
        part.add_argument("--data", type=Path, metavar="DIR", help="where the journals of SITE/NODE are")
        part.set_defaults(run=run)
        if name == "show":
            part.add_argument("--visit", default="", metavar="NUMBER", help="A017, or 20261123-A017")
            part.add_argument("--since", default="", metavar="TIME", help="09:30, or 2026-11-23T09:30")
            part.add_argument("--kind", action="append", default=[], help="for example Called or 叫号")


def _check(options: argparse.Namespace) -> int:
    from edge.damage import set_aside_beside
    from edge.journal_check import check, cures

    path = _path(options)
    findings = _look(path, lambda book: list(check(book)))
    _say(f"{path}")
    for finding in findings:
        _say(finding.line())
    for name in set_aside_beside(path):
        _say(f"! 受损 damaged: {name} lies beside it; copy it for who maintains the hall, then delete it")
    for line in cures(findings):
        _say(line)
    return int(any(finding.grade == "fault" for finding in findings))


def _show(options: argparse.Namespace) -> int:
    from edge.journal_show import Filter, show

    wanted = Filter(options.visit, options.since, tuple(options.kind))

    def work(book: Book) -> None:
        for line in show(book, wanted):
            _say(line)

    _look(_path(options), work)
    return 0


def _export(options: argparse.Namespace) -> int:
    from edge.journal_show import export

    def work(book: Book) -> None:
        for line in export(book):
            _say(line)

    _look(_path(options), work)
    return 0


def _look(path: Path, work: Callable[[Book], _T]) -> _T:
    from edge.journal_book import Book
    from edge.look import look
    from edge.store import JournalError

    try:
        return look(path, lambda db: work(Book(db)))
    except JournalError as error:
        raise Failure(str(error)) from error


def _path(options: argparse.Namespace) -> Path:
    """The file that is meant: one that is there, else the journal of SITE/NODE."""
    typed = Path(options.journal)
    if typed.exists():
        return typed
    site, _, node = str(options.journal).partition("/")
    if not node or "/" in node:
        return typed
    from edge.run_node import data_folder

    return Path(options.data or data_folder()) / f"{site}-{node}.db"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
