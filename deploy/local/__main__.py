"""`python -m deploy.local run`: run the whole platform on this machine until Ctrl-C."""

import argparse
import sys

from deploy.local.launcher import run


def main() -> int:
    """Read the command line and run the platform. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("run", help="start everything and keep it running")
    command.add_argument(
        "--senders", type=int, default=1, metavar="N", help="sender workers (default 1)"
    )
    return run(parser.parse_args().senders)


if __name__ == "__main__":
    sys.exit(main())
