"""Add attendees to an event from a CSV file."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from servicekit.db.database import Database
from servicekit.errors import DomainError
from servicekit.process import run_to_end
from services.campaigns.campaigns.providers.contacts import Contacts, FileSettings, RowError
from services.campaigns.events.storage.events import Event
from services.campaigns.events.support.add_list_members import AddedAttendees, add_list_members

_LIST_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class ImportedAttendees:
    """The result of an import: the attendees, rows with errors, and the new contact list.

    `opted_out` counts the contacts that the file opted out, `incomplete` those of whom a cell, or a
    part of a cell, could not be read and was left out.
    """

    added: AddedAttendees
    errors: Sequence[RowError]
    list_id: UUID
    opted_out: int
    incomplete: int


class ImportAttendees:
    """Imports attendees from files."""

    def __init__(self, database: Database, contacts: Contacts) -> None:
        self._database = database
        self._contacts = contacts

    async def import_file(
        self, event: Event, settings: FileSettings, pieces: AsyncIterator[bytes]
    ) -> ImportedAttendees:
        """Import a file to a new list, and add the members of this list to `event`.

        The file comes in `pieces`. If the import fails or the client disconnects, the list is
        deleted.

        Raises:
            InvalidInput: The file is no CSV file, or the mapping doesn't fit it.
            PayloadTooLarge: The file is too large.
            Unavailable: Contacts can't be reached.
        """
        list_id = await self._contacts.create_list(_list_name(event.name, event.time_zone))
        try:
            file = await self._contacts.import_file(list_id, settings, pieces)
        except BaseException:
            # The client may also disconnect while the list is being deleted.
            await run_to_end(self._delete(list_id))
            raise
        added = await add_list_members(self._database, self._contacts, event, list_id)
        return ImportedAttendees(added, file.errors, list_id, file.opted_out, file.incomplete)

    async def _delete(self, list_id: UUID) -> None:
        with suppress(DomainError):
            await self._contacts.delete_list(list_id)


def _list_name(event_name: str, time_zone: str) -> str:
    """Return a name for the new list: the event's name and the present time.

    The milliseconds make the name unique.
    """
    now = datetime.now(UTC).astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    suffix = f" attendees {now.isoformat(' ', 'milliseconds')}"
    return event_name[: _LIST_NAME_LENGTH - len(suffix)] + suffix
