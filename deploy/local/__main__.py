"""`python -m deploy.local run`: run the whole platform on this machine until Ctrl-C.

`exec` runs a command of a service of the running platform, `psql` opens its database, and
`prometheus` shows its metrics and alerts.
"""

import argparse
import os
import sys

from deploy.local.joining import run_command, run_psql
from deploy.local.launcher import run, state_folder
from deploy.local.monitoring import run_prometheus
from deploy.local.state import StateFolderError
from deploy.local.topology import SERVICES


def main() -> int:
    """Run the command that was given on the command line. Return the exit code."""
    arguments = _parser().parse_args()
    if arguments.command == "run":
        return run(arguments.senders)
    folder = state_folder(os.environ)
    try:
        if arguments.command == "prometheus":
            run_prometheus(folder)
        join = run_command if arguments.command == "exec" else run_psql
        join(folder, arguments.service, arguments.arguments)
    except StateFolderError as error:
        sys.stderr.write(f"{error}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("run", help="start everything and keep it running")
    command.add_argument(
        "--senders", type=int, default=1, metavar="N", help="number of sender workers (default 1)"
    )
    command = commands.add_parser(
        "exec", help="run a command of a service of the running platform, such as: gateway --help"
    )
    command.add_argument("service", choices=SERVICES)
    command.add_argument("arguments", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    command = commands.add_parser("psql", help="open the database of a service with psql")
    command.add_argument("service", choices=SERVICES)
    command.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...")
    commands.add_parser("prometheus", help="run Prometheus, with the alerts, beside the platform")
    return parser


if __name__ == "__main__":
    sys.exit(main())
