"""Change or delete a template, unless a running campaign uses it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.identity import require_send_scope
from services.campaigns.templates.domain.templates import parse
from services.campaigns.templates.storage import templates

AnyCampaign: TypeAlias = Callable[
    [AsyncConnection, UUID, UUID, Literal["running", "scheduled"]], Awaitable[bool]
]
"""Tells whether a campaign of an organisation uses a template and has a status."""


async def edit_template(
    database: Database,
    any_campaign: AnyCampaign,
    org_id: UUID,
    template_id: UUID,
    changes: Mapping[str, str],
) -> RowMapping:
    """Set the columns ``changes`` (name, content).

    Raises ``InvalidInput``, ``CrossOrgAccess``, ``NotFound``, ``Conflict`` where it is in use or
    its new name is taken, and ``Forbidden`` where a campaign with it is scheduled and the caller is
    an API key that may not send.
    """
    if "content" in changes:
        parse(changes["content"], "content")
    async with database.org(org_id) as connection:
        row = None
        if await _lock_unused(connection, any_campaign, org_id, template_id):
            row = await templates.change(connection, org_id, template_id, changes)
    if row is None:
        raise await templates.not_found(database, org_id, template_id)
    return row


async def delete_template(
    database: Database, any_campaign: AnyCampaign, org_id: UUID, template_id: UUID
) -> None:
    """Soft-delete a template. Raises as ``edit_template`` does."""
    async with database.org(org_id) as connection:
        found = await _lock_unused(connection, any_campaign, org_id, template_id)
        if found:
            await templates.delete(connection, org_id, template_id)
    if not found:
        raise await templates.not_found(database, org_id, template_id)


async def _lock_unused(
    connection: AsyncConnection, any_campaign: AnyCampaign, org_id: UUID, template_id: UUID
) -> bool:
    """Lock a template that no running campaign uses; False where there is none.

    A campaign takes its text under this lock when it starts, so none starts with it meanwhile.
    """
    if not await templates.lock(connection, org_id, template_id):
        return False
    if await any_campaign(connection, org_id, template_id, "running"):
        raise Conflict("A campaign with this template is running.", "template_in_use")
    if await any_campaign(connection, org_id, template_id, "scheduled"):
        require_send_scope()
    return True
