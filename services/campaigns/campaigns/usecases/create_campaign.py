"""Create a campaign: a draft, or scheduled."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.campaigns.campaigns.domain.drafts import Draft, one_text, require_future
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.storage.terms import to_set as terms_to_set
from services.campaigns.campaigns.support.campaign_text import TemplateGone, draft_text
from services.campaigns.campaigns.support.new_campaign import announce_new
from services.campaigns.campaigns.support.tell_messaging import tell_created
from services.campaigns.common.storage import clock
from services.campaigns.templates.domain.templates import unknown_to_contacts
from services.campaigns.templates.storage import templates


async def create_campaign(
    database: Database,
    contacts: Contacts,
    dispatch: Dispatch,
    org_id: UUID,
    user_id: UUID,
    draft: Draft,
) -> tuple[RowMapping, Sequence[str]]:
    """Store ``draft``; the campaign, and the placeholders in its text that contacts don't have.

    Raises ``InvalidInput``; ``CrossOrgAccess`` or ``NotFound`` for its list or template; and
    ``Forbidden`` where it is scheduled by someone who may not send. Scheduling it confirms its text
    and the terms of now.
    """
    source = one_text(draft.message, draft.template_id)
    draft = replace(draft, template_id=source if isinstance(source, UUID) else None)
    await contacts.require_list(draft.list_id)
    terms = None
    if draft.schedule_at is not None:
        await dispatch.require_may_send()
        terms = await dispatch.terms()
    try:
        async with database.org(org_id) as connection:
            require_future(draft.schedule_at, await clock.now(connection))
            strict = draft.strict or draft.schedule_at is not None
            text = await draft_text(connection, org_id, source, strict)
            confirmed = {"body": text, **terms_to_set(terms)} if draft.schedule_at else {}
            row = await campaigns.add(connection, org_id, user_id, draft, confirmed)
            await announce_new(connection, row)
    except TemplateGone as gone:
        raise await templates.not_found(database, org_id, gone.template_id) from None
    await tell_created(dispatch, row)
    return row, unknown_to_contacts(text)
