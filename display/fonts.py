"""The bundled faces: a scalable one for boards and tickets, a 16-pixel one for strips.

Nothing is opened at import; each file is mapped at first use, so only the pages of drawn glyphs count.
A face draws nothing, or a box, for a character it lacks and tells nobody: ask `missing_in_text` or
`missing_in_bitmap` when names are set, not when they are drawn.

Layout of `hall-bitmap-16.bin`, after the eight bytes `HALLBM16`:

    95 cells  8 x 16   16 bytes each   ASCII 20..7E
    81 rows of 94 cells 16 x 16   32 bytes each   GB2312 rows 1-9, then 16-87

A row of pixels is one or two bytes, the leftmost pixel in the highest bit. An empty cell is a character
that the face lacks, but for the two spaces.
"""

from __future__ import annotations

import mmap
import struct
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from string import ascii_letters, digits

from PIL import Image, ImageDraw, ImageFont

DATA = Path(__file__).parent / "data"
TEXT_FACE = DATA / "hall-sans-sc.otf"
BOLD_FACE = DATA / "hall-sans-bold.otf"
BITMAP_FACE = DATA / "hall-bitmap-16.bin"

SUBSTITUTE = "□"
BITMAP_HEIGHT_PX = 16
MAX_SIZE_PX = 1000  # beyond any screen; a slip of a digit in a setting must not eat the memory
TEXT_FACES_KEPT = 3  # a megabyte each, and a millisecond or two to open anew; a row of a board needs two
BOLD_FACES_KEPT = 8  # small ones

_MAGIC = b"HALLBM16"
_HALF_CELLS, _HALF_BYTES, _FULL_BYTES = 95, 16, 32
_FULL_START = len(_MAGIC) + _HALF_CELLS * _HALF_BYTES
_SPACES = frozenset(" \u00a0\u3000")
# The letters of the face are one dot thin beside its two-dot ideographs. These have room for a second.
_THICKENED = frozenset(ascii_letters + digits) - frozenset("MWmw")
# Characters that GB2312 names differently, and what to draw for them.
_SAME_LOOK = {"–": "-", "‑": "-", "−": "-", "\u00a0": " ", "・": "·", "―": "—", "〜": "～", "¥": "￥"}


class FontFileError(OSError):
    """A bundled font file is not there or not whole. The text names the file and what to do."""


@lru_cache(maxsize=TEXT_FACES_KEPT)
def load_text_font(size_px: int) -> ImageFont.FreeTypeFont:
    """The scalable Chinese face at `size_px` (em height, 1 to 1000). Cached: treat it as read-only.

    Raises ValueError for a size out of range, FontFileError where the file is missing.
    """
    return _open(TEXT_FACE, size_px)


@lru_cache(maxsize=BOLD_FACES_KEPT)
def load_bold_font(size_px: int) -> ImageFont.FreeTypeFont:
    """A bold face of ASCII only, for ticket numbers and clocks; its digits are equally wide.

    Raises as `load_text_font`.
    """
    return _open(BOLD_FACE, size_px)


