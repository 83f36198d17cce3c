"""A print head that draws nothing: what stands on paper is read as text."""

from __future__ import annotations

from PIL import Image

from simulators.printer.head import Cell, Head

_LINE = Image.new("1", (8, 1), 1)


class PlainHead(Head):
    """Every strip is a dot high; the interpreter keeps the text beside it."""

    def line(self, cells: list[Cell], align: int) -> Image.Image:
        return _LINE

    def symbol(self, payload: str, module_dots: int, level: str, align: int) -> Image.Image:
        return _LINE

    def raster(self, data: bytes, width_bytes: int, mode: int, align: int) -> Image.Image:
        return _LINE
