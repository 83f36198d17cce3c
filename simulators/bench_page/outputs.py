"""What comes out of a hall as a file: the pictures of its boards, its papers, its announcements.

Values: `board/<name>` counts the pictures since somebody looks, `sound/<name>` is the last file's name.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from edge.settings.model import Site
from simulators.bench_page.arrivals import Arrivals
from simulators.demo.stage import Stage


class Outputs:
    """`touch(key)` is called when a value may be another one."""

    def __init__(self, site: Site, stage: Stage, touch: Callable[[str], None]) -> None:
        ports = {one.id: (one.kind, one.port) for one in site.devices}
        self._boards = {
            name: stage.wires / f"{port}.png" for name, (kind, port) in ports.items() if kind == "board"
        }
        self._speakers = {
            name: stage.wires / port for name, (kind, port) in ports.items() if kind == "announcer"
        }
        self._printers = stage.printers
        self._pictures = dict.fromkeys(self._boards, 0)
        self._sounds = dict.fromkeys(self._speakers, "")
        self._touch = touch
        self._arrivals = Arrivals(self._arrived)

    @property
    def routes(self) -> list[BaseRoute]:
        """Where the page fetches them."""
        return [
            Route("/board/{name}", self._board),
            Route("/paper/{name}/{number:int}", self._paper),
            Route("/sound/{name}/{file}", self._sound),
        ]

    @property
    def values(self) -> dict[str, Callable[[], Any]]:
        """By key, how to look at each."""
        boards = {f"board/{name}": partial(self._pictures.__getitem__, name) for name in self._boards}
        return boards | {f"sound/{name}": partial(self._sounds.__getitem__, name) for name in self._speakers}

    def start(self) -> None:
        """Look for what arrives. Raises OSError where the system has no room."""
        self._arrivals.start({*(path.parent for path in self._boards.values()), *self._speakers.values()})

    def stop(self) -> None:
        """Look no more. Twice is fine."""
        self._arrivals.stop()

    def _arrived(self, path: Path) -> None:
        for name, picture in self._boards.items():
            if path == picture:
                self._pictures[name] += 1
                self._touch(f"board/{name}")
        for name, folder in self._speakers.items():
            if path.parent == folder and path.suffix == ".wav":
                self._sounds[name] = path.name
                self._touch(f"sound/{name}")

    async def _board(self, request: Request) -> Response:
        return _file(self._boards.get(request.path_params["name"]), "image/png")

    async def _paper(self, request: Request) -> Response:
        """By its number since the printer was switched on; those that it forgot are gone."""
        printer = self._printers.get(request.path_params["name"])
        if printer is not None:
            at = request.path_params["number"] - printer.model.forgotten - 1
            if 0 <= at < len(printer.papers):
                file = io.BytesIO()
                printer.papers[at].image.save(file, "PNG")
                return Response(file.getvalue(), media_type="image/png")
        return _file(None, "")

    async def _sound(self, request: Request) -> Response:
        """The last one of a loudspeaker, and no other file."""
        name, file = request.path_params["name"], request.path_params["file"]
        is_last = file == self._sounds.get(name)
        return _file(self._speakers[name] / file if is_last else None, "audio/wav")


def _file(path: Path | None, kind: str) -> Response:
    """A file, read at once: the next one may replace it at any moment."""
    if path is None or not path.is_file():
        return Response("Not there.\n", 404)
    return Response(path.read_bytes(), media_type=kind)
