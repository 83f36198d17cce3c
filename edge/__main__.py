"""`python -m edge` is the command `hall`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; the exit code is for the shell."""
    from edge.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
