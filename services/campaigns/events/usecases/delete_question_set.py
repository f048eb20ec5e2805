"""Delete a question set."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.events.storage import question_sets
from services.campaigns.events.storage.events import Event


class DeleteQuestionSet:
    """Soft-deletes question sets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def delete(self, event: Event, set_id: UUID) -> None:
        """Delete a question set of `event`.

        Raises:
            CrossOrgAccess: The question set belongs to another organisation.
            NotFound: The event has no question set with this id.
        """
        async with self._database.org(event.org_id) as connection:
            deleted = await question_sets.delete(connection, event.org_id, event.id, set_id)
        if not deleted:
            raise await question_sets.not_found(self._database, event.org_id, set_id)
