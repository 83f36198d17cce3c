from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image, ImageChops

from display.board import BoardPicture, packed, turns
from display.board_tile import AMBER, BAND, CYAN, INK, LIT, NEWEST, NIGHT, ROW, ROW_ODD, SOFT, WHITE
from display.board_view import BoardView, Box, Call, Notice, Queue
from display.text import Colour

QUEUES = (
    Queue("社会保险登记", "Social insurance", 3, 240, 480),
    Queue("不动产登记", "Real estate", 12, 900, 1320),
    Queue("交通运输许可", "Transport permits", 0, issuing=False),
)
CALLS = (Call("A012", "12"), Call("B103", "3"), Call("C007", "综3"), Call("VIP01", "55", 2))
VIEW = BoardView(
    "朝天区政务服务大厅",
    "Chaotian Government Service Hall",
    "10:24",
    CALLS,
    QUEUES,
    (Notice("过号请到咨询台", "Missed your number? Ask at the desk."),),
    hours="周一至周五 9:00–17:00",
    hours_en="Mon–Fri 9:00–17:00",
)
SMALL = (800, 480)
SIZES = [SMALL, (480, 800), (1280, 720), (1366, 768), (1920, 1080), (1080, 1920), (2560, 600)]


def drawn(
    view: BoardView, *, size: tuple[int, int] = SMALL, language: str = "zh", **more: object
) -> Image.Image:
    picture = BoardPicture(*size, language)  # type: ignore[arg-type]
    picture.update(view, **more)  # type: ignore[arg-type]
    return picture.image


def changed(before: BoardView, after: BoardView, **more: object) -> list[Box]:
    picture = BoardPicture(*SMALL)
    picture.update(before)
    return picture.update(after, **more)  # type: ignore[arg-type]


class TestReferencePictures:
    """Small boards, whole. A new reference picture is looked at before it is kept."""

    @pytest.mark.parametrize(
        ("name", "view", "language", "lit"),
        [
            ("both", VIEW, "both", {"A012"}),
            ("english", VIEW, "en", ()),
            ("stale", replace(VIEW, stale_since="10:12"), "both", {"A012"}),
            ("over", replace(VIEW, calls=(), queues=(), notices=(), stale_since="17:02"), "zh", set()),
            ("closed", replace(VIEW, calls=(), open=False, clock="18:02"), "both", ()),
            ("empty", BoardView("政务服务大厅", clock="8:59"), "zh", ()),
        ],
    )
    def test_board(
        self, same_picture: Callable[..., None], name: str, view: BoardView, language: str, lit: set[str]
    ) -> None:
        image = drawn(view, language=language, lit=lit)
        same_picture(image, f"board-{name}.png", edges=0.01)


class TestOnlyWhatChanged:
    def test_nothing(self) -> None:
        assert changed(VIEW, replace(VIEW, calls=(*VIEW.calls,))) == []

    def test_the_clock(self) -> None:
        ((left, top, right, bottom),) = changed(VIEW, replace(VIEW, clock="10:25"))
        assert (top, right) == (0, 800)
        assert left > 600
        assert bottom < 60

    def test_one_queue(self) -> None:
        more = (replace(QUEUES[0], waiting=4), *QUEUES[1:])
        ((left, top, right, bottom),) = changed(VIEW, replace(VIEW, queues=more))
        assert left > 400
        assert right == 800
        assert bottom - top <= 60

    def test_a_call_that_is_lit(self) -> None:
        ((left, _, right, _),) = changed(VIEW, VIEW, lit={"B103"})
        assert left == 0
        assert right < 500

    def test_a_new_call_moves_the_others_down(self) -> None:
        assert len(changed(VIEW, replace(VIEW, calls=(Call("A013", "1"), *CALLS)))) == 5

    def test_the_first_update_covers_the_picture(self) -> None:
        assert sum((r - x) * (b - y) for x, y, r, b in BoardPicture(*SMALL).update(VIEW)) == 800 * 480


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "view", [VIEW, replace(VIEW, stale_since="9:00"), replace(VIEW, calls=(), open=False), BoardView("")]
)
def test_boxes_cover_the_picture_and_never_overlap(size: tuple[int, int], view: BoardView) -> None:
    boxes = BoardPicture(*size).update(view)
    cover = Image.new("L", size)
    for box in boxes:
        assert cover.crop(box).getextrema() == (0, 0)
        cover.paste(1, box)
    assert cover.getextrema() == (1, 1)


texts = st.sampled_from(["社保", "不动产登记" * 40, "", "x" * 200, "A\n科😀"])
queues = st.builds(
    Queue, texts, texts, st.integers(0, 10**6), st.integers(0, 9000), st.integers(0, 864_000), st.booleans()
)
calls = st.builds(
    Call, st.sampled_from(["A001", "B002", "ABCD1234"]), st.sampled_from(["1", "综3", "W" * 16])
)
views = st.builds(
    BoardView,
    title=texts,
    title_en=texts,
    clock=st.sampled_from(["8:59", "10:24"]),
    calls=st.lists(calls, max_size=10).map(tuple),
    queues=st.one_of(st.lists(queues, max_size=4), st.lists(queues, min_size=13, max_size=13)).map(tuple),
    notices=st.lists(st.builds(Notice, texts, texts), max_size=2).map(tuple),
    open=st.booleans(),
    hours=texts,
    stale_since=st.sampled_from(["", "10:12"]),
)
looks = st.tuples(views, st.sets(st.sampled_from(["A001", "B002"])), st.integers(0, 3))


