"""What the doctor makes of what it was told: levels, and a cure wherever something is not well."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.doctor import machine
from edge.doctor.finding import bad, line_of, ok
from edge.doctor.hall import judge_lives
from edge.doctor.ports import judge_refusal, near
from mqtt_bridge import messages as m
from mqtt_bridge.link import Incoming
from mqtt_bridge.payloads import encode
from mqtt_bridge.topics import Topic, build

NOW_S = 1_900_000_000.0
DATA = Path("/var/lib/hall")
UNIT = {"LoadState": "loaded", "ActiveState": "active", "NRestarts": "0", "WatchdogUSec": "30s"}
HERE = [
    "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0",
    "/dev/serial/by-id/usb-FTDI_A1-if00-port0",
]


def test_a_finding_is_one_line() -> None:
    assert line_of(ok("钟 clock", "it goes")) == "正常 ok    钟 clock: it goes"
    assert (
        line_of(bad("钟 clock", "it stands", "wind it up")) == "故障 bad   钟 clock: it stands -> wind it up"
    )


@pytest.mark.parametrize(
    ("now_s", "last_s", "is_set", "level", "word"),
    [
        (NOW_S, 0.0, True, "ok", "set by a time server"),
        (NOW_S, NOW_S + 59, True, "ok", "set by a time server"),
        (NOW_S, 0.0, False, "warn", "no time server has set it"),
        (NOW_S, NOW_S + 3600, True, "bad", "3600 s before the last event"),
        (0.0, 0.0, True, "bad", "1970-01-01 00:00 UTC is before this release"),
    ],
)
def test_clocks(now_s: float, last_s: float, is_set: bool, level: str, word: str) -> None:
    found = machine.judge_clock(now_s, last_s, is_set=is_set, made_s=NOW_S - 86_400)
    assert (found.level, word in found.text, bool(found.cure)) == (level, True, level != "ok")


@pytest.mark.parametrize(("free_mb", "level"), [(15, "bad"), (16, "warn"), (255, "warn"), (256, "ok")])
def test_room(free_mb: int, level: str) -> None:
    assert machine.judge_room(DATA, free_mb).level == level


@pytest.mark.parametrize(
    ("kind", "level"), [("ext4", "ok"), ("tmpfs", "bad"), ("ramfs", "bad"), ("overlay", "warn"), ("", "ok")]
)
def test_kinds_of_disk(kind: str, level: str) -> None:
    assert machine.judge_kind(DATA, kind).level == level


def test_the_kind_is_that_of_the_longest_mount_point_and_the_latest_on_it(tmp_path: Path) -> None:
    mounts = (
        f"d / ext4 rw 0 0\nd {tmp_path} xfs rw 0 0\nd {tmp_path} tmpfs rw 0 0\nd {tmp_path}x f2fs rw 0 0\n"
    )
    assert machine.kind_of(tmp_path, mounts) == "tmpfs"
    assert machine.kind_of(tmp_path / "a", mounts) == "tmpfs"
    assert machine.kind_of(tmp_path.parent, mounts) == "ext4"


def test_a_disk_that_takes_nothing() -> None:
    read_only = machine.judge_access(DATA, is_read_only=True, may_write=False)
    forbidden = machine.judge_access(DATA, is_read_only=False, may_write=False)
    assert read_only is not None
    assert forbidden is not None
    assert "replace it" in read_only.cure
    assert "chown" in forbidden.cure
    assert machine.judge_access(DATA, is_read_only=False, may_write=True) is None


def test_slow_and_worn_disks() -> None:
    assert [machine.judge_speed(took_s).level for took_s in (0.02, 0.6)] == ["ok", "warn"]
    assert [machine.judge_wear(mb).level for mb in (40.0, 151.0)] == ["ok", "warn"]


@pytest.mark.parametrize(
    ("state", "level", "word"),
    [
        ({}, "ok", "is watched"),
        ({"LoadState": "not-found"}, "warn", "there is no hall-node@east.service"),
        ({"ActiveState": "failed", "Result": "exit-code"}, "bad", "is failed (exit-code)"),
        ({"NRestarts": "3"}, "warn", "started again 3 times"),
        ({"WatchdogUSec": "infinity"}, "warn", "nobody watches it"),
        ({"WatchdogUSec": "0"}, "warn", "nobody watches it"),
    ],
)
def test_services(state: dict[str, str], level: str, word: str) -> None:
    found = machine.judge_unit("hall-node@east.service", {**UNIT, **state})
    assert (found.level, word in found.text) == (level, True)


def test_a_name_that_is_nearly_right_is_asked_for() -> None:
    assert near(HERE[0].replace("0:1:1.0", "0:2:1.0"), HERE) == f'did you mean "{HERE[0]}"?'
    assert near("/dev/nothing/like/it", HERE) == f"plug the adapter in; here are {', '.join(HERE)}"
    assert near("/dev/nothing/like/it", []) == "plug the adapter in"
    assert near("/dev/null", HERE) == ""
    assert near("socket://10.0.0.9:9100", HERE) == ""


NODE = "process 71 (hall node --node east)"


@pytest.mark.parametrize(
    ("holder", "why", "level"),
    [
        (NODE, f"already used by {NODE}; only one can own a line", "ok"),
        (NODE, "already used by another process; only one can own a line", "ok"),
        ("another process", f"already used by {NODE}; only one can own a line", "ok"),
        (NODE, "already used by process 72 (minicom); only one can own a line", "bad"),
        ("", f"already used by {NODE}; only one can own a line", "bad"),
        (NODE, "Permission denied; add the user", "bad"),
    ],
)
def test_a_port_that_the_node_holds_is_in_order(holder: str, why: str, level: str) -> None:
    found = judge_refusal("port line", "/dev/null", why, holder)
    assert found.level == level
    assert found.cure == ("" if level == "ok" else why.partition("; ")[2])


# --- what the hall says on the broker ---------------------------------------------------------------------


def said(node: str, kind: str, message: object, *rest: str) -> Incoming:
    return Incoming(build(Topic("small", node, kind, rest)), encode(message), True, lambda: None)


READY = said("east", "life", m.Life(state="ready", instance="e1"))
CORE = said("core", "life", m.Life(state="ready", instance="c2"))
ROLE = said("core", "role", m.Role(epoch=4, instance="c2", host="pi-1"))


def test_all_is_well() -> None:
    printer = said("east", "device", m.DeviceState(kind="printer", state="ready"), "printer")
    found = list(judge_lives("east", [ROLE, READY, CORE, printer]))
    assert [one.level for one in found] == ["ok", "ok", "ok"]
    assert found[-1].text == "node core on pi-1: ready"


def test_devices_that_are_not_well_are_told_by_the_node_that_runs() -> None:
    state = m.DeviceState(kind="printer", state="degraded", code="paper_out", detail="no paper")
    printer = said("east", "device", state, "printer")
    told = next(one for one in judge_lives("east", [READY, printer, ROLE, CORE]) if "printer" in one.part)
    assert (told.level, told.text) == ("warn", "says of itself: degraded paper_out no paper")


def test_old_words_about_devices_of_a_node_that_is_gone_are_not_told() -> None:
    gone = said("east", "life", m.Life(state="disconnected", instance="e1"))
    printer = said("east", "device", m.DeviceState(kind="printer", state="ready"), "printer")
    assert [one.part for one in judge_lives("east", [gone, printer, ROLE, CORE])] == ["协调节点 coordinator"]


@pytest.mark.parametrize(
    ("heard", "level", "word"),
    [
        ([], "warn", "nobody has coordinated"),
        ([ROLE], "bad", "node core is away"),
        ([ROLE, said("core", "life", m.Life(state="lost", instance="c2"))], "bad", "node core is away"),
        ([ROLE, said("core", "life", m.Life(state="ready", instance="c1"))], "bad", "node core is away"),
        ([ROLE, CORE, said("old", "role", m.Role(epoch=3, instance="o1"))], "ok", "node core on pi-1"),
        ([Incoming("rubbish", b"\xff", True, lambda: None), ROLE, CORE], "ok", "node core"),
    ],
)
def test_the_coordinator(heard: list[Incoming], level: str, word: str) -> None:
    (found,) = judge_lives("east", heard)
    assert (found.level, word in found.text) == (level, True)
