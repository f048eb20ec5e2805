"""The program: its commands, and how it ends."""

import os
import sys

import click

from admin.api import ApiError
from admin.commands.dead_letters import dead_letters
from admin.commands.keys import keys
from admin.commands.organisations import organisations
from admin.commands.prices import prices
from admin.commands.sending import sending
from admin.commands.session import login, logout
from admin.commands.verify_ledger import verify_ledger
from admin.output import print_error

REFUSED, UNREACHABLE, INTERRUPTED = 1, 4, 130


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 success; 1 the platform refused it, or a balance is wrong; 2 wrong use; "
    "3 not signed in; 4 the platform can't be reached; 130 interrupted, or answered with no.",
)
def cli() -> None:
    """Run the platform from a terminal, as an operator.

    Sign in first: smsblaster-admin login. Every command takes --json and has --help. Each change is
    stored in the audit log under your name.
    """


for command in (login, logout, organisations, sending, dead_letters, prices, keys, verify_ledger):
    cli.add_command(command)


def main() -> None:
    """Run the command that was given on the command line, and exit."""
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    try:
        cli.main(arguments, standalone_mode=False, prog_name="smsblaster-admin")
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ApiError as error:
        print_error(error, as_json="--json" in arguments)
        return REFUSED if error.status else UNREACHABLE
    except BrokenPipeError:
        # The program that reads the output has ended. Without this, Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
