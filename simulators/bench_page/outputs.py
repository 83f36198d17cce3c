"""What a page fetches of a hall: the pictures of its boards, its papers, its announcements."""

from __future__ import annotations

import io

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from simulators.demo.stage import Stage


class Outputs:
    """As the twins have them at that moment; what they do not have is not there."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @property
    def routes(self) -> list[BaseRoute]:
        """For the web server."""
        return [
            Route("/board/{name}", self._board),
            Route("/paper/{name}/{number:int}", self._paper),
            Route("/sound/{name}/{file}", self._sound),
        ]

    async def _board(self, request: Request) -> Response:
        """What its lamps are lit by."""
        board = self._stage.boards.get(request.path_params["name"])
        return _answer(board.shown if board is not None else None, "image/png")

    async def _paper(self, request: Request) -> Response:
        """By its number since the printer was switched on; those that it forgot are gone."""
        printer = self._stage.printers.get(request.path_params["name"])
        if printer is None:
            return _answer(None, "")
        at = request.path_params["number"] - printer.model.forgotten - 1
        if not 0 <= at < len(printer.papers):
            return _answer(None, "")
        file = io.BytesIO()
        printer.papers[at].image.save(file, "PNG")
        return _answer(file.getvalue(), "image/png")

    async def _sound(self, request: Request) -> Response:
        """The last one of a loudspeaker, and no other file."""
        speaker = self._stage.speakers.get(request.path_params["name"])
        name = request.path_params["file"]
        is_last = speaker is not None and name == speaker.last and speaker.file(name).is_file()
        return _answer(speaker.file(name).read_bytes() if speaker and is_last else None, "audio/wav")


def _answer(data: bytes | None, kind: str) -> Response:
    return Response("Not there.\n", 404) if data is None else Response(data, media_type=kind)
