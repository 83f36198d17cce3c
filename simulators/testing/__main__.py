"""`python -m simulators.testing DESCRIPTOR`: the twins of a run of tests, told over that socket."""

from __future__ import annotations

import asyncio
import socket
import sys

from simulators.testing.host import serve

if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1]))))
