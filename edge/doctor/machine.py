"""The machine under a node: its user, clock and disk, and the service that starts it.

Each `look_at_…` reads what there is and asks a `judge_…`, which knows nothing but its arguments.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from edge.clock import TRUST
from edge.doctor.finding import Finding, bad, ok, warn
from edge.release import MADE_S

MB: Final = 1_000_000
ROOM_LEAST_MB: Final = 16
ROOM_WISHED_MB: Final = 256
WEAR_MOST_MB: Final = 150
"""A whole node writes less in a day."""
SLOW_SYNC_S: Final = 0.5
BEHIND_S: Final = 60.0
"""A clock that is less behind the journal was slewed."""
MOUNTS: Final = Path("/proc/self/mounts")
_CLOCK, _DISK, _SERVICE = "时钟 clock", "磁盘 disk", "服务 service"
_TIMEX_BYTES, _TIME_ERROR = 512, 5  # sys/timex.h: more than a struct timex takes; the clock is not set


def look_at_user() -> Iterator[Finding]:
    """Permissions mean something only for the user that the node runs as."""
    if os.geteuid() == 0:
        text = "this is root, who may open everything: permissions were not tried"
        yield warn("用户 user", text, "ask as the service's user: sudo -u hall hall doctor ...")


# --- the clock -----------------------------------------------------------------------------------------


def look_at_clock(last_s: float) -> Iterator[Finding]:
    """`last_s`: the latest time in the journal, 0 for none."""
    yield judge_clock(time.time(), last_s, is_set=TRUST.exists() or _kernel_says_set())


def judge_clock(now_s: float, last_s: float, *, is_set: bool, made_s: float = MADE_S) -> Finding:
    """`is_set`: a time server set it. `made_s`: when this release was made."""
    shown = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now_s))
    cure = "give the hall a time server: NTP= in /etc/systemd/timesyncd.conf, then timedatectl set-ntp true"
    if now_s < made_s:
        return bad(_CLOCK, f"{shown} is before this release was made", cure)
    if last_s > now_s + BEHIND_S:
        return bad(_CLOCK, f"{shown} is {last_s - now_s:.0f} s before the last event in the journal", cure)
    if not is_set:
        return warn(_CLOCK, f"{shown}, but no time server has set it", cure)
    return ok(_CLOCK, f"{shown}, set by a time server")


def _kernel_says_set() -> bool:
    """What any time daemon tells the kernel."""
    nothing_is_changed = ctypes.create_string_buffer(_TIMEX_BYTES)
    return ctypes.CDLL(None).adjtimex(nothing_is_changed) not in (-1, _TIME_ERROR)


# --- the disk ------------------------------------------------------------------------------------------


def look_at_disk(data: Path) -> Iterator[Finding]:
    """Room, kind, speed and wear of the disk under the journal."""
    folder = next(one for one in (data, *data.parents) if one.is_dir())
    room = os.statvfs(folder)
    may_write = os.access(folder, os.W_OK | os.X_OK, effective_ids=True)
    if refused := judge_access(folder, is_read_only=bool(room.f_flag & os.ST_RDONLY), may_write=may_write):
        yield refused
        return
    yield judge_room(folder, room.f_bavail * room.f_frsize // MB)
    yield judge_kind(folder, kind_of(folder, MOUNTS.read_text(encoding="utf-8")))
    yield _speed(folder)
    yield from _wear(folder)


def judge_access(folder: Path, *, is_read_only: bool, may_write: bool) -> Finding | None:
    """None where it can be written."""
    if is_read_only:
        cure = "a worn card turns read-only, replace it; see why: sudo dmesg | grep -i remount"
        return bad(_DISK, f"{folder} lies on a disk that is read-only", cure)
    if not may_write:
        text = f"{folder} cannot be written by this user"
        return bad(_DISK, text, f"give it to the service's user: sudo chown -R hall: {folder}")
    return None


def judge_room(folder: Path, free_mb: int) -> Finding:
    """Whether the hall can go on for days."""
    text = f"{free_mb} MB free in {folder}"
    cure = "make room; what takes most: sudo du -xh --max-depth=2 / | sort -h | tail"
    if free_mb < ROOM_LEAST_MB:
        return bad(_DISK, f"{text}: soon no number can be issued", cure)
    return warn(_DISK, text, cure) if free_mb < ROOM_WISHED_MB else ok(_DISK, text)


def kind_of(folder: Path, mounts: str) -> str:
    """The kind of file system, by the longest mount point above it; the latest of those on one point."""
    best, kind, real = -1, "", str(folder.resolve())
    for line in mounts.splitlines():
        _, point, name, *_ = line.split(" ")
        if f"{real}/".startswith(point.rstrip("/") + "/") and len(point) >= best:
            best, kind = len(point), name
    return kind


def judge_kind(folder: Path, kind: str) -> Finding:
    """Whether that file system is there after the power was away."""
    cure = "put the journal on a disk: --data, or StateDirectory= in the unit"
    if kind in ("tmpfs", "ramfs"):
        return bad(_DISK, f"{folder} lies on {kind}: what the hall keeps is gone when the power is", cure)
    if kind == "overlay":
        return warn(_DISK, f"{folder} lies on an overlay, which may be in memory", cure)
    return ok(_DISK, f"{folder} lies on {kind or 'a disk'}")


def _speed(folder: Path) -> Finding:
    """How long it takes until something is really on the disk; a press waits for that."""
    began_s = time.monotonic()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return bad(_DISK, f"{folder} takes no write: {error.strerror}", "make room, or replace the card")
    return judge_speed(time.monotonic() - began_s)


def judge_speed(took_s: float) -> Finding:
    """How long one write took."""
    text = f"a write is durable after {took_s * 1000:.0f} ms"
    return warn(_DISK, text, "take a better card") if took_s > SLOW_SYNC_S else ok(_DISK, text)


def _wear(folder: Path) -> Iterator[Finding]:
    number = folder.stat().st_dev
    block = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat")
    try:
        sectors = int(block.read_text(encoding="ascii").split()[6])
    except OSError:
        return  # a file system that is not one of a disk
    up_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    yield judge_wear(sectors * 512 / MB * 86_400 / max(up_s, 3600.0))


def judge_wear(a_day_mb: float) -> Finding:
    """Written to the disk by everybody, at the rate since it was switched on."""
    text = f"{a_day_mb:.0f} MB a day are written"
    if a_day_mb <= WEAR_MOST_MB:
        return ok(_DISK, text)
    cure = "see who writes: sudo iotop -aoP; Storage=volatile in journald.conf keeps logs in memory; no swap"
    return warn(_DISK, text, cure)


# --- the service ---------------------------------------------------------------------------------------


def look_at_unit(node: str) -> Iterator[Finding]:
    """The service that starts the node, where systemd runs."""
    unit = f"hall-node@{node}.service"
    if shutil.which("systemctl") is None or not Path("/run/systemd/system").is_dir():
        yield ok(_SERVICE, "systemd does not run here: nobody starts the node by itself")
        return
    keys = ("LoadState", "ActiveState", "NRestarts", "Result", "WatchdogUSec")
    asked = ["systemctl", "show", unit, *(f"--property={key}" for key in keys)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    yield judge_unit(unit, dict(line.split("=", 1) for line in told.splitlines() if "=" in line))


def judge_unit(unit: str, state: Mapping[str, str]) -> Finding:
    """`state`: what `systemctl show` tells of it."""
    why = f"see why: journalctl -u {unit}"
    if state.get("LoadState") != "loaded":
        return warn(_SERVICE, f"there is no {unit}", "install it: docs/systemd/hall-node@.service")
    if state.get("ActiveState") != "active":
        return bad(_SERVICE, f"{unit} is {state.get('ActiveState')} ({state.get('Result')})", why)
    if state.get("WatchdogUSec", "0") in ("0", "infinity"):
        text = f"{unit} runs, and nobody watches it"
        return warn(_SERVICE, text, f"WatchdogSec=30 and Type=notify: sudo systemctl edit {unit}")
    if int(state.get("NRestarts", "0")):
        return warn(_SERVICE, f"{unit} was started again {state['NRestarts']} times by itself", why)
    return ok(_SERVICE, f"{unit} runs and is watched")
