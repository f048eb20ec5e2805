"""Erase a person: the contact, its tags and lists, and the rows of files that were not imported."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.removals import Person, Removed
from services.contacts.storage import people


class ErasePerson:
    """Erases the contacts of a person. Only the opt-out of each phone number stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, org_id: UUID, person: Person, cursor: str) -> Removed:
        """Erase a person once no import can add the person again. Idempotent."""
        async with self._database.org(org_id) as connection:
            if await people.imports_run(connection, org_id):
                return Removed(done=False, waiting_for="An import of contacts is running.")
            return Removed(await people.erase(connection, org_id, person))
