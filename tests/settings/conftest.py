"""A small site in order, and ways to spoil it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

GOOD = """\
[site]
id = "small"
name = "小厅"
coordinator = "core"

[[queues]]
id = "general"
name = "综合"
prefix = "A"

[[services]]
id = "photo"
name = "照相"
queue = "general"

[[windows]]
id = "1"
label = "1"
queues = ["general"]

[[nodes]]
id = "core"

[[ports]]
id = "line"
node = "core"
url = "/dev/serial/by-path/one"

[[devices]]
id = "keypad-1"
kind = "keypad"
port = "line"
window = "1"
address = 1
"""


@pytest.fixture(scope="session")
def good() -> str:
    """The text of a site without a mistake."""
    return GOOD


@pytest.fixture
def spoilt(good: str) -> Callable[[str, str], str]:
    """`spoilt(old, new)`: the good text with one place changed, which must be there once."""

    def change(old: str, new: str) -> str:
        assert len(re.findall(re.escape(old), good)) == 1, old
        return good.replace(old, new)

    return change
