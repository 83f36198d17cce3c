"""Loses packets on their way, by nftables, on the loopback of a network namespace of our own.

TCP itself is put to the test: it sends again, later and later, and nobody is told anything.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from simulators.chaos.proxy import Way

_SIDES: Final[dict[Way, str]] = {"up": "dport", "down": "sport"}
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # linux/sched.h


class NoPackets(RuntimeError):  # noqa: N818 - a state of the machine
    """Packets cannot be lost here. The text says why."""


class Packets:
    """By port of loopback: `lose` drops a share of the packets of some ways, `heal` none."""

    def __init__(self) -> None:
        """Leave the machine's network for one of our own; for a process that has no second thread yet.

        Raises NoPackets.
        """
        if shutil.which("nft") is None:
            raise NoPackets("nftables is not installed")
        _leave()
        _run("ip", "link", "set", "lo", "up")
        _run("nft", "add table inet chaos")
        _run("nft", "add chain inet chaos way { type filter hook input priority 0 ; }")
        self._ports: set[int] = set()

    def lose(self, port: int, share_pct: int, *ways: Way) -> None:
        """From now on so many of a hundred packets of these ways do not arrive. Raises NoPackets."""
        self.heal(port)
        part = "" if share_pct >= 100 else f" numgen random mod 100 < {share_pct}"
        for way in ways:
            those = f"tcp {_SIDES[way]} {port}{part}"
            _run("nft", f"add rule inet chaos port{port} {those} drop")

    def heal(self, port: int) -> None:
        """All arrive. Raises NoPackets."""
        if port not in self._ports:
            _run("nft", f"add chain inet chaos port{port}")
            _run("nft", f"add rule inet chaos way jump port{port}")
            self._ports.add(port)
        _run("nft", f"flush chain inet chaos port{port}")


def _leave() -> None:
    user, group = os.getuid(), os.getgid()
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_NEW_USER | _NEW_NETWORK):
        raise NoPackets(f"no network namespace of our own: {os.strerror(ctypes.get_errno())}")
    me = Path("/proc/self")
    (me / "setgroups").write_text("deny")
    (me / "uid_map").write_text(f"0 {user} 1")
    (me / "gid_map").write_text(f"0 {group} 1")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoPackets(f"{' '.join(command)}: {done.stderr.strip()}")
