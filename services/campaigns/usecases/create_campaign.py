"""Create a campaign: a draft, or scheduled."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.campaigns.domain.drafts import Draft, one_text, require_future
from services.campaigns.providers.contacts import Contacts
from services.campaigns.storage import campaigns, clock, templates
from services.campaigns.usecases.campaign_text import TemplateGone, usable_text


async def create_campaign(
    database: Database, contacts: Contacts, org_id: UUID, user_id: UUID, draft: Draft
) -> RowMapping:
    """Store ``draft``.

    Raises ``InvalidInput``, and ``CrossOrgAccess`` or ``NotFound`` for its list or template.
    """
    source = one_text(draft.message, draft.template_id)
    await contacts.require_list(draft.list_id)
    try:
        async with database.org(org_id) as connection:
            require_future(draft.schedule_at, await clock.now(connection))
            await usable_text(connection, org_id, source)
            return await campaigns.add(connection, org_id, user_id, draft)
    except TemplateGone as gone:
        raise await templates.absence(database, org_id, gone.template_id) from None
