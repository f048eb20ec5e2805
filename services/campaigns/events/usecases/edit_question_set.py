"""Change the title or the questions of a question set."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from services.campaigns.events.storage import question_sets
from services.campaigns.events.storage.events import Event
from services.campaigns.events.storage.question_sets import QuestionSet


class EditQuestionSet:
    """Changes question sets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def edit(
        self,
        event: Event,
        set_id: UUID,
        changes: Mapping[str, Any],
        if_version: int | None = None,
    ) -> QuestionSet:
        """Set the columns `changes` (title, questions).

        Raises:
            CrossOrgAccess: The question set belongs to another organisation.
            NotFound: The event has no question set with this id.
            PreconditionFailed: The question set has changed since the version `if_version`.
        """
        org_id = event.org_id
        async with self._database.org(org_id) as connection:
            changed = await question_sets.find(connection, org_id, event.id, set_id, lock=True)
            if changed is not None:
                require_version(changed.versions, if_version)
            if changed is not None and changes:
                changed = await question_sets.change(connection, org_id, event.id, set_id, changes)
        if changed is None:
            raise await question_sets.not_found(self._database, event.org_id, set_id)
        return changed
