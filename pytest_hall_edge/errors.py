"""What can go wrong with a twin, told to whoever wrote the test."""

from __future__ import annotations


class Refused(ValueError):  # noqa: N818 - a refusal
    """What a test asked for cannot be: a key that is not there, a setting out of its range, a taken name."""


class NotSeen(AssertionError):  # noqa: N818 - what a test finds
    """What a test waited for did not come. The text holds faces and the last bytes both ways.

    `told_of`: whose.
    """

    def __init__(self, text: str, told_of: object) -> None:
        super().__init__(text)
        self.told_of = told_of


class HostGone(RuntimeError):  # noqa: N818 - a state of the world
    """The process that holds the twins does not answer. The text holds its last words."""
