"""See and import contacts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from uuid import UUID

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from smsblaster.cli.options import pairs
from smsblaster.cli.session import Session, json_option, pass_session, print_json
from smsblaster.cli.words import count, time
from smsblaster.generated.models.import_job import ImportJob

_SHOWN_ERRORS = 20


@click.group()
def contacts() -> None:
    """List and import contacts."""


@contacts.command("list")
@click.option("--search", help="Part of a name, an email address or a phone number.")
@click.option("--tag", help="Only contacts with this tag.")
@click.option("--list", "list_id", type=click.UUID, help="Only contacts of this list.")
@click.option("--limit", default=50, show_default=True, help="How many contacts to show.")
@json_option
@pass_session
def list_contacts(
    session: Session, search: str | None, tag: str | None, list_id: UUID | None, limit: int
) -> None:
    """List contacts."""
    found = session.client.contacts.list(search=search, tag=tag, list_id=list_id)
    columns = {
        "phone": lambda contact: contact.phone,
        "name": lambda contact: f"{contact.first_name or ''} {contact.last_name or ''}".strip(),
        "tags": lambda contact: contact.tags,
        "status": lambda contact: contact.opt_status,
        "id": lambda contact: contact.id,
    }
    session.rows(islice(found, limit), columns, "There are no such contacts.")


@contacts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "mapping", multiple=True, metavar="COLUMN=FIELD", help="Such as --map Mobile=phone."
)
@click.option("--list", "list_id", type=click.UUID, help="Add all contacts to this list.")
@click.option("--country", metavar="CODE", help="Of numbers without a country code. Default: US.")
@json_option
@pass_session
def import_contacts(
    session: Session,
    file: Path,
    mapping: Sequence[str],
    list_id: UUID | None,
    country: str | None,
) -> None:
    """Import contacts from a CSV FILE, and show the progress.

    The fields are phone, firstName, lastName, email, tags, timeZone, optedOut and optedIn. Columns
    with usual names need no --map. Rows with errors are left out and listed.
    """
    with _progress(session) as note:
        job = session.client.contacts.import_csv(
            file,
            mapping=pairs(mapping, "--map") or None,
            list_id=list_id,
            default_country=country,
            on_progress=note,
        )
    if session.as_json:
        print_json(job.to_dict())
        return
    created = count(job.created, "contact")
    session.say(f"{created} created, {job.updated:,} updated, {job.skipped:,} skipped.")
    for error in job.errors[:_SHOWN_ERRORS]:
        session.say(f"  row {error.row}, {error.field}: {error.message}")
    if job.error_count > _SHOWN_ERRORS:
        session.say(f"  and {count(job.error_count - _SHOWN_ERRORS, 'more error')}")


@click.command()
@json_option
@pass_session
def lists(session: Session) -> None:
    """List the contact lists."""
    columns = {
        "name": lambda each: each.name,
        "members": lambda each: f"{each.member_count:,}",
        "created": lambda each: time(each.created_at),
        "id": lambda each: each.id,
    }
    session.rows(session.client.lists.list(), columns, "There are no contact lists.")


@contextmanager
def _progress(session: Session) -> Iterator[Callable[[ImportJob], object]]:
    """Show an import's progress on a terminal. Yields a function to call with each new state."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=session.err, disable=not session.err.is_terminal) as progress:
        task = progress.add_task("Uploading", total=None)

        def note(job: ImportJob) -> None:
            progress.update(
                task, description="Importing", total=job.total_rows, completed=job.rows_read
            )

        yield note
