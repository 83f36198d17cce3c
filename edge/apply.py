"""`hall apply`: send a changed site file to the coordinator and wait for its answer."""

from __future__ import annotations

from collections.abc import Sequence

from edge.console import NobodyThere, ask
from mqtt_bridge.messages import ApplySite
from mqtt_bridge.settings import BrokerAddress

ANSWER_S = 5.0
"""A large file takes a small machine a second to read."""


class NotApplied(Exception):  # noqa: N818 - ends a command
    """Nothing has changed. The text says why."""


async def apply_file(site: str, toml: str, brokers: Sequence[BrokerAddress]) -> None:
    """Put the file in force, on the first broker where a coordinator answers. Raises NotApplied."""
    silent: list[str] = []
    for broker in brokers:
        where = f" at {broker.host}:{broker.port}" if len(brokers) > 1 else ""
        try:
            answer = await ask(
                site,
                broker,
                lambda id_, deadline_ms: ApplySite(id_, deadline_ms, toml=toml),
                ANSWER_S,
                f"the hall's coordinator did not answer{where}: does it run?",
            )
        except NobodyThere as error:
            silent.append(str(error))
            continue
        if answer.code != "ok":
            raise NotApplied(answer.text_en)
        return
    raise NotApplied("; ".join(silent))
