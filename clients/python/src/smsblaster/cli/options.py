"""Options and arguments that several commands have."""

import datetime as dt
import sys
from collections.abc import Sequence

import click

from smsblaster.cli.session import Command, Session


class Moment(click.ParamType[dt.datetime]):
    """A time such as 2026-02-03T04:05 or 2026-02-03T04:05Z, in the user's time zone by default."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.datetime:
        """Return the time in the option's value."""
        if isinstance(value, dt.datetime):
            return value
        try:
            read = dt.datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is not a time. Write 2026-02-03T16:30 or 2026-02-03T16:30Z.", param, ctx
            )
        return read if read.tzinfo else read.astimezone()


MOMENT = Moment()


def key_option(command: Command) -> Command:
    """Give a command the option --key."""

    def note(context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
        context.ensure_object(Session).takes_key = True
        return value

    return click.option(
        "--key",
        metavar="TEXT",
        callback=note,
        help="Your word for this. The same command with the same key is done once.",
    )(command)


def pairs(values: Sequence[str], option: str) -> dict[str, str]:
    """Return the values, keyed by name, that options such as --var NAME=VALUE contain.

    Raises:
        click.BadParameter: A value has no equals sign, or no name before it.
    """
    found = {}
    for value in values:
        name, equals, content = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE.", param_hint=option)
        found[name] = content
    return found


def text_of(message: str | None) -> str | None:
    """Return the text of an argument. If it is a dash, read the text from the standard input."""
    return sys.stdin.read().rstrip("\n") if message == "-" else message


def stop_unless(agreed: bool, question: str) -> None:
    """Ask ``question`` before an action that costs money, unless the user has already agreed.

    Raises:
        click.UsageError: The standard input is not a terminal, so nobody can be asked.
        click.Abort: The user does not agree.
    """
    if agreed:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Add --yes to agree.")
    click.confirm(question, abort=True, err=True)
