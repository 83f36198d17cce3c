"""The words that all messages share: names, numbers, times, and the root of every message."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

# Python's `$` also matches before a newline at the end; JSON Schema's does not. This is the end in both.
END = r"$(?!\n)"

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}" + END)]
Number = Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,8}" + END, description="a ticket's number, e.g. A001")]
Letters = Annotated[str, Meta(pattern=r"^[A-Z]{0,3}" + END, description="letters before a number")]
Text = Annotated[str, Meta(max_length=400)]
Visit = Annotated[str, Meta(pattern=r"^[0-9]{8}-[A-Z0-9]{1,8}" + END, description="day and number")]
RequestId = Annotated[str, Meta(min_length=1, max_length=64)]
RecordId = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{8}-[1-9][0-9]{0,15}" + END, description="generation-sequence")
]
Generation = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{8}" + END, description="of a store: new with each new one")
]
UnixMs = Annotated[int, Meta(ge=0, le=4_102_444_800_000)]
Seconds = Annotated[int, Meta(ge=0, le=864_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Level = Annotated[int, Meta(ge=1, le=5, description="5 very satisfied ... 1 very dissatisfied")]

Phase: TypeAlias = Literal["closed", "paused", "idle", "calling", "serving"]
Storage: TypeAlias = Literal["ok", "reserve", "full"]
Lifecycle: TypeAlias = Literal["init", "ready", "degraded", "disconnected", "sleeping", "lost"]


def _snake(class_name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", class_name).lower()


class Message(Struct, frozen=True, omit_defaults=True, tag=_snake, tag_field="type"):
    """Root of all messages; `type` on the wire is the class name in snake_case.

    Unknown fields are ignored, so that a newer sender is understood.
    """
