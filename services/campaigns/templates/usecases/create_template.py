"""Create a template: a text with placeholders."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.templates.domain.templates import parse
from services.campaigns.templates.storage import templates
from services.campaigns.templates.storage.templates import Template


class CreateTemplate:
    """Stores new templates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, org_id: UUID, user_id: UUID, name: str, content: str) -> Template:
        """Store a template.

        Raises:
            InvalidInput: A placeholder is malformed.
            Conflict: Another template has this name.
        """
        parse(content, "content")
        async with self._database.org(org_id) as connection:
            return await templates.add(connection, org_id, user_id, name, content)
