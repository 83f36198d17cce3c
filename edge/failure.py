"""How a command ends that cannot do what it was asked."""

from __future__ import annotations


class Failure(Exception):  # noqa: N818 - ends a command
    """A plain sentence for the person who typed the command. `code` is the exit code."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code