@settings(max_examples=25, deadline=None)
@given(st.lists(looks, min_size=2, max_size=4), st.sampled_from(["zh", "en", "both"]))
def test_changed_boxes_carry_any_board_to_any_other(
    steps: list[tuple[BoardView, set[str], int]], language: str
) -> None:
    """A panel that copies only the boxes it is told shows what a board drawn anew shows."""
    picture = BoardPicture(*SMALL, language)  # type: ignore[arg-type]
    panel = Image.new("RGB", SMALL, (255, 0, 255))
    for view, lit, turn in steps:
        for box in picture.update(view, lit, turn):
            panel.paste(picture.image.crop(box), box)
        assert panel.tobytes() == drawn(view, language=language, lit=lit, turn=turn).tobytes()


class TestRules:
    def test_calls_beyond_the_eighth_are_not_drawn(self) -> None:
        many = tuple(Call(f"A{number:03}", "1") for number in range(8))
        assert changed(replace(VIEW, calls=many), replace(VIEW, calls=(*many, Call("A999", "1")))) == []

    def test_thirteen_queues_stand_on_two_pages(self) -> None:
        view = replace(VIEW, queues=tuple(Queue(f"事项{number}") for number in range(13)))
        assert turns(view) == 2
        first, second = drawn(view, turn=0), drawn(view, turn=1)
        assert first.tobytes() != second.tobytes()
        assert drawn(view, turn=2).tobytes() == first.tobytes()

    def test_twelve_queues_stand_on_one(self) -> None:
        assert turns(replace(VIEW, queues=QUEUES * 4)) == 1

    def test_notices_take_turns(self) -> None:
        view = replace(VIEW, notices=(Notice("一"), Notice("二"), Notice("三")))
        assert turns(view) == 3
        assert len({drawn(view, turn=turn).tobytes() for turn in range(6)}) == 3

    def test_a_stale_board_has_no_lit_call(self) -> None:
        view = replace(VIEW, stale_since="10:12")
        assert drawn(view, lit={"A012"}).tobytes() == drawn(view).tobytes()
        assert LIT not in colours(drawn(view), (0, 50, 440, 440))

    def test_calls_stay_in_a_hall_that_closes(self) -> None:
        shut = drawn(replace(VIEW, open=False))
        assert AMBER in colours(shut, (0, 50, 440, 440))
        assert LIT in colours(shut, (440, 0, 700, 50))

    @pytest.mark.parametrize("language", ["zh", "en", "both"])
    def test_a_long_window_label_takes_the_room_of_the_words(self, language: str) -> None:
        long = drawn(replace(VIEW, calls=(Call("ABCD1234", "W123456789012345"),)), language=language)
        assert WHITE in colours(long, (330, 50, 430, 120))


def colours(image: Image.Image, box: Box) -> set[object]:
    found = image.crop(box).getcolors(1 << 20)
    assert found is not None
    return {colour for _, colour in found}


class TestPixels:
    def pixels(self) -> Image.Image:
        image = Image.new("RGB", (4, 2), (8, 4, 8))
        for x, colour in enumerate(((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))):
            image.putpixel((x, 0), colour)
        return image

    def test_sixteen_bits_are_five_six_five(self) -> None:
        expected = "00 f8 e0 07 1f 00 ff ff " + " ".join(["21 08"] * 4)
        assert packed(self.pixels(), 16).hex(" ") == expected

    def test_thirty_two_bits_are_blue_green_red(self) -> None:
        expected = "00 00 ff 00 00 ff 00 00 ff 00 00 00 ff ff ff 00 " + " ".join(["08 04 08 00"] * 4)
        assert packed(self.pixels(), 32).hex(" ") == expected

    def test_other_depths_are_refused(self) -> None:
        with pytest.raises(ValueError, match="24 bits a pixel"):
            packed(self.pixels(), 24)

    def test_png_is_the_whole_picture(self) -> None:
        picture = BoardPicture(*SMALL)
        picture.update(VIEW)
        with Image.open(BytesIO(picture.png())) as file:
            assert not ImageChops.difference(file, picture.image).getbbox()

    def test_boxes_are_pieces_of_the_whole_picture(self) -> None:
        picture = BoardPicture(*SMALL)
        for box in picture.update(VIEW):
            assert picture.pixels(box, 32) == packed(picture.image.crop(box), 32)


def brightness(colour: Colour) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [
        value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in colour
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in (WHITE, AMBER, CYAN, SOFT) for ground in (NIGHT, ROW, ROW_ODD)),
        (WHITE, NEWEST),
        (WHITE, BAND),
        (SOFT, BAND),
        (AMBER, NEWEST),
        (INK, LIT),
    ],
)
def test_contrast_is_at_least_seven_to_one_or_large(text: Colour, ground: Colour) -> None:
    bright, dark = sorted((brightness(text), brightness(ground)), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 7


@pytest.mark.parametrize("size", [(799, 480), (800, 479), (480, 799), (7681, 1080), (0, 0)])
def test_impossible_sizes_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="800 x 480 to 7680 x 4320"):
        BoardPicture(*size)


def test_larger_boards_have_the_same_proportions() -> None:
    small, large = (BoardPicture(*size).update(VIEW) for size in ((1280, 720), (2560, 1440)))
    assert len(small) == len(large)
    for one, two in zip(small, large, strict=True):
        assert all(abs(a * 2 - b) <= 2 for a, b in zip(one, two, strict=True))


def test_rows_of_calls_are_equally_high_below_the_newest() -> None:
    boxes = [box for box in BoardPicture(1920, 1080).update(replace(VIEW, calls=CALLS * 2)) if box[0] == 0]
    rows = [bottom - top for _, top, _, bottom in boxes if 184 <= top < 980]
    assert len(rows) == 8
    assert rows[0] > 1.6 * rows[1]
    assert all(abs(upper - lower) <= 1 for upper, lower in pairwise(rows[1:]))
