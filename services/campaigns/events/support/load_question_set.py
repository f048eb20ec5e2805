"""Load a question set. Raise an error if the event doesn't have it."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.events.storage import question_sets
from services.campaigns.events.storage.question_sets import QuestionSet


async def load_question_set(
    database: Database, org_id: UUID, event_id: UUID, set_id: UUID
) -> QuestionSet:
    """Return a question set of an event.

    Raises:
        CrossOrgAccess: The question set belongs to another organisation.
        NotFound: The event doesn't have this question set.
    """
    async with database.org(org_id) as connection:
        found = await question_sets.find(connection, org_id, event_id, set_id)
    if found is None:
        raise await question_sets.not_found(database, org_id, set_id)
    return found
