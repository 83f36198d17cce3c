"""The contract as an AsyncAPI 3 document and JSON Schemas, made from the code.

    python -m mqtt_bridge.asyncapi --write     writes docs/asyncapi.yaml and docs/schemas/*.json
    python -m mqtt_bridge.asyncapi --check     says what differs from the code; ends with 1 if so

The document speaks for a node: it sends requests and records, and receives answers and states.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from mqtt_bridge import schemas
from mqtt_bridge.contract import CHANNELS, LARGE, QOS, SMALL_BYTES, VERSION, Channel, tag
from mqtt_bridge.examples import EXAMPLES
from mqtt_bridge.messages import Message
from mqtt_bridge.topics import ROOT
from mqtt_bridge.topics import VERSION as MAJOR

DOCS = Path(__file__).parent.parent / "docs"
NAME_PATTERN = "a-z, 0-9 and '-', at most 32"

_ABOUT = """\
How the devices and screens of a service hall speak with its queue.

All payloads are JSON objects in UTF-8 whose field `type` names the message. All travels at QoS 1; the
contract needs nothing of MQTT 5. docs/contract.md explains ids, deadlines, receipts and lifecycle.
"""

_PARAMETERS = {
    "site": f"The hall: {NAME_PATTERN}.",
    "node": f"Who writes here, and nobody else does: {NAME_PATTERN}.",
    "to": "The node that is spoken to.",
    "device": "A device of the node, as its site file calls it.",
    "window": "A window, as the site file calls it.",
    "queue": "A queue, as the site file calls it.",
}


def document() -> dict[str, Any]:
    """The AsyncAPI document as plain data."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "hall-edge",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "hall": {
                "host": "127.0.0.1:1883",
                "protocol": "mqtt",
                "description": "The hall's broker: MQTT 5 where it can, complete on 3.1.1.",
            }
        },
        "channels": {_key(channel): _channel(channel) for channel in CHANNELS.values()},
        "operations": dict(_operation(channel) for channel in CHANNELS.values()),
        "components": {
            "messages": {tag(one): _message(one) for one in schemas.message_types()},
            "schemas": schemas.components("#/components/schemas/{name}"),
            "parameters": {name: {"description": text} for name, text in _PARAMETERS.items()},
        },
    }


def _key(channel: Channel) -> str:
    first, *others = channel.kind.split("/")
    return first + "".join(word.capitalize() for word in others)


def _channel(channel: Channel) -> dict[str, Any]:
    levels = ("site", "node", *channel.levels)
    address = "/".join(
        (ROOT, MAJOR, "{site}", "{node}", channel.kind, *(f"{{{name}}}" for name in channel.levels))
    )
    return {
        "address": address,
        "title": channel.title,
        "description": _rules(channel),
        "messages": {tag(one): {"$ref": f"#/components/messages/{tag(one)}"} for one in channel.types},
        "parameters": {name: {"$ref": f"#/components/parameters/{name}"} for name in levels},
    }


def _rules(channel: Channel) -> str:
    kept = "Retained: the newest is on the broker." if channel.retain else "Not retained."
    writer = (
        "Written by each node below its own name."
        if channel.writer == "node"
        else ("Written by the node that coordinates the site.")
    )
    size = f"At most {SMALL_BYTES // 1024} KiB."
    if channel.limit_bytes > SMALL_BYTES:
        longer = ", ".join(sorted(tag(one) for one in LARGE.intersection(channel.types)))
        size = f"At most {SMALL_BYTES // 1024} KiB; {longer} {channel.limit_bytes // 1024} KiB."
    return f"{kept} {writer} {size}"


def _operation(channel: Channel) -> tuple[str, dict[str, Any]]:
    key = _key(channel)
    sends = channel.writer == "node"
    name = ("send" if sends else "receive") + key[0].upper() + key[1:]
    operation: dict[str, Any] = {
        "action": "send" if sends else "receive",
        "channel": {"$ref": f"#/channels/{key}"},
        "summary": channel.title,
        "messages": [{"$ref": f"#/channels/{key}/messages/{tag(one)}"} for one in channel.types],
        "bindings": {"mqtt": {"qos": QOS, "retain": channel.retain, "bindingVersion": "0.2.0"}},
    }
    if channel.kind == "request":
        operation["reply"] = {"channel": {"$ref": "#/channels/answer"}}
    return name, operation


def _message(message_type: type[Message]) -> dict[str, Any]:
    name = message_type.__name__
    examples = [message for _, message in EXAMPLES if type(message) is message_type]
    return {
        "name": tag(message_type),
        "title": name,
        "summary": (message_type.__doc__ or "").split("\n")[0],
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "examples": [{"payload": msgspec.to_builtins(one)} for one in examples],
    }


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file with its text."""
    yield DOCS / "asyncapi.yaml", _yaml(document())
    for one in schemas.message_types():
        text = json.dumps(schemas.standalone(one), ensure_ascii=False, indent=2)
        yield DOCS / "schemas" / f"{tag(one)}.json", text + "\n"


def _yaml(data: dict[str, Any]) -> str:
    import yaml  # only those who change the contract need it

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    Plain.add_representer(str, _represent_text)
    head = "# Generated by `python -m mqtt_bridge.asyncapi --write`. Change the Structs instead.\n"
    text: str = yaml.dump(data, Dumper=Plain, sort_keys=False, allow_unicode=True, width=100)
    return head + text


def _represent_text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def stale() -> list[str]:
    """Which generated files differ from the code, are missing, or belong to no message any more."""
    made = dict(files())
    wrong = [path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text]
    return sorted(str(path.relative_to(DOCS)) for path in [*wrong, *_left_over(made)])


def _left_over(made: dict[Path, str]) -> list[Path]:
    return [path for path in (DOCS / "schemas").glob("*.json") if path not in made]


def write() -> None:
    """Bring every generated file up to date."""
    made = dict(files())
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for path in _left_over(made):
        path.unlink()


def main(arguments: list[str]) -> int:
    """Entry point; see the top of this file. Returns the exit code."""
    match arguments:
        case ["--write"]:
            write()
        case ["--check"]:
            differing = stale()
            sys.stdout.writelines(f"docs/{name} differs from the code\n" for name in differing)
            return 1 if differing else 0
        case _:
            sys.stderr.write("usage: python -m mqtt_bridge.asyncapi --write | --check\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
