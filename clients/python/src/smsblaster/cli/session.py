"""One run of the program: what it prints, and its client of the API."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol, TypeVar

import click
from rich.console import Console
from rich.table import Table

from smsblaster import ApiError, Client
from smsblaster.cli import credentials
from smsblaster.errors import may_be_done

_PIPE_WIDTH = 240

Command = TypeVar("Command", bound=Callable[..., Any])


class Row(Protocol):
    """An object that the API has returned."""

    def to_dict(self) -> dict[str, Any]:
        """Return the object as the API has sent it."""
        ...


class NotSignedIn(click.ClickException):
    """There is no API key."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(
            f"You are not signed in. Run: smsblaster login (or set {credentials.KEY})."
        )


class Session:
    """One run of the program. Prints results, and has a client of the API."""

    def __init__(self) -> None:
        self.as_json = False
        self.takes_key = False
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)

    @cached_property
    def client(self) -> Client:
        """The client that uses the user's API key.

        Raises:
            NotSignedIn: There is no key.
        """
        known = credentials.load()
        if known is None:
            raise NotSignedIn
        return Client(known.api_key, known.url)

    def result(self, row: Row, text: str) -> None:
        """Print the result of a command: with --json ``row``, otherwise ``text``."""
        if self.as_json:
            print_json(row.to_dict())
        else:
            self.say(text)

    def rows(
        self, rows: Iterable[Row], columns: Mapping[str, Callable[[Any], object]], nothing: str
    ) -> None:
        """Print a list as a table, or with --json as one JSON object on each line.

        Args:
            rows: The objects.
            columns: The headings, each with a function that returns the cell for an object.
            nothing: The text to print if there are no objects.
        """
        if self.as_json:
            for row in rows:
                print_json(row.to_dict())
            return
        found = list(rows)
        if not found:
            self.say(nothing)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in columns:
            table.add_column(heading, overflow="fold")
        for row in found:
            table.add_row(*(shown(show(row)) for show in columns.values()))
        self.out.print(table)

    def say(self, text: str) -> None:
        """Print a line for people."""
        self.out.print(shown(text), soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a line that is not a result, such as progress."""
        self.err.print(shown(text), soft_wrap=True)

    def complain(self, error: ApiError) -> None:
        """Print an error."""
        if self.as_json:
            fields = [{"field": each.field, "message": each.message} for each in error.fields]
            told = {"code": error.code, "detail": error.detail, "status": error.status}
            ids = {"requestId": error.request_id, "idempotencyKey": error.idempotency_key}
            print_json({**told, "errors": fields, **ids}, sys.stderr)
            return
        self.note(f"Error: {error.detail}")
        for each in error.fields:
            self.note(f"  {each.field}: {each.message}")
        about = [error.code, *([f"request {error.request_id}"] if error.request_id else [])]
        self.note(f"  ({', '.join(about)})")
        if self.takes_key and error.idempotency_key and may_be_done(error):
            self.note(f"  It may have been done. Try again with --key {error.idempotency_key}")


pass_session = click.make_pass_decorator(Session, ensure=True)


def json_option(command: Command) -> Command:
    """Give a command the option --json."""

    def note(context: click.Context, _option: click.Parameter, value: bool) -> None:
        context.ensure_object(Session).as_json = value

    return click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=note,
        help="Print JSON: one object on each line, as the API has sent it.",
    )(command)


def print_json(value: Mapping[str, Any], file: Any = None) -> None:
    """Print an object as JSON on one line, without buffering it."""
    print(json.dumps(value, ensure_ascii=False), file=file, flush=True)


def shown(value: object) -> str:
    """Return a value as one line of text for people.

    Characters that a terminal could take for a command become spaces, because strangers write these
    texts.
    """
    if value is None:
        return "-"
    text = (
        ", ".join(map(str, value))
        if isinstance(value, Sequence) and not isinstance(value, str)
        else str(value)
    )
    return "".join(char if char.isprintable() else " " for char in text)


def _console(file: Any) -> Console:
    """Return a console without markup. It has 240 columns if ``file`` is not a terminal."""
    terminal = file.isatty()
    return Console(
        file=file,
        markup=False,
        highlight=False,
        emoji=False,
        width=None if terminal else _PIPE_WIDTH,
    )
