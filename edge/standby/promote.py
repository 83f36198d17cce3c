"""The standby becomes the coordinator, on command.

In this order, so that a crash in between leaves at most one of the two acting:

1. It claims the role on both brokers, as every coordinator does. One that is alive answers: then nothing
   happens, unless the command says `force`.
2. It begins an epoch far above all that were heard of (`LEAP`), written down before anything is said. So
   the old one stays below it however often it is started again unheard.
3. It says its role on both brokers. A living coordinator gives way, and sends what it committed last; that
   is waited for a moment.
4. It goes to its own broker and acts. Where the copy may lack something, numbers that may be on paper are
   passed over. What nodes had a receipt for and is not here, they are asked for again by receipts that name
   less.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from edge import ledger
from edge.role import ANSWER_S, RoleTaken
from edge.standby import books
from edge.standby.known import remember, take
from edge.standby.waits import CLOSE_S, wait
from mqtt_bridge import messages as m

if TYPE_CHECKING:
    from edge.standby.duty import Duty
    from edge.standby.link import Link

LEAP = 100_000
"""Epochs from one promotion to the next: so often no coordinator starts without anybody hearing of it."""
ECHO_S = 2.0
"""For a broker to give us our own claim back; one that does not is not there."""
LINK_S = 5.0
"""For our own broker, on which the command came, to take us in."""


class NotPromoted(Exception):  # noqa: N818 - an answer
    """Nothing has changed. `code` is a stable word; the texts say why."""

    def __init__(self, code: str, text: str, text_en: str) -> None:
        super().__init__(text_en)
        self.code, self.text, self.text_en = code, text, text_en


async def promote(duty: Duty, asker: str, request: m.Promote) -> None:
    """Do it, and answer."""
    try:
        texts = await _promoted(duty, request.force)
        answer = m.Answer(request.id, "ok", text=texts[0][:400], text_en=texts[1][:400])
    except NotPromoted as no:
        answer = m.Answer(request.id, no.code, text=no.text[:400], text_en=no.text_en[:400])
    for link in duty.links:
        link.bridge.publish("answer", (asker,), answer)


async def _promoted(duty: Duty, force: bool) -> tuple[str, str]:
    """What is to be said. Raises NotPromoted."""
    kit, node = duty.kit, duty.kit.plan.node
    if duty.acts:
        return f"节点 {node} 已经是协调节点", f"node {node} coordinates this site already"
    if duty.follower is None or duty.is_promoting:
        raise NotPromoted("busy", f"节点 {node} 尚未就绪", f"node {node} is not ready yet: try again")
    duty.is_promoting = True
    try:
        copy = await kit.journal.run(books.standing)
        _check_copy(node, copy, force)
        holder = await _holder(duty)
        if holder is not None and not force:
            raise _alive(holder)
        lacks = duty.follower.lacks
        await _begin_epoch(duty)
        is_whole = holder is not None and kit.bridge.connected and await wait(duty.closed, CLOSE_S)
        duty.no_standby()
        await kit.journal.run(ledger.is_no_copy if is_whole else books.is_copy)
        copy = await kit.journal.run(books.standing)
        found = await kit.journal.run(take(node, 0, 0))
        await _go_home(duty)
        duty.act(found)
        return _done(duty, copy, found.epoch, is_whole, lacks)
    finally:
        duty.is_promoting = False


def _check_copy(node: str, copy: books.Standing, force: bool) -> None:
    """A journal that holds nothing, or that is no copy, is not the hall's."""
    if not copy.last:
        raise NotPromoted(
            "no_copy",
            f"节点 {node} 没有副本，不能接管",
            f"node {node} holds no copy of the coordinator's journal: there is nothing to go on from",
        )
    if not copy.epoch and not force:
        raise NotPromoted(
            "old_books",
            f"节点 {node} 只有自己以前的账本，没有现任协调节点的副本",
            f"node {node} holds no copy of the present coordinator's journal, only books of its own from"
            " before: with --force it goes on from these",
        )


async def _holder(duty: Duty) -> RoleTaken | None:
    """Who answers our claims, on any broker that is there."""

    async def claim(link: Link) -> RoleTaken | None:
        try:
            async with asyncio.timeout(ECHO_S + ANSWER_S):
                await link.claim(duty.follow.epoch).run()
        except RoleTaken as taken:
            return taken
        except TimeoutError:
            pass
        finally:
            link.done()
        return None

    answers = await asyncio.gather(*(claim(link) for link in duty.links if link.bridge.connected))
    return next((answer for answer in answers if answer is not None), None)


def _alive(holder: RoleTaken) -> NotPromoted:
    return NotPromoted(
        "alive",
        f"协调节点 {holder.node} 仍在运行，请先停止它；--force 可令其让位",
        f"node {holder.node} is alive and answers: stop it first, or let it give way with --force",
    )


async def _begin_epoch(duty: Duty) -> None:
    """Write down that the role is ours, and say so on both brokers."""
    follow = duty.follow
    epoch = (follow.epoch // LEAP + 1) * LEAP
    await duty.kit.journal.run(remember(epoch, duty.kit.plan.node))
    follow.stays = True
    follow.hold(epoch)
    for link in duty.links:
        link.bridge.publish("role", (), duty.kit.role(epoch))


async def _go_home(duty: Duty) -> None:
    """Our own broker: nodes come there as soon as they hear of us."""
    duty.up.clear()
    duty.follow.move()
    await wait(duty.up, LINK_S)


def _done(duty: Duty, copy: books.Standing, epoch: int, is_whole: bool, lacks: int) -> tuple[str, str]:
    node, offset_s = duty.kit.plan.node, duty.kit.plan.site.hours.utc_offset_min * 60
    at = time.strftime("%H:%M:%S", time.gmtime(copy.last_ms / 1000 + offset_s))
    age_s = max(int(duty.kit.clock.now_s() - copy.last_ms / 1000), 0)
    if is_whole:
        return (
            f"节点 {node} 已接管协调（第 {epoch} 期），原协调节点已移交全部账本",
            f"node {node} coordinates this site (epoch {epoch}); the one before it handed over all its books",
        )
    known = f", and at least {lacks} commits after it are missing" if lacks else ""
    return (
        f"节点 {node} 已接管协调（第 {epoch} 期）。副本截至 {at} 的第 {copy.last} 条事件（{age_s} 秒前）",
        f"node {node} coordinates this site (epoch {epoch}). Its copy ends with event {copy.last} of {at},"
        f" {age_s} s ago{known}: what may have happened later is known only from papers and from the nodes'"
        " records. Numbers that may have been issued since are passed over",
    )
