"""A changed site file while the hall runs: live, needs a restart, or wrong."""

from __future__ import annotations

from typing import Any

import pytest

from mqtt_bridge import messages as m

EXTRA = """
[[queues]]
id = "extra"
name = "延时"
prefix = "C"

[[services]]
id = "late"
name = "延时"
queue = "extra"

[[windows]]
id = "9"
label = "9"
queues = ["extra"]

[[notices]]"""


async def apply(hall: Any, toml: str, **fields: Any) -> m.Answer:
    answer: m.Answer = await hall.ask(m.ApplySite, toml=toml, **fields)
    return answer


def site_state(hall: Any) -> Any:
    return hall.ear.retained["state/site",]


def test_a_new_name_and_a_new_notice_are_in_force_at_once(run: Any, office: Any, site_toml: str) -> None:
    async def body() -> None:
        async with office() as hall:
            new = site_toml.replace("养老金", "养老保险").replace("欢迎光临", "今日延时服务")
            await hall.open("1")
            assert (await apply(hall, new)).code == "ok"
            assert site_state(hall).toml == new
            assert site_state(hall).site_version == 2
            assert hall.ear.retained["state/hall",].notices == (m.Notice("今日延时服务"),)
            assert hall.ear.retained["state/hall",].site_version == 2
            assert (await hall.number()).service == "养老保险"
            assert hall.window("1").phase == "idle", "nobody was logged out"

    run(body())


def test_nothing_of_it_is_seen_before_its_commit(run: Any, office: Any, site_toml: str) -> None:
    async def body() -> None:
        async with office() as hall:
            hall.journal.hold()
            request = hall.make(m.ApplySite, toml=site_toml.replace("欢迎光临", "今日延时服务"))
            hall.send(request)
            hall.coordinator.say_everything()
            hall.coordinator._publisher._count()
            assert hall.ear.retained["state/hall",].notices == (m.Notice("欢迎光临"),)
            assert not hall.answers(request.id)
            hall.journal.release()
            await hall.ear.until(lambda: hall.answers(request.id))
            await hall.ear.until(lambda: site_state(hall).toml == request.toml)
            assert hall.ear.retained["state/hall",].notices == (m.Notice("今日延时服务"),)

    run(body())


def test_a_file_whose_commit_fails_is_not_in_force(run: Any, office: Any, site_toml: str) -> None:
    async def body() -> None:
        async with office() as hall:
            hall.journal.fail()
            answer = await apply(hall, site_toml.replace("欢迎光临", "今日延时服务"))
            assert answer.code == "storage_full"
            await hall.settle()
            assert site_state(hall).toml == site_toml
            assert hall.ear.retained["state/hall",].notices == (m.Notice("欢迎光临"),)
            assert hall.hall.catalogue.version == 1

    run(body())


def test_what_was_taken_out_is_taken_off_the_broker(run: Any, office: Any, site_toml: str) -> None:
    async def body() -> None:
        async with office() as hall:
            assert (await apply(hall, site_toml.replace("[[notices]]", EXTRA))).code == "ok"
            assert hall.window("9").phase == "closed"
            hall.journal.hold()
            request = hall.make(m.ApplySite, toml=site_toml)
            hall.send(request)
            hall.coordinator._publisher._count()  # its timer may come just then
            hall.journal.release()
            await hall.ear.until(lambda: hall.answers(request.id))
            assert ("state/window", "9") not in hall.ear.retained
            assert ("state/queue", "extra") not in hall.ear.retained
            assert hall.window("1").phase == "closed"

    run(body())


def test_what_the_file_lost_while_the_hall_was_down_is_taken_off_too(
    run: Any, office: Any, new_office: Any, site_toml: str
) -> None:
    async def body() -> None:
        async with office(site_toml.replace("[[notices]]", EXTRA)) as hall:
            retained = hall.ear.retained
            assert ("state/window", "9") in retained
        later = new_office(site_toml)
        later.ear.retained = retained
        await later.start()
        assert ("state/window", "9") not in retained
        assert ("state/queue", "extra") not in retained
        assert ("state/window", "1") in retained
        await later.stop()

    run(body())


@pytest.mark.parametrize(
    ("old", "new", "code", "word"),
    [
        ('queues = ["social"]', 'queues = ["sozial"]', "site_wrong", "social"),
        ("address = 2", "address = 3", "site_needs_restart", "keypad-2"),
        ('coordinator = "core"', 'coordinator = "east"', "site_needs_restart", "coordinator"),
        ('id = "small"', 'id = "other"', "site_needs_restart", "another hall"),
        ("[site]", "[site", "site_wrong", "not TOML"),
    ],
)
def test_a_file_that_cannot_come_in_force_is_refused_whole_and_says_why(
    run: Any, office: Any, site_toml: str, old: str, new: str, code: str, word: str
) -> None:
    async def body() -> None:
        async with office() as hall:
            shown = hall.shown()
            answer = await apply(hall, site_toml.replace(old, new, 1).replace("欢迎光临", "别的"))
            assert answer.code == code
            assert word in answer.text_en
            assert word in answer.text
            assert hall.shown() == shown

    run(body())


def test_a_window_in_use_cannot_be_taken_out(run: Any, office: Any, site_toml: str) -> None:
    async def body() -> None:
        async with office() as hall:
            await apply(hall, site_toml.replace("[[notices]]", EXTRA))
            await hall.open("9")
            answer = await apply(hall, site_toml)
            assert answer.code == "window_in_use"
            assert "9" in answer.text_en

    run(body())


def test_what_was_applied_is_in_force_after_a_crash(run: Any, office: Any, site_toml: str) -> None:
    async def body() -> None:
        async with office() as hall:
            new = site_toml.replace("欢迎光临", "今日延时服务")
            await apply(hall, new)
            await hall.restart(clean=False)
            assert site_state(hall).toml == new
            assert hall.hall.catalogue.version == 2, "nothing was applied anew"
            assert hall.ear.retained["state/hall",].notices == (m.Notice("今日延时服务"),)

    run(body())


def test_a_file_changed_on_disk_since_wins_over_what_was_applied(
    run: Any, office: Any, site_toml: str
) -> None:
    async def body() -> None:
        async with office() as hall:
            await apply(hall, site_toml.replace("欢迎光临", "今日延时服务"))
            hall.toml = site_toml.replace("欢迎光临", "新年好")
            await hall.restart()
            assert hall.ear.retained["state/hall",].notices == (m.Notice("新年好"),)
            assert hall.hall.catalogue.version == 3

    run(body())


def test_the_same_request_again_is_not_applied_again(run: Any, office: Any, site_toml: str) -> None:
    async def body() -> None:
        async with office() as hall:
            new = site_toml.replace("欢迎光临", "今日延时服务")
            assert (await apply(hall, new, id="apply-1")).code == "ok"
            await hall.restart(clean=False)
            assert (await apply(hall, new, id="apply-1")).code == "ok"
            assert hall.hall.catalogue.version == 2

    run(body())


def test_names_and_notices_of_the_longest_kind_go_through(run: Any, office: Any, site_toml: str) -> None:
    async def body() -> None:
        name = "政" * 200
        long = (
            site_toml.replace('"养老金"', f'"{name}"')
            .replace('"社保"', f'"{name}"')
            .replace("欢迎光临", "讯" * 400)
        )
        async with office(long) as hall:
            assert (await hall.number()).service == name
            assert hall.ear.retained["state/queue", "social"].name == name
            assert hall.ear.retained["state/hall",].notices[0].text == "讯" * 400

    run(body())
