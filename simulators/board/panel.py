"""A screen on HDMI, seen from outside: a framebuffer as a file, and what a person in front of it would see.

The panel lays down `fb0` and its geometry files in a folder of its own. A board reaches it by the url
`Panel.url`. Row y starts at byte y * stride; a pixel is two or four bytes, low byte first:

    16 bits   rrrrrggg gggbbbbb     32 bits   xxxxxxxx rrrrrrrr gggggggg bbbbbbbb
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image


class Panel:
    """A panel of `width` x `height` pixels. `unplug` takes its framebuffer away, `plug` gives a new one."""

    def __init__(self, folder: Path, width: int, height: int, bits: int = 32, spare: int = 0) -> None:
        """`spare` bytes follow each row's pixels, as graphics drivers like to round rows up."""
        self._folder, self._width, self._height, self._bits = folder, width, height, bits
        self._stride = width * bits // 8 + spare
        self.memory = folder / "fb0"
        geometry = {"virtual_size": f"{width},{height}", "bits_per_pixel": bits, "stride": self._stride}
        for name, value in geometry.items():
            (folder / name).write_text(f"{value}\n")
        self.plug()

    @property
    def url(self) -> str:
        """Where a board finds this panel."""
        return f"framebuffer:{self.memory}?geometry={self._folder}"

    def plug(self) -> None:
        """A screen full of console grey appears."""
        self.memory.write_bytes(b"\xaa" * self._stride * self._height)

    def unplug(self) -> None:
        """The framebuffer is gone."""
        self.memory.unlink()

    def face(self) -> Image.Image:
        """What stands on the screen, as an RGB picture."""
        if self._bits == 32:
            size = (self._width, self._height)
            return Image.frombytes("RGB", size, self.memory.read_bytes(), "raw", "BGRX", self._stride)
        face = Image.new("RGB", (self._width, self._height))
        face.putdata([self._colour(value) for value in self._values()])
        return face

    def _values(self) -> list[int]:
        memory, size = self.memory.read_bytes(), 2
        starts = (
            row * self._stride + column * size for row in range(self._height) for column in range(self._width)
        )
        return [int.from_bytes(memory[at : at + size], "little") for at in starts]

    def _colour(self, value: int) -> tuple[int, int, int]:
        red, green, blue = value >> 11, value >> 5 & 63, value & 31
        return red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2