def _open(path: Path, size_px: int) -> ImageFont.FreeTypeFont:
    if not 1 <= size_px <= MAX_SIZE_PX:
        raise ValueError(f"font size {size_px} px is not between 1 and {MAX_SIZE_PX}")
    try:
        return ImageFont.truetype(str(path), size_px, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise FontFileError(f"font {path} cannot be read ({error}); install hall-edge again") from error


def missing_in_text(text: str) -> set[str]:
    """Characters of `text` that the scalable face cannot draw."""
    return {char for char in set(text) if not _text_coverage().has(ord(char))}


def missing_in_bitmap(text: str) -> set[str]:
    """Characters of `text` that are not in the 16-pixel face (beyond GB2312, mostly)."""
    return {char for char in set(text) if load_bitmap_font().glyph(char) is None}


def drawable(text: str) -> str:
    """`text` on one line, with `SUBSTITUTE` for each character that the scalable face lacks."""
    covered = _text_coverage().has
    return "".join(c if covered(ord(c)) else " " if c.isspace() else SUBSTITUTE for c in text)


class BitmapFont:
    """The 16-pixel face: ASCII 8 wide, all else 16 wide, 16 high. One mapped file, no decoding."""

    def __init__(self, path: Path = BITMAP_FACE) -> None:
        self._cells = _map_file(path)
        if self._cells[: len(_MAGIC)] != _MAGIC:
            raise FontFileError(f"font {path} is damaged; install hall-edge again")

    def glyph(self, char: str) -> bytes | None:
        """The 16 rows of a character: 16 bytes (8 pixels wide) or 32 bytes (16 wide). None: not here."""
        start, size = _cell(_SAME_LOOK.get(char, char))
        rows = self._cells[start : start + size]
        return rows if any(rows) or (size and char in _SPACES) else None

    def width_px(self, text: str) -> int:
        """Width of `text` when drawn: what is missing counts as its substitute."""
        return sum(8 if _is_half(char) else 16 for char in text)

    def draw(self, image: Image.Image, x: int, y: int, text: str, fill: int | tuple[int, ...] = 1) -> int:
        """Draw `text` with its top left corner at (x, y) in colour `fill`; return the x after it.

        Of a character that GB2312 lacks the scalable face gives a thinner picture; of one that it lacks
        too, `SUBSTITUTE` is drawn.
        """
        for char in text:
            mask = self.mask(char)
            image.paste(fill, (x, y, x + mask.width, y + BITMAP_HEIGHT_PX), mask)
            x += mask.width
        return x

    @lru_cache(maxsize=1024)  # noqa: B019 - one font a process, and at most 1024 pictures of 32 bytes
    def mask(self, char: str) -> Image.Image:
        """The picture of one character: mode "1", 8 or 16 wide, 16 high. Cached: treat it as read-only."""
        rows = self.glyph(char)
        if rows is not None and char in _THICKENED:
            rows = bytes(row | row >> 1 for row in rows)
        if rows is not None:
            return Image.frombytes("1", (len(rows) // 2, BITMAP_HEIGHT_PX), rows)
        return _outline_mask(char) if not missing_in_text(char) else self.mask(SUBSTITUTE)


@cache
def load_bitmap_font() -> BitmapFont:
    """The bundled 16-pixel face. Raises FontFileError."""
    return BitmapFont()


def _is_half(char: str) -> bool:
    return " " <= _SAME_LOOK.get(char, char) <= "~"


def _cell(char: str) -> tuple[int, int]:
    """Offset and length of a character's cell; length 0 when the table has no cell for it."""
    if _is_half(char):
        return len(_MAGIC) + (ord(char) - 0x20) * _HALF_BYTES, _HALF_BYTES
    try:
        code = char.encode("gbk")
    except UnicodeEncodeError:
        return 0, 0
    row, cell = (code[0] - 0xA0, code[-1] - 0xA0) if len(code) == 2 else (0, 0)
    if cell < 1 or not (1 <= row <= 9 or 16 <= row <= 87):
        return 0, 0
    above = row - 1 if row <= 9 else row - 7
    return _FULL_START + (above * 94 + cell - 1) * _FULL_BYTES, _FULL_BYTES


def _outline_mask(char: str) -> Image.Image:
    image = Image.new("1", (8 if _is_half(char) else 16, BITMAP_HEIGHT_PX))
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    pen.text((image.width // 2, 8), char, font=load_text_font(15), fill=1, anchor="mm")
    return image


class _Coverage:
    """Which characters a face has, read from its `cmap` table (OpenType, subtable format 12)."""

    def __init__(self, groups: Iterable[tuple[int, int]]) -> None:
        ranges = list(groups)
        self._starts = [start for start, _ in ranges]
        self._ends = [end for _, end in ranges]

    def has(self, code: int) -> bool:
        """Whether the face has a picture for this code point."""
        at = bisect_right(self._starts, code) - 1
        return at >= 0 and code <= self._ends[at]


@cache
def _text_coverage() -> _Coverage:
    data = _map_file(TEXT_FACE)
    try:
        return _Coverage(_joined(_groups(data, _cmap12(data))))
    except (struct.error, ValueError) as error:
        raise FontFileError(f"font {TEXT_FACE} is damaged ({error}); install hall-edge again") from error
    finally:
        data.close()


def _cmap12(data: mmap.mmap) -> int:
    """Offset of the format 12 subtable: sfnt table list, then the list of encodings in `cmap`."""
    (tables,) = struct.unpack_from(">H", data, 4)
    entries = (struct.unpack_from(">4s3I", data, 12 + 16 * i) for i in range(tables))
    cmap = next((entry[2] for entry in entries if entry[0] == b"cmap"), 0)
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    for i in range(count):
        start: int = cmap + struct.unpack_from(">I", data, cmap + 4 + 8 * i + 4)[0]
        if data[start : start + 2] == b"\x00\x0c":
            return start
    raise ValueError("no character map")


def _groups(data: mmap.mmap, table: int) -> Iterable[tuple[int, int]]:
    (count,) = struct.unpack_from(">I", data, table + 12)
    for i in range(count):
        first, last, _ = struct.unpack_from(">3I", data, table + 16 + 12 * i)
        yield first, last


def _joined(groups: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Neighbouring groups as one: 31,000 characters come down to 2,000 ranges."""
    start, end = -2, -2
    for first, last in groups:
        if first != end + 1 and start >= 0:
            yield start, end
        start = first if first != end + 1 else start
        end = last
    yield start, end


def _map_file(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise FontFileError(f"font {path} cannot be read ({error}); install hall-edge again") from error
