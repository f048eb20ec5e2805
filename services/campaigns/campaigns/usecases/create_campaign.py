"""Create a draft or a scheduled campaign."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.domain.drafts import (
    Draft,
    require_complete,
    require_future,
    text_source,
)
from services.campaigns.campaigns.domain.payers import payer_id
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.storage.announcements import announce_created
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.storage.terms import to_set as terms_to_set
from services.campaigns.campaigns.support.campaign_text import TemplateGone, draft_text
from services.campaigns.campaigns.support.tell_messaging import tell_created
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.storage import clock
from services.campaigns.templates.domain.templates import unknown_to_contacts
from services.campaigns.templates.storage import templates


class CreateCampaign:
    """Stores new campaigns. Scheduling one confirms its text and the current terms."""

    def __init__(self, database: Database, contacts: Contacts, dispatch: Dispatch) -> None:
        self._database = database
        self._contacts = contacts
        self._dispatch = dispatch

    async def create(
        self, org_id: UUID, user_id: UUID, draft: Draft
    ) -> tuple[Campaign, Sequence[str]]:
        """Store `draft`. Returns the campaign and the placeholders that contacts don't have.

        Raises:
            InvalidInput: The text or the time is invalid; or the campaign is scheduled and lacks a
                text or a list (code campaign_incomplete), or has pictures that can't be sent to any
                country.
            CrossOrgAccess: The list or the template belongs to another organisation.
            NotFound: The list or the template doesn't exist.
            Forbidden: The campaign is scheduled by somebody who may not send.
        """
        source = text_source(draft.message, draft.template_id)
        if draft.schedule_at is not None:
            require_complete(source, draft.list_id)
        draft = replace(draft, template_id=source if isinstance(source, UUID) else None)
        if draft.list_id is not None:
            await self._contacts.require_list(draft.list_id)
        terms = None
        if draft.schedule_at is not None:
            await self._dispatch.require_may_send()
            terms = await self._dispatch.terms()
        try:
            campaign, text = await self._store(org_id, user_id, draft, terms)
        except TemplateGone as gone:
            raise await templates.not_found(self._database, org_id, gone.template_id) from None
        await tell_created(self._dispatch, campaign.id, campaign.hold_change)
        return campaign, unknown_to_contacts(text)

    async def _store(
        self, org_id: UUID, user_id: UUID, draft: Draft, terms: Terms | None
    ) -> tuple[Campaign, str]:
        source = text_source(draft.message, draft.template_id)
        async with self._database.org(org_id) as connection:
            require_future(draft.schedule_at, await clock.now(connection))
            strict = draft.strict or draft.schedule_at is not None
            text = await draft_text(connection, org_id, source, strict) if source else ""
            confirmed: dict[str, object] = {}
            if draft.schedule_at and terms:
                terms.require(None, text, draft.media_urls)
                payer = payer_id(terms, org_id, user_id)
                confirmed = {"body": text, "payer_id": payer, **terms_to_set(terms)}
            campaign = await campaigns.add(connection, org_id, user_id, draft, confirmed)
            await announce_created(connection, org_id, campaign.id)
            return campaign, text
