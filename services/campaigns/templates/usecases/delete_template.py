"""Delete a template."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.templates.storage import templates
from services.campaigns.templates.support.lock_unused import AnyCampaign, lock_unused


class DeleteTemplate:
    """Soft-deletes templates that no running campaign uses."""

    def __init__(self, database: Database, any_campaign: AnyCampaign) -> None:
        self._database = database
        self._any_campaign = any_campaign

    async def delete(self, org_id: UUID, template_id: UUID) -> None:
        """Delete a template.

        Raises:
            CrossOrgAccess: The template belongs to another organisation.
            NotFound: The template doesn't exist.
            Conflict: A running campaign uses it.
            Forbidden: A scheduled campaign uses it, and the API key may not send.
        """
        async with self._database.org(org_id) as connection:
            found = await lock_unused(connection, self._any_campaign, org_id, template_id)
            if found:
                await templates.delete(connection, org_id, template_id)
        if not found:
            raise await templates.not_found(self._database, org_id, template_id)
