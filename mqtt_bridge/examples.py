"""One believable message of every type, on the topic it belongs to. Shown in the documents, used in tests."""

from __future__ import annotations

from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

SITE = "chaotian"
COORDINATOR = "hub"
NODE = "window-east"
NOW_MS = 1_795_395_600_000  # Monday 23 November 2026, 9 in the morning in Beijing
DEADLINE_MS = NOW_MS + 4_000
VALID_MS = NOW_MS + 86_400_000

_HUB = (SITE, COORDINATOR)
_EAST = (SITE, NODE)
_STATE = (3, 812, VALID_MS)  # epoch, version, valid until
_VISIT = "20261123-A001"

_ASKS: tuple[m.Request, ...] = (
    m.TakeNumber("k7-1", DEADLINE_MS, service="social-card", priority="elderly"),
    m.Quote("k7-2", DEADLINE_MS, service="social-card"),
    m.Reprint("k7-3", DEADLINE_MS, number="A001"),
    m.CallNext("k7-4", DEADLINE_MS, window="w12"),
    m.CallNumber("k7-5", DEADLINE_MS, window="w12", number="A001"),
    m.Recall("k7-6", DEADLINE_MS, window="w12"),
    m.Begin("k7-7", DEADLINE_MS, window="w12"),
    m.NoShow("k7-8", DEADLINE_MS, window="w12"),
    m.Hold("k7-9", DEADLINE_MS, window="w12"),
    m.ResumeHeld("k7-10", DEADLINE_MS, window="w12", number="A001"),
    m.Transfer("k7-11", DEADLINE_MS, window="w12", to_queue="tax"),
    m.AddItem("k7-12", DEADLINE_MS, window="w12", service="pension"),
    m.AskRating("k7-13", DEADLINE_MS, window="w12"),
    m.Finish("k7-14", DEADLINE_MS, window="w12"),
    m.PauseWindow("k7-15", DEADLINE_MS, window="w12", reason="午休"),
    m.ResumeWindow("k7-16", DEADLINE_MS, window="w12"),
    m.Login("k7-17", DEADLINE_MS, window="w12", clerk="1023"),
    m.Logout("k7-18", DEADLINE_MS, window="w12"),
    m.ApplySite("k7-19", DEADLINE_MS, toml='[site]\nid = "chaotian"\n'),
    m.ClaimRole("k7-20", DEADLINE_MS, instance="5f0c2d", epoch=3),
    m.Promote("k7-22", DEADLINE_MS, node=NODE, force=True),
    m.LeaseNumbers("k7-21", DEADLINE_MS, source=NODE, held=120, prefix="X", up_to=900),
    m.Meet(
        "k7-23", DEADLINE_MS, "0a1b2c3d", up_to=816, at_ms=NOW_MS, numbers=(m.LastNumber("A057", NOW_MS),)
    ),
)

_RECORDS: tuple[m.Record, ...] = (
    m.Rated(NODE, "0a1b2c3d-811", NOW_MS, visit=_VISIT, window="w12", level=5),
    m.Printed(
        NODE,
        "0a1b2c3d-812",
        NOW_MS,
        visit=_VISIT,
        number="A001",
        outcome="printed",
        service="social-card",
        priority="elderly",
        issued_ms=NOW_MS,
        oldest=405,
    ),
    m.Shown(NODE, "0a1b2c3d-813", NOW_MS, _VISIT, "w12", "strip-12", calls=1, acknowledged=True),
    m.Issued(NODE, "0a1b2c3d-814", NOW_MS, "20261123-X501", "X501", service="social-card"),
    m.Withdrawn(NODE, "0a1b2c3d-815", NOW_MS, request="k7-1"),
    m.MaybePrinted(NODE, "0a1b2c3d-816", NOW_MS, prefix="X", first=502, last=520),
    m.Skipped(NODE, "0a1b2c3d-817", NOW_MS),
)

_SLIP = m.Slip(
    visit=_VISIT,
    number="A001",
    service="社会保障卡",
    issued_ms=NOW_MS,
    service_en="Social security card",
    queue="social",
    ahead=3,
    wait_low_s=300,
    wait_high_s=720,
    windows="12、13号窗口",
    service_id="social-card",
    class_id="elderly",
)

EXAMPLES: tuple[tuple[Topic, m.Message], ...] = (
    (
        Topic(*_EAST, "life"),
        m.Life(
            "ready", "9d41aa", release="0.1.0", host="pi-east", since_ms=NOW_MS, epoch=3, follows=COORDINATOR
        ),
    ),
    (
        Topic(*_EAST, "device", ("printer-1",)),
        m.DeviceState("printer", "degraded", "paper_low", "Paper is nearly out: put in a new roll", NOW_MS),
    ),
    *((Topic(*_EAST, "request"), ask) for ask in _ASKS),
    *((Topic(*_EAST, "record"), record) for record in _RECORDS),
    (Topic(*_EAST, "record"), m.Records(_RECORDS)),
    (
        Topic(*_HUB, "answer", (NODE,)),
        m.Answer("k7-1", "ok", slip=_SLIP, time_ms=NOW_MS, epoch=3),
    ),
    (Topic(*_HUB, "receipt", (NODE,)), m.Receipt("0a1b2c3d", up_to=812, missing=(805,), epoch=3)),
    (Topic(*_HUB, "role"), m.Role(3, "9d41aa", host="pi-hub", since_ms=NOW_MS)),
    (
        Topic(*_HUB, "state/hall"),
        m.HallState(
            *_STATE,
            at_ms=NOW_MS,
            day="20261123",
            open=True,
            notices=(m.Notice("请带好身份证", "Bring your ID"),),
        ),
    ),
    (
        Topic(*_HUB, "state/site"),
        m.SiteState(*_STATE, at_ms=NOW_MS, site_version=2, toml='[site]\nid = "chaotian"\n'),
    ),
    (
        Topic(*_HUB, "state/window", ("w12",)),
        m.WindowState(
            *_STATE,
            at_ms=NOW_MS,
            window="w12",
            label="12",
            phase="calling",
            name="社保",
            clerk="1023",
            visit=_VISIT,
            ticket="A001",
            service="社会保障卡",
            called_ms=NOW_MS,
            calls=1,
            waiting=4,
        ),
    ),
    (
        Topic(*_HUB, "state/queue", ("social",)),
        m.QueueState(
            *_STATE,
            at_ms=NOW_MS,
            queue="social",
            name="社保",
            waiting=4,
            wait_low_s=300,
            wait_high_s=720,
            last="A057",
        ),
    ),
    (
        Topic(*_HUB, "state/board"),
        m.BoardState(*_STATE, at_ms=NOW_MS, calls=(m.BoardCall(_VISIT, "A001", "12", NOW_MS, 1, "social"),)),
    ),
    (
        Topic(*_HUB, "state/standby"),
        m.StandbyState(*_STATE, node=NODE, copy="behind", behind=3, copied_ms=NOW_MS),
    ),
    (Topic(*_HUB, "copy", (NODE,)), m.CopyPiece("00c0ffee00c0ffee", number=2, last=812, data=b"\x93\x01")),
    (
        Topic(*_EAST, "copied"),
        m.CopyAsk("00c0ffee00c0ffee", form=1, epoch=3, number=805, last_epoch=3, last=5120),
    ),
    (Topic(*_EAST, "copied"), m.Copied("00c0ffee00c0ffee", up_to=2)),
)
