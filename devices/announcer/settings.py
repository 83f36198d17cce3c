"""Settings of an announcer."""

from __future__ import annotations

import string
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from devices.announcer.messages import Language

TEMPLATE_ZH: Final = "请{ticket}号到{window}号窗口"
TEMPLATE_EN: Final = "number {ticket} please go to window {window}"
_FIELDS: Final = {"ticket", "window"}

Template = Annotated[str, Meta(min_length=1, max_length=120)]


def check_template(text: str) -> None:
    """Raises ValueError unless `text` holds {ticket}, and no other field than {ticket} and {window}."""
    fields = [field for _, field, *_ in string.Formatter().parse(text) if field is not None]
    unknown = sorted(set(fields) - _FIELDS)
    if unknown:
        raise ValueError(f"template {text!r}: {{{unknown[0]}}} is unknown; use {{ticket}} and {{window}}")
    if "ticket" not in fields:
        raise ValueError(f"template {text!r} never says {{ticket}}")


class AnnouncerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One announcer: a loudspeaker, or a zone of them, where one voice speaks at a time.

    `clips_dir` holds `zh/请.wav`, `en/number.wav` and so on (22,050 Hz, mono, 16 bit) and, if wished,
    `chime.wav`; empty means a chime only. `player` is called as `aplay` is: `player -q -D DEVICE -t wav -`,
    the sound on standard input.
    """

    zone: Annotated[str, Meta(max_length=32)] = "hall"
    clips_dir: Annotated[str, Meta(max_length=400)] = ""
    languages: Annotated[tuple[Language, ...], Meta(min_length=1, max_length=2)] = ("zh", "en")
    template_zh: Template = TEMPLATE_ZH
    template_en: Template = TEMPLATE_EN
    yao: bool = False  # 1 in a ticket number is 幺 yāo, as on the telephone, and not 一 yī
    chime: bool = True
    volume_pct: Annotated[int, Meta(ge=1, le=100)] = 100
    repeats: Annotated[int, Meta(ge=1, le=3)] = 1  # how often one announcement is said
    gap_ms: Annotated[int, Meta(ge=0, le=5_000)] = 600  # silence between two announcements
    max_waiting: Annotated[int, Meta(ge=1, le=100)] = 20
    max_age_s: Annotated[float, Meta(ge=5, le=600)] = 60.0
    player: Annotated[str, Meta(min_length=1, max_length=200)] = "aplay"
    keep_files: Annotated[int, Meta(ge=1, le=10_000)] = 200  # WAV files kept where the port is a folder

    def __post_init__(self) -> None:
        for template in (self.template_zh, self.template_en):
            check_template(template)
        if len(set(self.languages)) != len(self.languages):
            raise ValueError("languages: each language once")

    def template(self, language: Language) -> str:
        """The sentence in this language."""
        return self.template_zh if language == "zh" else self.template_en
