"""Change a campaign that has not started."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput
from servicekit.identity import current, require_send_scope
from services.campaigns.campaigns.domain.drafts import Edit, require_consistent, require_future
from services.campaigns.campaigns.domain.states import DRAFT, EDITABLE, SCHEDULE
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, holds, lifecycle
from services.campaigns.campaigns.storage.removed_members import confirmed_by
from services.campaigns.campaigns.storage.terms import to_set as terms_to_set
from services.campaigns.campaigns.support.campaign_text import (
    TemplateGone,
    draft_text,
    missing_variables,
)
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.storage import clock
from services.campaigns.templates.storage import templates


async def edit_campaign(
    database: Database,
    contacts: Contacts,
    dispatch: Dispatch,
    org_id: UUID,
    campaign_id: UUID,
    edit: Edit,
) -> tuple[RowMapping, Sequence[str]]:
    """Carry out ``edit``; the campaign, and the placeholders that contacts don't have.

    Raises ``InvalidInput``; ``CrossOrgAccess`` or ``NotFound`` for the campaign, its list or its
    template; ``Conflict`` where it has started, or the edit's price_version no longer holds;
    ``Forbidden`` where someone who may not send schedules it, or an API key that may not changes
    one that is scheduled.
    """
    require_consistent(edit)
    if edit.list_id is not None:
        await contacts.require_list(edit.list_id)
    if edit.schedule_at is not None:
        await dispatch.require_may_send()
    terms = await _terms(database, dispatch, org_id, campaign_id, edit)
    try:
        async with database.org(org_id) as connection:
            found = await campaigns.find(connection, org_id, campaign_id, lock=True)
            changed = await _change(connection, found, edit, terms) if found else None
    except TemplateGone as gone:
        raise await templates.not_found(database, org_id, gone.template_id) from None
    if changed is None:
        raise await campaigns.not_found(database, org_id, campaign_id)
    return changed


async def _terms(
    database: Database, dispatch: Dispatch, org_id: UUID, campaign_id: UUID, edit: Edit
) -> Terms | None:
    """The terms that the edit confirms; None where it confirms none."""
    if not edit.confirms:
        return None
    if edit.schedule_at is None:
        campaign = await campaigns.get(database, org_id, campaign_id)
        if campaign["status"] != "scheduled" or edit.unschedule:
            return None
    return await dispatch.terms()


async def _change(
    connection: AsyncConnection, row: RowMapping, edit: Edit, terms: Terms | None
) -> tuple[RowMapping, Sequence[str]] | None:
    if row["status"] not in EDITABLE:
        raise Conflict("A campaign can't be changed once it has started.", "campaign_not_editable")
    if row["retry_of"] and edit.list_id is not None:
        raise InvalidInput.of("listId", "a retry goes to those whom the first campaign missed")
    require_future(edit.schedule_at, await clock.now(connection))
    changes = _changes(edit)
    org_id, after = row["org_id"], {**row, **changes}
    if after["schedule_at"]:
        require_send_scope()
    strict = edit.strict or after["schedule_at"] is not None
    source = after["message"] or after["template_id"]
    confirms = edit.confirms and after["schedule_at"] is not None
    if confirms or edit.strict or changes.keys() & {"message", "schedule_at"}:
        text = await draft_text(connection, org_id, source, strict)
        if confirms:
            if terms:
                terms.require(edit.price_version, text)
            changes |= {"body": text, **terms_to_set(terms)}
            changes |= confirmed_by(current().require_user())
    if not after["schedule_at"]:
        changes |= {"body": None, "terms": None}
    transition = SCHEDULE if after["schedule_at"] else DRAFT
    if row["status"] == "scheduled":
        # Messaging may have been told that it is about to start.
        changes |= holds.to_be_told()
    moved = await lifecycle.move(connection, org_id, row["id"], transition, changes)
    return (moved, await missing_variables(connection, moved)) if moved is not None else None


def _changes(edit: Edit) -> dict[str, Any]:
    """The columns to set. A text and a template take each other's place; given both, the text."""
    changes: dict[str, Any] = {}
    if edit.name is not None:
        changes["name"] = edit.name
    if edit.message is not None:
        changes |= {"message": edit.message, "template_id": None}
    elif edit.template_id is not None:
        changes |= {"message": None, "template_id": edit.template_id}
    if edit.list_id is not None:
        changes["list_id"] = edit.list_id
    if edit.pause_at_failure_rate is not None:
        changes["pause_at_failure_rate"] = edit.pause_at_failure_rate
    if edit.schedule_at is not None or edit.unschedule:
        changes["schedule_at"] = edit.schedule_at
    return changes
