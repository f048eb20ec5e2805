"""Delete a match: a pair of attendees who should meet."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.events.storage import matches
from services.campaigns.events.storage.events import Event


class DeleteMatch:
    """Deletes matches, so that the two attendees are no longer told about each other."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def delete(self, event: Event, match_id: UUID) -> None:
        """Delete a match of `event`.

        Raises:
            CrossOrgAccess: The match belongs to another organisation.
            NotFound: The event has no match with this id.
        """
        async with self._database.org(event.org_id) as connection:
            deleted = await matches.delete(connection, event.org_id, event.id, match_id)
        if not deleted:
            raise await matches.not_found(self._database, event.org_id, match_id)
