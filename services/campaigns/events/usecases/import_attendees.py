"""Add attendees to an event from a CSV file."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import DomainError
from servicekit.process import run_to_end
from services.campaigns.campaigns.providers.contacts import Contacts, FileSettings
from services.campaigns.events.usecases.add_from_list import Added, add_from_list
from smsblaster.contacts.v1 import transfer_pb2

_LIST_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: who attends, the rows at fault, and the list that the rest is on.

    ``opted_out``: how many contacts the file opted out; ``incomplete``: how many came without a
    cell that could not be read.
    """

    added: Added
    errors: Sequence[transfer_pb2.ImportError]
    list_id: UUID
    opted_out: int
    incomplete: int


async def import_attendees(
    database: Database,
    contacts: Contacts,
    event: RowMapping,
    settings: FileSettings,
    pieces: AsyncIterator[bytes],
) -> Imported:
    """Put the people in the file that ``pieces`` make up on a new list, and add who is on it.

    Raises ``InvalidInput`` for what is no CSV file and for a mapping that does not fit it,
    ``PayloadTooLarge`` and ``Unavailable``. No list is left behind then, nor where the sender hangs
    up.
    """
    list_id = await contacts.create_list(_list_name(event["name"], event["time_zone"]))
    try:
        summary = await contacts.import_file(list_id, settings, pieces)
    except BaseException:
        # Also where the sender hangs up, now or while the list is being deleted.
        await run_to_end(_delete(contacts, list_id))
        raise
    added = await add_from_list(database, contacts, event, list_id)
    return Imported(added, summary.errors, list_id, summary.opted_out, summary.incomplete)


async def _delete(contacts: Contacts, list_id: UUID) -> None:
    with suppress(DomainError):
        await contacts.delete_list(list_id)


def _list_name(event_name: str, time_zone: str) -> str:
    """A name that tells whose attendees they are; to the millisecond, so that it is a new one."""
    now = datetime.now(UTC).astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    suffix = f" attendees {now.isoformat(' ', 'milliseconds')}"
    return event_name[: _LIST_NAME_LENGTH - len(suffix)] + suffix
