"""Change a question set."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.events.storage import question_sets
from services.campaigns.events.storage.events import Event
from services.campaigns.events.storage.question_sets import QuestionSet
from services.campaigns.events.support.load_question_set import load_question_set


class EditQuestionSet:
    """Changes question sets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def edit(self, event: Event, set_id: UUID, changes: Mapping[str, Any]) -> QuestionSet:
        """Set the columns `changes` (title, questions).

        Raises:
            CrossOrgAccess: The question set belongs to another organisation.
            NotFound: The event has no question set with this id.
        """
        if not changes:
            return await load_question_set(self._database, event.org_id, event.id, set_id)
        async with self._database.org(event.org_id) as connection:
            changed = await question_sets.change(
                connection, event.org_id, event.id, set_id, changes
            )
        if changed is None:
            raise await question_sets.not_found(self._database, event.org_id, set_id)
        return changed
