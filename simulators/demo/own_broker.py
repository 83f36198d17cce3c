"""The site file of a hall that runs on one machine and brings a broker of its own."""

from __future__ import annotations

from pathlib import Path

from edge.settings.lines import line_index
from edge.settings.model import Site

OF_THE_REAL_BROKER = (
    ("broker", "port"),
    ("broker", "username"),
    ("broker", "password_file"),
    ("broker", "ca_file"),
    ("broker", "certificate_file"),
    ("broker", "key_file"),
    ("standby", "port"),
)


def on_its_own_broker(site: Site, file: Path, folder: Path) -> Path:
    """`file` itself, or a copy in `folder` that neither logs in nor speaks TLS: on loopback nobody asks."""
    if not site.broker.username and not site.broker.ca_file:
        return file
    text = file.read_text(encoding="utf-8-sig")
    index, lines = line_index(text), text.split("\n")
    for path in OF_THE_REAL_BROKER:
        if path in index:
            lines[index[path] - 1] = ""
    copy = folder / "site.toml"
    copy.write_text("\n".join(lines), encoding="utf-8")
    return copy
