"""How long the two nodes that may coordinate wait for each other."""

from __future__ import annotations

import asyncio
import logging

log = logging.getLogger("hall.standby")

LOOK_S = 3.0
"""For the other broker to be reached before a coordinator acts."""
CLOSE_S = 2.0
"""For the last commits of a coordinator that gives way to reach the standby."""


async def wait(event: asyncio.Event, timeout_s: float) -> bool:
    """Whether it came true in time."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    return True


def log_error(_: object, error: Exception | None) -> None:
    """Of a piece of work for the journal of which nobody waits for the result."""
    if error is not None:
        log.error("%s", error)
