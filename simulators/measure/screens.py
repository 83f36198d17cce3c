"""A node whose boards are framebuffers: mapped files with the geometry of a screen on HDMI.

`hall node` maps `/dev/fb0`, and the machine that measures has no twenty of these. All else of the node is as
it is.

    python -m simulators.measure.screens FOLDER node options of `hall node`
"""

from __future__ import annotations

import sys
from pathlib import Path

from edge import ports
from edge.cli import run

BOARD = (1920, 1080)
BITS = 32


def framebuffer(folder: Path) -> str:
    """A file with a framebuffer's geometry beside it, all black; returns its url."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = BOARD
    stride = width * BITS // 8
    (folder / "virtual_size").write_text(f"{width},{height}\n", encoding="ascii")
    (folder / "bits_per_pixel").write_text(f"{BITS}\n", encoding="ascii")
    (folder / "stride").write_text(f"{stride}\n", encoding="ascii")
    (folder / "fb0").write_bytes(bytes(stride * height))
    return f"framebuffer:{folder}/fb0?geometry={folder}"


def _wire_url(url: str, path: Path) -> str:
    return framebuffer(path) if url.startswith("file:") else url


if __name__ == "__main__":
    ports.wire_url = _wire_url  # where `--wires` says what stands at the end of each wire
    sys.exit(run([*sys.argv[2:], "--wires", sys.argv[1]]))
