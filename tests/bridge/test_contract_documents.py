"""docs/asyncapi.yaml and docs/schemas: as the code says, valid by public validators, and true of messages."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mqtt_bridge import asyncapi
from mqtt_bridge.contract import CHANNELS, tag
from mqtt_bridge.errors import Refused
from mqtt_bridge.examples import EXAMPLES
from mqtt_bridge.messages import Message
from mqtt_bridge.payloads import decode, encode
from mqtt_bridge.schemas import message_types, standalone
from mqtt_bridge.topics import Topic

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "asyncapi.yaml"
CHECK = Path(__file__).parent / "asyncapi"

VALIDATORS = {
    one: jsonschema.Draft202012Validator(
        json.loads((ROOT / "docs" / "schemas" / f"{tag(one)}.json").read_text())
    )
    for one in message_types()
}


def test_the_files_are_as_the_code_says() -> None:
    assert asyncapi.stale() == []
    assert asyncapi.main(["--check"]) == 0


def test_a_difference_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(asyncapi, "DOCS", tmp_path)
    asyncapi.write()
    assert asyncapi.main(["--check"]) == 0
    (tmp_path / "schemas" / "life.json").write_text("{}")
    (tmp_path / "schemas" / "rated.json").unlink()
    (tmp_path / "schemas" / "of_old.json").write_text("{}")
    assert asyncapi.main(["--check"]) == 1
    assert capsys.readouterr().out.split() == [
        word
        for name in ("life", "of_old", "rated")
        for word in f"docs/schemas/{name}.json differs from the code".split()
    ]
    assert asyncapi.main(["--write"]) == 0
    assert asyncapi.stale() == []


def test_a_wrong_word_on_the_command_line_is_said() -> None:
    assert asyncapi.main(["--wrote"]) == 2


def node() -> str:
    """The one that `make test` installs, else the system's."""
    found = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    assert found, "Node.js is not installed: `make test` installs it"
    return found


@pytest.fixture(scope="module")
def validate() -> Callable[[str], tuple[int, str]]:
    """The public AsyncAPI parser: exit code and what it says."""
    if not (CHECK / "node_modules").exists():
        pytest.fail("the AsyncAPI parser is not installed: `make test` installs it")
    command = [node(), "check.mjs"]

    def validator(text: str) -> tuple[int, str]:
        done = subprocess.run(command, input=text, cwd=CHECK, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return validator


def test_the_public_parser_finds_nothing_wrong(validate: Callable[[str], tuple[int, str]]) -> None:
    assert validate(DOCUMENT.read_text()) == (0, f"{len(message_types())} messages\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("$ref: '#/channels/role'", "$ref: '#/channels/rule'", "#/channels/rule"),
        ("action: receive", "action: hear", "action"),
        ("asyncapi: 3.0.0", "asyncapi: 1.9.9", "1.9.9"),
    ],
)
def test_the_public_parser_would_have_found_it(
    validate: Callable[[str], tuple[int, str]], old: str, new: str, said: str
) -> None:
    text = DOCUMENT.read_text()
    assert old in text
    code, output = validate(text.replace(old, new, 1))
    assert code == 1
    assert said in output


def test_channels_operations_and_bindings_say_what_the_table_says() -> None:
    document = yaml.safe_load(DOCUMENT.read_text())
    channels = {one["address"]: one for one in document["channels"].values()}
    for channel in CHANNELS.values():
        levels = "".join(f"/{{{name}}}" for name in channel.levels)
        found = channels.pop(f"hall/1/{{site}}/{{node}}/{channel.kind}{levels}")
        assert set(found["messages"]) == {tag(one) for one in channel.types}
        assert set(found["parameters"]) == {"site", "node", *channel.levels}
    assert channels == {}
    bindings = {name: one["bindings"]["mqtt"] for name, one in document["operations"].items()}
    assert len(bindings) == len(CHANNELS)
    assert {name for name, one in bindings.items() if one["retain"]} == {
        "sendLife",
        "sendDevice",
        "receiveRole",
        "receiveStateHall",
        "receiveStateSite",
        "receiveStateWindow",
        "receiveStateQueue",
        "receiveStateBoard",
        "receiveStateStandby",
    }
    assert {one["qos"] for one in bindings.values()} == {1}


def test_every_example_in_the_document_is_valid_by_the_document() -> None:
    """The public parser does not look inside of examples."""
    document = yaml.safe_load(DOCUMENT.read_text())
    messages = document["components"]["messages"]
    assert len(messages) == len(message_types())
    for message in messages.values():
        schema = {**document, **message["payload"]}  # $ref beside what it points into
        assert message["examples"]
        for example in message["examples"]:
            jsonschema.Draft202012Validator(schema).validate(example["payload"])
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.Draft202012Validator(schema).validate({**example["payload"], "type": "other"})


@pytest.mark.parametrize("message_type", message_types(), ids=tag)
def test_schemas_are_schemas(message_type: type[Message]) -> None:
    jsonschema.Draft202012Validator.check_schema(standalone(message_type))


@pytest.mark.parametrize(("_topic", "message"), EXAMPLES)
def test_every_example_is_valid_by_its_schema(_topic: Topic, message: Message) -> None:
    VALIDATORS[type(message)].validate(json.loads(encode(message)))


TEXTS = ("", "A001", "w 12", "x" * 500, "AAA=", "AB==", "=AAA", "A" * 15_000, "A" * 15_004)
SPOILS = (None, -1, 0, 6, 1.5, 10**12, [], {}, True, *TEXTS)


@pytest.mark.parametrize(("topic", "message"), EXAMPLES)
def test_a_message_spoilt_is_refused_by_the_code_wherever_the_schema_refuses_it(
    topic: Topic, message: Message
) -> None:
    """And what the code takes, the schema takes: a stranger who checks by it is never surprised."""
    fields = json.loads(encode(message))
    validator = VALIDATORS[type(message)]
    for name in sorted(fields.keys() - {"type"}):
        for spoilt in SPOILS:
            told = {**fields, name: spoilt}
            assert is_taken(topic, told) == validator.is_valid(told), (name, spoilt)


def is_taken(topic: Topic, fields: dict[str, Any]) -> bool:
    try:
        decode(topic, json.dumps(fields).encode())
    except Refused as refused:
        return refused.reason == "wrong_topic"
    return True
