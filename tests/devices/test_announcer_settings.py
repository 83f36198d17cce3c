from __future__ import annotations

from typing import Any

import msgspec
import pytest

from devices.announcer.settings import AnnouncerSettings


def load(**keys: Any) -> AnnouncerSettings:
    return msgspec.convert(keys, AnnouncerSettings)


def test_an_empty_table_is_enough() -> None:
    assert load() == AnnouncerSettings()
    assert load().languages == ("zh", "en")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"volum_pct": 3}, "volum_pct"),
        ({"volume_pct": 101}, "<= 100"),
        ({"volume_pct": 0}, ">= 1"),
        ({"repeats": 4}, "<= 3"),
        ({"gap_ms": 5001}, "<= 5000"),
        ({"max_waiting": 0}, ">= 1"),
        ({"max_age_s": 4}, ">= 5"),
        ({"keep_files": 0}, ">= 1"),
        ({"languages": []}, "length >= 1"),
        ({"languages": ["zh", "zh"]}, "each language once"),
        ({"languages": ["fr"]}, "fr"),
        ({"template_zh": "请到{window}"}, "never says {ticket}"),
        ({"template_en": "{ticket} {room}"}, "{room} is unknown"),
        ({"template_en": "{ticket} {"}, "Single|expected"),
    ],
)
def test_wrong_settings_are_told(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        load(**keys)


def test_templates_by_language() -> None:
    settings = load(template_zh="甲{ticket}", template_en="no {ticket}")
    assert (settings.template("zh"), settings.template("en")) == ("甲{ticket}", "no {ticket}")
