"""Change a campaign that has not started."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.domain.drafts import Edit, require_consistent, require_future
from services.campaigns.domain.states import DRAFT, EDITABLE, SCHEDULE
from services.campaigns.providers.contacts import Contacts
from services.campaigns.storage import campaigns, clock, lifecycle, templates
from services.campaigns.usecases.campaign_text import TemplateGone, usable_text


async def edit_campaign(
    database: Database, contacts: Contacts, org_id: UUID, campaign_id: UUID, edit: Edit
) -> RowMapping:
    """Carry out ``edit``.

    Raises ``InvalidInput``; ``CrossOrgAccess`` or ``NotFound`` for the campaign, its list or its
    template; ``Conflict`` where it has started.
    """
    require_consistent(edit)
    if edit.list_id is not None:
        await contacts.require_list(edit.list_id)
    try:
        async with database.org(org_id) as connection:
            found = await campaigns.find(connection, org_id, campaign_id, lock=True)
            changed = await _change(connection, found, edit) if found else None
    except TemplateGone as gone:
        raise await templates.absence(database, org_id, gone.template_id) from None
    if changed is None:
        raise await campaigns.absence(database, org_id, campaign_id)
    return changed


async def _change(connection: AsyncConnection, row: RowMapping, edit: Edit) -> RowMapping | None:
    if row["status"] not in EDITABLE:
        raise Conflict("A campaign can't be changed once it has started.", "campaign_not_editable")
    require_future(edit.schedule_at, await clock.now(connection))
    changes = _changes(edit)
    org_id, after = row["org_id"], {**row, **changes}
    if changes.keys() & {"message", "schedule_at"}:
        await usable_text(connection, org_id, after["message"] or after["template_id"])
    transition = SCHEDULE if after["schedule_at"] else DRAFT
    return await lifecycle.move(connection, org_id, row["id"], transition, changes)


def _changes(edit: Edit) -> dict[str, Any]:
    """The columns to set. A text and a template take each other's place."""
    changes: dict[str, Any] = {}
    if edit.name is not None:
        changes["name"] = edit.name
    if edit.message is not None or edit.template_id is not None:
        changes |= {"message": edit.message, "template_id": edit.template_id}
    if edit.list_id is not None:
        changes["list_id"] = edit.list_id
    if edit.schedule_at is not None or edit.unschedule:
        changes["schedule_at"] = edit.schedule_at
    return changes
