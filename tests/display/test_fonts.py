from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from display import fonts

# 8 x 16 and 16 x 16 pixels of guob16, as its PCF file has them.
GLYPH_A = bytes.fromhex("00 10 28 28 28 44 44 44 44 7c 82 82 82 c6 00 00")
GLYPH_ONE = bytes.fromhex("0000" * 6 + "0004 3ffe" + "0000" * 8)


def two_byte(codec: str, highs: range, lows: range) -> set[str]:
    """Every character that `codec` writes in two bytes of these ranges, but for the private use area."""
    found = {bytes(pair).decode(codec, "replace") for pair in product(highs, lows)}
    return {
        char for char in found if len(char) == 1 and not "\ue000" <= char <= "\uf8ff" and char != "\ufffd"
    }


GB2312 = two_byte("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF))
GBK = two_byte("gb18030", range(0x81, 0xFF), range(0x40, 0xFF))


class TestCoverage:
    def test_the_bitmap_face_has_all_of_gb2312_and_ascii(self) -> None:
        assert len(GB2312) == 7445
        assert fonts.missing_in_bitmap("".join(GB2312) + "".join(map(chr, range(0x20, 0x7F)))) == set()

    def test_the_scalable_face_has_every_two_byte_character_of_gb18030_but_one_sign(self) -> None:
        assert len(GBK) > 21_700
        assert fonts.missing_in_text("".join(GBK)) == {"≒"}

    @pytest.mark.parametrize(("first", "last"), [(0x4E00, 0x9FA5), (0x3400, 0x4DB5), (0x20, 0x7E)])
    def test_the_scalable_face_has_whole_blocks(self, first: int, last: int) -> None:
        assert fonts.missing_in_text("".join(map(chr, range(first, last + 1)))) == set()

    def test_rare_characters_of_names_beyond_the_first_plane(self) -> None:
        assert fonts.missing_in_text("王𫖯、李𬭚、䶮") == set()

    def test_what_is_missing_is_named(self) -> None:
        assert fonts.missing_in_text("社保😀科\u0e01") == {"😀", "\u0e01"}
        assert fonts.missing_in_bitmap("王䶮A–龍😀") == {"䶮", "龍", "😀"}

    def test_a_control_character_is_missing(self) -> None:
        assert fonts.missing_in_text("a\nb\x00") == {"\n", "\x00"}
        assert fonts.missing_in_bitmap("a\nb\x00") == {"\n", "\x00"}

    def test_the_scalable_face_draws_what_it_says_it_has(self) -> None:
        font = fonts.load_text_font(20)
        nothing = bytes(font.getmask("\U0001f600"))
        for char in "社䶮𫖯鎻Ａ、":
            assert bytes(font.getmask(char)) != nothing

    @pytest.mark.parametrize("example", sorted(Path("examples").glob("*.toml")), ids=lambda path: path.name)
    def test_every_name_of_the_examples_can_be_drawn(self, example: Path) -> None:
        assert fonts.missing_in_text(example.read_text("utf-8")) <= {"\n"}


class TestBitmapFont:
    def test_glyphs_are_the_bytes_of_the_face(self) -> None:
        font = fonts.load_bitmap_font()
        assert font.glyph("A") == GLYPH_A
        assert font.glyph("一") == GLYPH_ONE
        assert font.glyph(" ") == bytes(16)
        assert font.glyph("\u3000") == bytes(32)
        assert font.glyph("😀") is None

    @pytest.mark.parametrize(("char", "same"), [("–", "-"), ("\u00a0", " "), ("〜", "～"), ("¥", "￥")])
    def test_characters_of_the_same_look_are_drawn_alike(self, char: str, same: str) -> None:
        font = fonts.load_bitmap_font()
        assert font.glyph(char) == font.glyph(same) is not None

    def test_width_counts_eight_and_sixteen(self) -> None:
        assert fonts.load_bitmap_font().width_px("请A001号 😀") == 16 + 4 * 8 + 16 + 8 + 16

    def test_draw_returns_where_the_text_ends_and_colours_only_its_dots(self) -> None:
        ones = sum(byte.bit_count() for byte in GLYPH_ONE + bytes(row | row >> 1 for row in GLYPH_A))
        image = Image.new("P", (40, 16))
        assert fonts.load_bitmap_font().draw(image, 4, 0, "一A", fill=2) == 28
        assert image.getcolors() == [(640 - ones, 0), (ones, 2)]
        assert image.crop((4, 0, 20, 16)).point([0, 0, 255] + [0] * 253, "1").tobytes() == GLYPH_ONE

    def test_letters_and_digits_are_thickened_where_there_is_room(self) -> None:
        font = fonts.load_bitmap_font()
        assert font.mask("A").tobytes() == bytes(row | row >> 1 for row in GLYPH_A)
        assert font.mask("W").tobytes() == font.glyph("W")

    def test_a_character_in_neither_face_becomes_a_box(self) -> None:
        font = fonts.load_bitmap_font()
        assert font.mask("😀").tobytes() == font.mask("□").tobytes()
        assert any(font.mask("□").tobytes())

    def test_a_character_beyond_gb2312_is_borrowed_from_the_scalable_face(self) -> None:
        borrowed = fonts.load_bitmap_font().mask("䶮")
        assert borrowed.size == (16, 16)
        assert 20 < sum(byte.bit_count() for byte in borrowed.tobytes()) < 200
        assert borrowed.tobytes() != fonts.load_bitmap_font().mask("□").tobytes()

    def test_a_damaged_file_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "face.bin").write_bytes(b"HALLBM15" + bytes(100))
        with pytest.raises(fonts.FontFileError, match=r"face\.bin is damaged"):
            fonts.BitmapFont(tmp_path / "face.bin")

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(fonts.FontFileError, match=r"none\.bin cannot be read .* install hall-edge again"):
            fonts.BitmapFont(tmp_path / "none.bin")


