"""Create a campaign: a draft, or scheduled."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.campaigns.domain.drafts import Draft, one_text, require_future
from services.campaigns.domain.templates import unknown_to_contacts
from services.campaigns.providers.contacts import Contacts
from services.campaigns.providers.messaging import Messaging
from services.campaigns.storage import campaigns, clock, templates
from services.campaigns.usecases.campaign_text import TemplateGone, draft_text
from services.campaigns.usecases.new_campaign import announce_new
from services.campaigns.usecases.tell_messaging import tell_created


async def create_campaign(
    database: Database,
    contacts: Contacts,
    messaging: Messaging,
    org_id: UUID,
    user_id: UUID,
    draft: Draft,
) -> tuple[RowMapping, Sequence[str]]:
    """Store ``draft``; the campaign, and the placeholders in its text that contacts don't have.

    Raises ``InvalidInput``; ``CrossOrgAccess`` or ``NotFound`` for its list or template; and
    ``Forbidden`` where it is scheduled by someone who may not send.
    """
    source = one_text(draft.message, draft.template_id)
    await contacts.require_list(draft.list_id)
    if draft.schedule_at is not None:
        await messaging.require_may_send()
    try:
        async with database.org(org_id) as connection:
            require_future(draft.schedule_at, await clock.now(connection))
            strict = draft.strict or draft.schedule_at is not None
            text = await draft_text(connection, org_id, source, strict)
            row = await campaigns.add(connection, org_id, user_id, draft)
            await announce_new(connection, row)
    except TemplateGone as gone:
        raise await templates.absence(database, org_id, gone.template_id) from None
    await tell_created(messaging, row)
    return row, unknown_to_contacts(text)
