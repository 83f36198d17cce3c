from __future__ import annotations

from collections.abc import Callable
from timeit import repeat

import pytest
from PIL import Image, ImageDraw

from display.fonts import load_bitmap_font, load_text_font
from display.strip import Segment, draw_strip, led_look, pack_bits

CALL = (Segment("请"), Segment("A001", "green"), Segment("号到"), Segment("3", "yellow"), Segment("号窗口"))


def text_of(image: Image.Image, text: str, x: int, y: int) -> bool:
    """Whether `text` stands at (x, y) in dots of any colour, at single size."""
    font = load_bitmap_font()
    expected = Image.new("1", (font.width_px(text), 16))
    font.draw(expected, 0, 0, text)
    return pack_bits(image.crop((x, y, x + expected.width, y + 16))) == expected.tobytes()


def test_a_call_on_a_double_strip(same_picture: Callable[..., None]) -> None:
    same_picture(draw_strip(CALL, 288, 32), "strip-call-288x32.png")


def test_a_call_on_a_single_strip(same_picture: Callable[..., None]) -> None:
    same_picture(draw_strip(CALL, 144, 16), "strip-call-144x16.png")


def test_a_long_reason_wraps(same_picture: Callable[..., None]) -> None:
    reason = [Segment("暂停服务 "), Segment("工作人员开会,十点半恢复,请到其他窗口", "yellow")]
    same_picture(draw_strip(reason, 192, 32, "left"), "strip-reason-192x32.png")


def test_colours_are_palette_indices() -> None:
    image = draw_strip([Segment("一"), Segment("一", "green"), Segment("一", "yellow")], 48, 16)
    assert image.mode == "P"
    assert [image.getpixel((x, 7)) for x in (0, 8, 24, 40)] == [0, 1, 2, 3]


def test_packed_bits_are_rows_of_bytes_with_the_leftmost_dot_high() -> None:
    image = draw_strip([Segment("一"), Segment("一", "green")], 36, 16, "left")
    eighth_row = slice(7 * 5, 8 * 5)
    assert len(pack_bits(image)) == 16 * 5
    assert pack_bits(image)[eighth_row].hex(" ") == "3f fe 3f fe 00"
    assert pack_bits(image, "red")[eighth_row].hex(" ") == "3f fe 00 00 00"
    assert pack_bits(image, "green")[eighth_row].hex(" ") == "00 00 3f fe 00"


def test_yellow_lights_both_lamps() -> None:
    image = draw_strip([Segment("一", "yellow")], 16, 16)
    assert pack_bits(image, "red") == pack_bits(image, "green") == pack_bits(image)


def test_text_is_centred_or_left() -> None:
    assert text_of(draw_strip([Segment("一")], 64, 16), "一", 24, 0)
    assert text_of(draw_strip([Segment("一")], 64, 16, "left"), "一", 0, 0)


def test_the_largest_whole_scale_that_fits_is_taken() -> None:
    single = draw_strip([Segment("三")], 16, 16)
    assert draw_strip([Segment("三")], 48, 48).tobytes() == single.resize((48, 48)).tobytes()
    assert text_of(draw_strip([Segment("三")], 31, 32), "三", 7, 8)


def test_what_is_too_long_for_all_lines_ends_in_an_ellipsis() -> None:
    image = draw_strip([Segment("一二三四五六七八九")], 64, 32, "left")
    assert text_of(image, "一二三四", 0, 0)
    assert text_of(image, "五六七…", 0, 16)


def test_no_line_begins_with_a_comma() -> None:
    image = draw_strip([Segment("一二三四,五六")], 64, 32, "left")
    assert text_of(image, "一二三", 0, 0)
    assert text_of(image, "四,五六", 0, 16)


def test_two_hundred_characters_stay_on_the_panel() -> None:
    image = draw_strip([Segment("办理" * 100)], 128, 16, "left")
    assert image.size == (128, 16)
    assert text_of(image, "办理办理办理办…", 0, 0)


@pytest.mark.parametrize("segments", [(), (Segment(""),), (Segment("   "),)])
def test_nothing_to_show_is_dark(segments: tuple[Segment, ...]) -> None:
    assert not any(pack_bits(draw_strip(segments, 64, 32)))


@pytest.mark.parametrize("size", [(7, 16), (64, 15), (5000, 16), (64, 300)])
def test_impossible_panels_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="8 x 16 to 4096 x 256"):
        draw_strip(CALL, *size)


def test_the_led_look_shows_round_lamps() -> None:
    look = led_look(draw_strip([Segment("一", "green")], 16, 16), 8)
    assert look.size == (128, 128)
    assert look.getpixel((8 * 8 + 4, 7 * 8 + 4))[1] > 200  # the middle of a lit lamp
    assert max(look.getpixel((4, 4))) < 60  # the middle of a dark one
    with pytest.raises(ValueError, match="between 4 and 32"):
        led_look(draw_strip([], 16, 16), 2)


def test_a_strip_costs_no_more_than_one_text_call() -> None:
    """The limit is one and a half; a quarter was measured."""
    image = Image.new("1", (288, 32))
    pen, font, text = ImageDraw.Draw(image), load_text_font(16), "".join(part.text for part in CALL)
    ours = min(repeat(lambda: draw_strip(CALL, 288, 32), number=50))
    theirs = min(repeat(lambda: pen.text((0, 0), text, font=font, fill=1), number=50))
    assert ours < 1.5 * theirs
