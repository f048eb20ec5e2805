"""Erase a person from events and campaigns."""

from uuid import UUID

from servicekit import contact_merges
from servicekit.db.database import Database
from servicekit.removals import Person, Removed
from services.campaigns.events.storage import people


class ErasePerson:
    """Deletes a person's attendees, with their matches, and deferred recipients of campaigns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, org_id: UUID, person: Person, cursor: str) -> Removed:
        """Erase a person once all merges of the person's contacts are handled. Idempotent."""
        async with self._database.org(org_id) as connection:
            if not await contact_merges.delete_of(connection, org_id, person.contact_ids):
                return Removed(done=False, waiting_for="Merged contacts are being moved.")
            return Removed(await people.erase(connection, org_id, person))