class TestScalableFont:
    def test_a_size_is_loaded_once(self) -> None:
        assert fonts.load_text_font(31) is fonts.load_text_font(31)
        assert fonts.load_bold_font(31) is not fonts.load_text_font(31)

    @pytest.mark.parametrize("size", [0, -5, 1001])
    def test_a_size_out_of_range_is_refused(self, size: int) -> None:
        with pytest.raises(ValueError, match="not between 1 and 1000"):
            fonts.load_text_font(size)

    def test_digits_are_equally_wide(self) -> None:
        for font in (fonts.load_bold_font(64), fonts.load_text_font(64)):
            assert len({font.getlength(digit) for digit in "0123456789"}) == 1

    def test_a_missing_file_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fonts, "TEXT_FACE", tmp_path / "gone.otf")
        with pytest.raises(fonts.FontFileError, match=r"gone\.otf"):
            fonts.load_text_font(17)

    def test_drawable_puts_a_box_for_what_is_missing(self) -> None:
        assert fonts.drawable("社保😀\t科") == "社保□ 科"


def test_of_many_sizes_the_last_few_are_held() -> None:
    program = """
from display import fonts
for size in range(10, 40):
    fonts.load_text_font(size).getmask("社")
held = {line.split()[0] for line in open("/proc/self/maps") if fonts.TEXT_FACE.name in line}
print(len(held))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 1 <= int(done.stdout) <= fonts.TEXT_FACES_KEPT + 1


def test_importing_opens_no_font() -> None:
    program = "import display.fonts, pathlib; print('hall-' in pathlib.Path('/proc/self/maps').read_text())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("face", "says"),
    [("hall-sans", "SIL OPEN FONT LICENSE Version 1.1"), ("hall-bitmap-16", "in public domain")],
)
def test_licences_stand_beside_the_faces(face: str, says: str) -> None:
    assert list(fonts.DATA.glob(f"{face}*.*"))
    assert says in (fonts.DATA / f"{face}.LICENSE.txt").read_text("utf-8")
