"""Load a template. Raise an error if the organisation doesn't have it."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.templates.storage import templates
from services.campaigns.templates.storage.templates import Template


async def load_template(database: Database, org_id: UUID, template_id: UUID) -> Template:
    """Return a template.

    Raises:
        CrossOrgAccess: The template belongs to another organisation.
        NotFound: The template doesn't exist.
    """
    async with database.org(org_id) as connection:
        template = await templates.find(connection, org_id, template_id)
    if template is None:
        raise await templates.not_found(database, org_id, template_id)
    return template
