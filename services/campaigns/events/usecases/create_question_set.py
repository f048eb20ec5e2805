"""Create a question set."""

from collections.abc import Sequence

from servicekit.db.database import Database
from services.campaigns.events.storage import question_sets
from services.campaigns.events.storage.events import Event
from services.campaigns.events.storage.question_sets import QuestionSet


class CreateQuestionSet:
    """Stores new question sets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, event: Event, title: str, questions: Sequence[str]) -> QuestionSet:
        """Store a question set of `event` as a draft."""
        async with self._database.org(event.org_id) as connection:
            return await question_sets.add(connection, event.org_id, event.id, title, questions)
