"""Make the three files of `display/data/` anew. Needs `pip install fonttools` and, from Debian 12, the
packages fonts-noto-cjk and xfonts-intl-chinese. Why these faces: see fonts.md beside this file.

    python docs/make_fonts.py display/data
"""

from __future__ import annotations

import gzip
import struct
import sys
from itertools import product
from pathlib import Path

from fontTools import subset

NOTO = "/usr/share/fonts/opentype/noto/NotoSansCJK-{}.ttc"
GUOB = "/usr/share/fonts/X11/misc/guob16.pcf.gz"
NOTO_SC = 2  # index of "Noto Sans CJK SC" in the collection
# Boards and tickets are set horizontally, in one language, without kerning.
UNUSED_TABLES = [
    "vhea",
    "vmtx",
    "VORG",
    "BASE",
    "GSUB",
    "GPOS",
    "DSIG",
]
ASCII = range(0x20, 0x7F)
BOLD_MORE = {0x2013, 0x2014, 0x2022, 0x2026, 0x2190, 0x2192}
PCF_METRICS, PCF_BITMAPS, PCF_ENCODINGS = 4, 8, 32


def two_byte_characters() -> set[int]:
    """Every character of GB18030 that takes two bytes, without the private use area."""
    found: set[int] = set()
    for high in range(0x81, 0xFF):
        for low in range(0x40, 0xFF):
            try:
                found.update(map(ord, bytes((high, low)).decode("gb18030")))
            except UnicodeDecodeError:
                continue
    return {code for code in found if not 0xE000 <= code < 0xF900}


def text_characters() -> set[int]:
    """What the scalable face keeps: all ideographs it has, their punctuation, Latin for pinyin and prices."""
    latin = {*ASCII, *range(0xA0, 0x180), *range(0x2010, 0x2040), 0x20AC, 0x25A1}
    wide = {*range(0x3000, 0x3040), *range(0xFF01, 0xFF61)}
    ideographs = {*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0x20000, 0x32000)}
    return latin | wide | ideographs | two_byte_characters()


def make_face(weight: str, characters: set[int], name: str, target: Path) -> None:
    """Cut a face down to `characters` and call it `name`, since Noto is a trademark."""
    options = subset.Options(font_number=NOTO_SC, layout_features=[], notdef_outline=True, name_IDs=["*"])
    options.drop_tables += UNUSED_TABLES
    font = subset.load_font(NOTO.format(weight), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    for record in list(font["name"].names):
        if record.nameID in (1, 4, 16):
            record.string = name
        elif record.nameID in (3, 6):
            record.string = name.replace(" ", "")
    font["CFF "].cff.fontNames[0] = name.replace(" ", "")
    subset.save_font(font, str(target), options)


def pcf_tables(data: bytes) -> dict[int, tuple[int, int]]:
    """Type of each table of a PCF file -> its format word and offset."""
    (count,) = struct.unpack_from("<I", data, 4)
    entries = (struct.unpack_from("<4I", data, 8 + 16 * i) for i in range(count))
    return {kind: (form, offset) for kind, form, _, offset in entries}


def pcf_glyphs(data: bytes) -> dict[tuple[int, int], bytes]:
    """(high, low byte) of the font's code -> its 16 rows, one or two bytes each, leftmost pixel high."""
    tables = pcf_tables(data)
    form, at = tables[PCF_BITMAPS]
    order, padded = ">" if form & 4 else "<", 1 << (form & 3)
    (count,) = struct.unpack_from(order + "i", data, at + 4)
    offsets = struct.unpack_from(f"{order}{count}i", data, at + 8)
    bits = at + 8 + 4 * count + 16
    _, at = tables[PCF_METRICS]  # compressed: left, right, width, ascent, descent, each plus 128
    widths = [data[at + 6 + 5 * i + 1] - data[at + 6 + 5 * i] for i in range(count)]
    form, at = tables[PCF_ENCODINGS]
    order = ">" if form & 4 else "<"
    low_first, low_last, high_first, high_last, _ = struct.unpack_from(order + "5h", data, at + 4)
    cells = product(range(high_first, high_last + 1), range(low_first, low_last + 1))
    found = {}
    for position, cell in enumerate(cells):
        (glyph,) = struct.unpack_from(order + "H", data, at + 14 + 2 * position)
        if glyph != 0xFFFF:
            found[cell] = pcf_rows(data, bits + offsets[glyph], widths[glyph] // 8, padded)
    return found


def pcf_rows(data: bytes, start: int, wide: int, padded: int) -> bytes:
    return b"".join(data[start + row * padded : start + row * padded + wide] for row in range(16))


def make_bitmaps(target: Path) -> None:
    """Write the flat table that `display/fonts.py` describes."""
    glyphs = pcf_glyphs(gzip.decompress(Path(GUOB).read_bytes()))
    half = [b"\0" * 16, *(glyphs[0x2A, code] for code in range(0x21, 0x7F))]  # row 10 is 8 x 16 ASCII
    rows = [*range(1, 10), *range(16, 88)]
    full = [glyphs.get((0x20 + row, 0x20 + cell), b"\0" * 32) for row in rows for cell in range(1, 95)]
    target.write_bytes(b"HALLBM16" + b"".join(half + full))


def main() -> None:
    folder = Path(sys.argv[1])
    make_face("Regular", text_characters(), "Hall Sans SC", folder / "hall-sans-sc.otf")
    make_face("Bold", {*ASCII, *BOLD_MORE}, "Hall Sans Bold", folder / "hall-sans-bold.otf")
    make_bitmaps(folder / "hall-bitmap-16.bin")


if __name__ == "__main__":
    main()
