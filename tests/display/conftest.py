"""Comparing pictures with the reference pictures under tests/golden/display."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops

GOLDEN = Path(__file__).parent.parent / "golden" / "display"


@pytest.fixture
def same_picture(tmp_path: Path) -> Callable[..., None]:
    """Fail unless a picture is the reference picture; keep what was drawn, and the difference.

    `edges` is the share of pixels that may differ, by at most 48 of 255 in a channel: letters are smoothed
    a little differently by different releases of FreeType. Bitmap text allows none.
    HALL_NEW_PICTURES=1 writes the reference pictures anew: look at them before they are committed.
    """

    def compare(image: Image.Image, name: str, edges: float = 0.0) -> None:
        drawn, reference = image.convert("RGB"), GOLDEN / name
        if os.environ.get("HALL_NEW_PICTURES"):
            drawn.save(reference, optimize=True)
        expected = Image.open(reference).convert("RGB")
        assert drawn.size == expected.size
        difference = ImageChops.difference(drawn, expected)
        worst = max(high for _, high in difference.getextrema())
        pixels = difference.convert("L").point([0] + [255] * 255)
        share = pixels.histogram()[255] / (drawn.width * drawn.height)
        if worst > (48 if edges else 0) or share > edges:
            drawn.save(tmp_path / name)
            pixels.save(tmp_path / f"difference-{name}")
            pytest.fail(f"{name}: {share:.2%} of the pixels differ, by up to {worst}; see {tmp_path}")

    return compare
