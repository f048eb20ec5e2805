"""Erase a person from stored webhooks and from deliveries to customers' servers."""

import time
from uuid import UUID

from servicekit.db.database import Database
from servicekit.removals import Person, Removed
from services.webhooks.storage import people
from services.webhooks.storage.people import FIRST, KINDS

_SECONDS = 3.0


class ErasePerson:
    """Empties webhooks about a person, and deletes customer events, deliveries and dead letters.

    All rows of all organisations are read, page by page. The cursor is the number of the kind of
    rows, and the id of the last row that was read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, org_id: UUID, person: Person, cursor: str) -> Removed:
        """Erase a person from the next pages of rows, for a few seconds. Idempotent."""
        number, _, last = cursor.partition("/")
        place, after = int(number or 0), UUID(last) if last else FIRST
        counts, until = dict[str, int](), time.monotonic() + _SECONDS
        while place < len(KINDS):
            kind = KINDS[place]
            async with self._database.system() as connection:
                page = await people.erase(connection, org_id, person, kind, after)
            if page.changed:
                counts[kind.name] = counts.get(kind.name, 0) + page.changed
            if page.is_open:
                waiting_for = "A webhook is not handled yet."
                return Removed(counts, done=False, cursor=cursor, waiting_for=waiting_for)
            place, after = (place, page.last_id) if page.last_id else (place + 1, FIRST)
            cursor = f"{place}/{after}"
            if time.monotonic() > until:
                return Removed(counts, done=False, cursor=cursor)
        return Removed(counts)
