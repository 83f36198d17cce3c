"""JSON Schemas of the messages, made from the Structs themselves."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from mqtt_bridge.contract import CHANNELS, tag
from mqtt_bridge.messages import Message
from mqtt_bridge.vocabulary import END

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def message_types() -> list[type[Message]]:
    """Every message of the contract, in the order of its topics."""
    return list(dict.fromkeys(one for channel in CHANNELS.values() for one in channel.types))


def components(ref_template: str) -> dict[str, dict[str, Any]]:
    """Schemas of all messages and of what they are made of, by class name."""
    _, found = msgspec.json.schema_components(message_types(), ref_template=ref_template)
    return {name: _tidy(schema) for name, schema in sorted(found.items())}


def standalone(message_type: type[Message]) -> dict[str, Any]:
    """One message's schema, whole in one document."""
    _, found = msgspec.json.schema_components([message_type], ref_template="#/$defs/{name}")
    parts = {name: _tidy(schema) for name, schema in sorted(found.items())}
    schema = parts.pop(message_type.__name__)
    return {
        "$schema": DIALECT,
        "$id": f"{tag(message_type)}.json",
        **schema,
        **({"$defs": parts} if parts else {}),
    }


def _tidy(value: Any) -> Any:
    """Docstrings without their indents, and ends of patterns as JSON Schema means them.

    A `discriminator` is OpenAPI's and means something else to AsyncAPI; the enum of each `type` says as much.
    """
    match value:
        case dict():
            inner = {key: one for key, one in value.items() if key != "discriminator"}
            return {key: _tidy_entry(key, one) for key, one in inner.items()}
        case list():
            return [_tidy(inner) for inner in value]
    return value


def _tidy_entry(key: str, value: Any) -> Any:
    if key == "description" and isinstance(value, str):
        return inspect.cleandoc(value)
    if key == "pattern" and isinstance(value, str):
        return value.replace(END, "$")
    return _tidy(value)
