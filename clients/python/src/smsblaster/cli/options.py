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
        """Return the time that was written."""
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
    """Return what options such as --var NAME=VALUE have given.

    Raises:
        click.BadParameter: One has no equals sign.
    """
    found = {}
    for value in values:
        name, equals, content = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE.", param_hint=option)
        found[name] = content
    return found


def text_of(message: str | None) -> str | None:
    """Return a text that was given as an argument. A dash stands for the standard input."""
    return sys.stdin.read().rstrip("\n") if message == "-" else message


def stop_unless(agreed: bool, question: str) -> None:
    """Ask before something that costs money, unless the user has agreed.

    Raises:
        click.UsageError: Nobody is there who could answer.
        click.Abort: The user does not want it.
    """
    if agreed:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Add --yes to agree.")
    click.confirm(question, abort=True, err=True)
