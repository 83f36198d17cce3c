"""The kinds of value that the tables of a site file are made of.

Each is an annotated type: msgspec enforces the bounds, and `extra={"is": ...}` says them in words for
error messages and for docs/settings.md.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"


def meaning(text: str) -> Meta:
    """What a key is for, in one sentence."""
    return Meta(description=text)


def in_words(words: str, **bounds: Any) -> Meta:
    """Bounds together with the words that tell them."""
    return Meta(extra={"is": words}, **bounds)


# \Z and not $: a name with a line feed at its end must not pass.
Id = Annotated[
    str,
    in_words('a name of a-z, 0-9 and "-", at most 32', pattern=r"^[a-z0-9][a-z0-9-]{0,31}\Z"),
]
IdOrNothing = Annotated[str, in_words('a name, or ""', pattern=r"^(?:[a-z0-9][a-z0-9-]{0,31})?\Z")]
Label = Annotated[str, in_words("text of 1 to 16 characters", min_length=1, max_length=16)]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
TitleOrNothing = Annotated[str, Meta(max_length=200)]
Filename = Annotated[str, Meta(max_length=255)]
Sentence = Annotated[str, Meta(max_length=400)]
Digits = Annotated[str, in_words("up to 6 digits in quotes", pattern=r"^[0-9]{0,6}\Z")]
Prefix = Annotated[str, in_words("0 to 3 letters A-Z", pattern=r"^[A-Z]{0,3}\Z")]
TimeOfDay = Annotated[str, in_words('a time of day such as "09:00"', pattern=rf"^{_CLOCK}\Z")]
Span = Annotated[str, in_words('a span such as "09:00-12:00"', pattern=rf"^{_CLOCK}-(?:{_CLOCK}|24:00)\Z")]
Weight = Annotated[float, Meta(ge=0, le=100_000)]
Percent = Annotated[float, Meta(ge=0, le=100)]


def seconds_of_day(text: str) -> int:
    """Seconds after midnight of a `TimeOfDay`: "09:30" gives 34200."""
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def span_seconds(text: str) -> tuple[int, int]:
    """Both ends of a `Span` in seconds after midnight."""
    opens, closes = text.split("-")
    return seconds_of_day(opens), seconds_of_day(closes)
