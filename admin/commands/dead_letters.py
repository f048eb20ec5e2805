"""List, read, replay and discard dead letters."""

import json
from uuid import UUID

import click

from admin.output import (
    confirm,
    json_option,
    limit_option,
    print_result,
    print_rows,
    reason_option,
    time,
    yes_option,
)
from admin.sign_in import signed_in_api

_PATH = "/api/admin/dead-letters"
_STATUSES = ("waiting", "replayed", "discarded", "resolved")


@click.group("dead-letters")
def dead_letters() -> None:
    """Messages that a consumer gave up on, and items that a job can't handle."""


@dead_letters.command("list")
@click.option("--consumer", help="Only those of this consumer or job.")
@click.option(
    "--status",
    type=click.Choice(_STATUSES),
    default="waiting",
    show_default=True,
    help="Only those with this status.",
)
@limit_option
@json_option
def list_letters(consumer: str | None, status: str, limit: int, as_json: bool) -> None:
    """List dead letters, newest first."""
    columns = {
        "id": lambda row: row["id"],
        "consumer": lambda row: row["consumer"],
        "since": lambda row: time(row["createdAt"]),
        "attempts": lambda row: row["attempts"],
        "error": lambda row: row["error"],
    }
    rows = signed_in_api().items(_PATH, limit, consumer=consumer, status=status)
    print_rows(rows, columns, "There are no such dead letters.", as_json=as_json)


@dead_letters.command()
@click.option("--consumer", help="Only those of this consumer or job.")
@json_option
def groups(consumer: str | None, as_json: bool) -> None:
    """Count the waiting dead letters by consumer and error, the largest group first."""
    columns = {
        "consumer": lambda row: row["consumer"],
        "count": lambda row: row["count"],
        "replayable": lambda row: "yes" if row["replayable"] else "no",
        "oldest": lambda row: time(row["oldestAt"]),
        "error": lambda row: row["error"],
    }
    rows = signed_in_api().get(f"{_PATH}/groups", consumer=consumer)["items"]
    print_rows(rows, columns, "No dead letters are waiting.", as_json=as_json)


@dead_letters.command()
@click.argument("letter", type=click.UUID)
@json_option
def show(letter: UUID, as_json: bool) -> None:
    """Show a dead letter with its content."""
    found = signed_in_api().get(f"{_PATH}/{letter}")
    text = json.dumps(found, ensure_ascii=True, indent=2)
    print_result(found, text, as_json=as_json)


@dead_letters.command()
@click.argument("letter", type=click.UUID)
@reason_option
@json_option
def replay(letter: UUID, reason: str, as_json: bool) -> None:
    """Send a dead letter to its consumers again. They act once, however often it is sent."""
    found = signed_in_api().post(f"{_PATH}/{letter}/replay", reason=reason)
    print_result(found, f"{letter} is sent to its consumers again.", as_json=as_json)


@dead_letters.command("replay-group")
@click.argument("consumer")
@click.argument("error")
@click.option("--limit", type=click.IntRange(1, 200), default=100, show_default=True)
@reason_option
@json_option
def replay_group(consumer: str, error: str, limit: int, reason: str, as_json: bool) -> None:
    """Replay the oldest dead letters with this CONSUMER and this ERROR.

    Copy both from: smsblaster-admin dead-letters groups
    """
    result = signed_in_api().post(
        f"{_PATH}/groups/replay", consumer=consumer, error=error, reason=reason, limit=limit
    )
    text = f"{result['replayed']} were sent again, {result['remaining']} are still waiting."
    print_result(result, text, as_json=as_json)


@dead_letters.command()
@click.argument("letter", type=click.UUID)
@reason_option
@yes_option
@json_option
def discard(letter: UUID, reason: str, yes: bool, as_json: bool) -> None:
    """Give up a dead letter. It can't be replayed afterwards."""
    api = signed_in_api()
    confirm(f"Discard {letter}? Its message is never handled.", yes=yes)
    found = api.post(f"{_PATH}/{letter}/discard", reason=reason)
    print_result(found, f"{letter} is discarded.", as_json=as_json)
