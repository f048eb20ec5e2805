"""Change the name or the text of a template that no running campaign uses."""

from collections.abc import Mapping
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from services.campaigns.templates.domain.templates import parse
from services.campaigns.templates.storage import templates
from services.campaigns.templates.storage.templates import Template
from services.campaigns.templates.support.lock_unused import AnyCampaign, lock_unused


class EditTemplate:
    """Changes templates that no running campaign uses."""

    def __init__(self, database: Database, any_campaign: AnyCampaign) -> None:
        self._database = database
        self._any_campaign = any_campaign

    async def edit(
        self,
        org_id: UUID,
        template_id: UUID,
        changes: Mapping[str, str],
        if_version: int | None = None,
    ) -> Template:
        """Set the columns `changes` (name, content).

        Raises:
            InvalidInput: A placeholder is malformed.
            CrossOrgAccess: The template belongs to another organisation.
            NotFound: The template doesn't exist.
            Conflict: A running campaign uses it, or another template has the new name.
            Forbidden: A scheduled campaign uses it, and the API key may not send.
            PreconditionFailed: The template has changed since `if_version`.
        """
        if "content" in changes:
            parse(changes["content"], "content")
        template = None
        async with self._database.org(org_id) as connection:
            if await lock_unused(connection, self._any_campaign, org_id, template_id):
                stored = await templates.find(connection, org_id, template_id)
                if stored is not None:
                    require_version(stored.versions, if_version)
                template = await templates.change(connection, org_id, template_id, changes)
        if template is None:
            raise await templates.not_found(self._database, org_id, template_id)
        return template
