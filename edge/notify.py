"""Tells the service manager how this node is: one datagram a word, to the socket that it named.

Without a service manager nothing is said. What it does not take is lost: it asks for the next one anyway.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class Notify:
    """`environ` is what the process was started with: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID."""

    @classmethod
    def of_this_process(cls) -> Notify:
        """Takes the words out of the environment, so that no child of ours speaks to the service manager."""
        words = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
        return cls({word: os.environ.pop(word) for word in words if word in os.environ})

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: socket.socket | None = None
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = int(environ.get("WATCHDOG_USEC", "0")) / 1e6 if ours else 0.0
        """Within so many seconds it wants to hear `WATCHDOG=1`; 0: never."""
        self._status = ""

    def ready(self) -> None:
        """The start is over."""
        self._tell("READY=1")

    def alive(self) -> None:
        """Everything has moved."""
        self._tell("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """What `systemctl status` shows; said when it changes."""
        if sentence != self._status:
            self._status = sentence
            self._tell(f"STATUS={sentence}")

    def stopping(self) -> None:
        """The end has begun."""
        self._tell("STOPPING=1")

    def _tell(self, word: str) -> None:
        if self._socket is not None:
            try:
                self._socket.sendto(word.encode(), self._address)
            except OSError:
                pass  # it is not there, or is busy: the next word may reach it
