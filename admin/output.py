"""Print results, for people or as JSON, and ask before a dangerous change."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import click

from admin.api import ApiError, Json

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """Give a command the option --json."""
    text = "Print JSON: one object on each line, as the API has sent it."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


def reason_option(command: Command) -> Command:
    """Give a command the option --reason, which it needs."""
    text = "Why. It is stored in the audit log."
    return click.option("--reason", required=True, help=text)(command)


def yes_option(command: Command) -> Command:
    """Give a command the option --yes."""
    return click.option("--yes", is_flag=True, help="Don't ask.")(command)


def limit_option(command: Command) -> Command:
    """Give a command the option --limit."""
    most = click.IntRange(min=1)
    text = "How many to show at most."
    return click.option("--limit", type=most, default=50, show_default=True, help=text)(command)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before a change, unless the option --yes was given. Stops the program after a no.

    Raises:
        click.UsageError: There is nobody to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here. Add --yes if you are sure.")
    click.confirm(question, abort=True, err=True)


def print_result(result: Json, text: str, *, as_json: bool) -> None:
    """Print what a command has done: the text, or the object of the API."""
    click.echo(_line(result) if as_json else text)


def print_rows(
    rows: Iterable[Json],
    columns: Mapping[str, Callable[[Json], object]],
    nothing: str,
    *,
    as_json: bool,
) -> None:
    """Print a list: a table, or one object of JSON on each line.

    Args:
        rows: The objects of the API.
        columns: The headings, and what to show of an object.
        nothing: What to print instead of an empty table.
        as_json: Whether to print JSON.
    """
    if as_json:
        for row in rows:
            click.echo(_line(row))
        return
    table = [[shown(show(row)) for show in columns.values()] for row in rows]
    if not table:
        click.echo(nothing)
        return
    table.insert(0, [heading.upper() for heading in columns])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def print_error(error: ApiError, *, as_json: bool) -> None:
    """Print why the platform refused a request."""
    if as_json:
        click.echo(_line({**error.problem, "status": error.status}), err=True)
        return
    click.echo(f"Error: {error}", err=True)
    for fault in error.problem.get("errors") or ():
        click.echo(f"  {fault.get('field')}: {fault.get('message')}", err=True)
    about = [error.problem.get("code"), error.problem.get("requestId")]
    click.echo(f"  ({', '.join(str(each) for each in about if each)})", err=True)


def shown(value: object) -> str:
    """Return a value for people, on one line.

    Texts come from strangers: what a terminal would take for a command is left out.
    """
    text = "-" if value is None else str(value)
    return "".join(char if char.isprintable() else " " for char in text)


def time(value: str | None) -> str:
    """Return a time of the API for people, in the time zone of this machine."""
    if value is None:
        return "-"
    return datetime.fromisoformat(value).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def money(cents: int | None, currency: str | None) -> str:
    """Return an amount for people."""
    return "-" if cents is None else f"{cents / 100:,.2f} {(currency or '').upper()}".rstrip()


def _line(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
