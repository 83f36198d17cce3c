"""`python -m edge` is the command `hall`."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line; the exit code is for the shell."""
    if sys.argv[1:2] == ["node"]:
        gc.disable()  # a start makes next to no garbage: `run_node` enables it when all is there
    from edge.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
