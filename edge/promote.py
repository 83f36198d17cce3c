"""`hall promote`: tell the standby's node, which must run, to coordinate the site from now on."""

from __future__ import annotations

from edge.console import NobodyThere, ask
from mqtt_bridge.messages import Promote
from mqtt_bridge.settings import BrokerAddress

ANSWER_S = 12.0
"""It takes two or three seconds; each of its waits is bounded, and all of them together by this."""


class NotPromoted(Exception):  # noqa: N818 - ends a command
    """Nothing has changed. The text says why."""


async def promote_node(site: str, node: str, broker: BrokerAddress, *, force: bool) -> tuple[str, str]:
    """What the node says when it has done so, in Chinese and in English. Raises NotPromoted.

    `broker` is the node's own: all nodes will meet there.
    """
    try:
        answer = await ask(
            site,
            broker,
            lambda id_, deadline_ms: Promote(id_, deadline_ms, node=node, force=force),
            ANSWER_S,
            f"node {node} of site {site!r} did not answer at {broker.host}:{broker.port}: start it there with"
            " `hall node` first, it holds the copy of the journal; if it runs, it has another site file, or"
            " the broker's rules keep this command back",
        )
    except NobodyThere as error:
        raise NotPromoted(str(error)) from error
    if answer.code != "ok":
        raise NotPromoted(f"{answer.text}\n{answer.text_en}")
    return answer.text, answer.text_en
