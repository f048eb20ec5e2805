"""Change a campaign that hasn't started."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import Conflict, InvalidInput
from servicekit.identity import current, require_send_scope
from services.campaigns.campaigns.domain.drafts import (
    Edit,
    TextSource,
    require_complete,
    require_consistent,
    require_future,
    text_source,
)
from services.campaigns.campaigns.domain.payers import payer_id
from services.campaigns.campaigns.domain.states import DRAFT, EDITABLE, SCHEDULE
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, holds, lifecycle
from services.campaigns.campaigns.storage.removed_members import confirmed_by
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.storage.terms import to_set as terms_to_set
from services.campaigns.campaigns.support.campaign_text import (
    TemplateGone,
    draft_text,
    missing_variables,
)
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.storage import clock
from services.campaigns.templates.storage import templates


class EditCampaign:
    """Changes drafts and scheduled campaigns. Scheduling confirms the text and the terms."""

    def __init__(self, database: Database, contacts: Contacts, dispatch: Dispatch) -> None:
        self._database = database
        self._contacts = contacts
        self._dispatch = dispatch

    async def edit(
        self, org_id: UUID, campaign_id: UUID, edit: Edit
    ) -> tuple[Campaign, Sequence[str]]:
        """Carry out `edit`. Returns the campaign and the placeholders that contacts don't have.

        Raises:
            InvalidInput: The edit contradicts itself, or its text or time is invalid.
            CrossOrgAccess: The campaign, its list or its template belongs to another organisation.
            NotFound: The campaign, its list or its template doesn't exist.
            Conflict: The campaign has started, or the price_version is out of date.
            PreconditionFailed: The campaign has changed since the version that the user has read.
            Forbidden: A user who may not send schedules the campaign, or an API key that may not
                send changes a scheduled campaign.
        """
        require_consistent(edit)
        if edit.list_id is not None:
            await self._contacts.require_list(edit.list_id)
        if edit.schedule_at is not None:
            await self._dispatch.require_may_send()
        terms = await self._terms(org_id, campaign_id, edit)
        try:
            async with self._database.org(org_id) as connection:
                found = await campaigns.find(connection, org_id, campaign_id, lock=True)
                changed = await _change(connection, found, edit, terms) if found else None
        except TemplateGone as gone:
            raise await templates.not_found(self._database, org_id, gone.template_id) from None
        if changed is None:
            raise await campaigns.not_found(self._database, org_id, campaign_id)
        return changed

    async def _terms(self, org_id: UUID, campaign_id: UUID, edit: Edit) -> Terms | None:
        """Return the current terms if the user confirms them by this edit, else None."""
        if not edit.confirms:
            return None
        if edit.schedule_at is None:
            campaign = await load_campaign(self._database, org_id, campaign_id)
            if campaign.status != "scheduled" or edit.unschedule:
                return None
        return await self._dispatch.terms()


async def _change(
    connection: AsyncConnection, campaign: Campaign, edit: Edit, terms: Terms | None
) -> tuple[Campaign, Sequence[str]] | None:
    require_version(campaign.versions, edit.if_version)
    if campaign.status not in EDITABLE:
        message = "Only a draft or a scheduled campaign can be changed."
        raise Conflict(message, "campaign_not_editable")
    if campaign.retry_of and (edit.list_id is not None or "list_id" in edit.cleared):
        message = "The list of a retry can't be changed. Create a new campaign for another list."
        raise InvalidInput.of("listId", message)
    require_future(edit.schedule_at, await clock.now(connection))
    changes = _changes(edit)
    scheduled = bool(changes.get("schedule_at", campaign.schedule_at))
    if scheduled:
        require_send_scope()
    confirms = edit.confirms and scheduled
    if confirms or edit.strict or changes.keys() & {"message", "schedule_at"}:
        source = _source(campaign, changes)
        if scheduled:
            require_complete(source, changes.get("list_id", campaign.list_id))
        strict = edit.strict or scheduled
        text = await draft_text(connection, campaign.org_id, source, strict) if source else ""
        if confirms:
            if terms:
                pictures = changes.get("media_urls", campaign.media_urls)
                terms.require(edit.price_version, text, pictures)
            changes |= {"body": text, **terms_to_set(terms)}
            user_id = current().require_user()
            payer = payer_id(terms, campaign.org_id, user_id) if terms else None
            changes |= confirmed_by(user_id, payer)
    return await _move(connection, campaign, changes, scheduled)


async def _move(
    connection: AsyncConnection, campaign: Campaign, changes: dict[str, Any], scheduled: bool
) -> tuple[Campaign, Sequence[str]] | None:
    if not scheduled:
        changes |= {"body": None, "terms": None, "cents_per_mms": None}
    if campaign.status == "scheduled":
        # Messaging may have been told already that the campaign is about to start.
        changes |= holds.to_be_told()
    transition = SCHEDULE if scheduled else DRAFT
    moved = await lifecycle.move(connection, campaign.org_id, campaign.id, transition, changes)
    return (moved, await missing_variables(connection, moved)) if moved is not None else None


def _source(campaign: Campaign, changes: dict[str, Any]) -> TextSource | None:
    """Return the text or the template that the campaign has after the changes."""
    return text_source(
        changes.get("message", campaign.message), changes.get("template_id", campaign.template_id)
    )


def _changes(edit: Edit) -> dict[str, Any]:
    """Return the columns to set. A message replaces the template, and a template the message."""
    changes: dict[str, Any] = dict.fromkeys(edit.cleared)
    if edit.name is not None:
        changes["name"] = edit.name
    if edit.message is not None:
        changes |= {"message": edit.message, "template_id": None}
    elif edit.template_id is not None:
        changes |= {"message": None, "template_id": edit.template_id}
    if edit.media_urls is not None:
        changes["media_urls"] = list(edit.media_urls)
    if edit.reference is not None:
        changes["reference"] = edit.reference
    if edit.metadata is not None:
        changes["metadata"] = edit.metadata
    if edit.list_id is not None:
        changes["list_id"] = edit.list_id
    if edit.pause_at_failure_rate is not None:
        changes["pause_at_failure_rate"] = edit.pause_at_failure_rate
    if edit.schedule_at is not None or edit.unschedule:
        changes["schedule_at"] = edit.schedule_at
    return changes
