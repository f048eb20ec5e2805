"""The command-line program: its commands and its exit codes."""

import os
import sys
from http import HTTPStatus

import click

from smsblaster import ApiError
from smsblaster.cli.account import balance, login, logout
from smsblaster.cli.campaigns import campaigns
from smsblaster.cli.contacts import contacts, lists
from smsblaster.cli.inbox import inbox
from smsblaster.cli.listen import listen
from smsblaster.cli.messages import history, quote, send
from smsblaster.cli.session import Session
from smsblaster.webhooks import VerificationError

REFUSED, UNKNOWN_KEY, UNREACHABLE, INTERRUPTED = 1, 3, 4, 130


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 success; 1 the platform refused it, or it has failed; 2 wrong use; "
    "3 no key or an invalid one; 4 the platform can't be reached; 130 interrupted.",
)
@click.version_option(package_name="smsblaster")
def cli() -> None:
    """Send texts and campaigns from a terminal or a script.

    Sign in once with an API key: smsblaster login. Scripts set SMSBLASTER_API_KEY and
    SMSBLASTER_URL instead. Every command takes --json and has --help.
    """


for command in (
    login,
    logout,
    send,
    quote,
    balance,
    contacts,
    lists,
    campaigns,
    inbox,
    history,
    listen,
):
    cli.add_command(command)


def run(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    session = Session()
    try:
        code = cli.main(arguments, obj=session, standalone_mode=False, prog_name="smsblaster")
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ApiError as error:
        session.complain(error)
        return _code_of(error)
    except VerificationError as error:
        session.complain(_unverified(error))
        return REFUSED
    except BrokenPipeError:
        # The program that reads the output has ended. Without this, Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _unverified(error: VerificationError) -> ApiError:
    return ApiError(
        "unverified_event",
        f"An event could not be verified: {error}. Is the clock of this machine right?",
    )


def _code_of(error: ApiError) -> int:
    if error.status == HTTPStatus.UNAUTHORIZED:
        return UNKNOWN_KEY
    return UNREACHABLE if error.code == "no_connection" else REFUSED
