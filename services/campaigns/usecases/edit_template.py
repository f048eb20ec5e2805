"""Change or delete a template, unless a running campaign uses it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping, func
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.domain.templates import parse
from services.campaigns.storage import campaigns, templates


async def edit_template(
    database: Database, org_id: UUID, template_id: UUID, changes: Mapping[str, str]
) -> RowMapping:
    """Set the columns ``changes`` (name, content).

    Raises ``InvalidInput``, ``CrossOrgAccess``, ``NotFound``, and ``Conflict`` where it is in use
    or its new name is taken.
    """
    if "content" in changes:
        parse(changes["content"], "content")
    return await _change(database, org_id, template_id, changes)


async def delete_template(database: Database, org_id: UUID, template_id: UUID) -> None:
    """Soft-delete a template. Raises ``CrossOrgAccess``, ``NotFound`` or ``Conflict``."""
    await _change(database, org_id, template_id, {"deleted_at": func.now()})


async def _change(
    database: Database, org_id: UUID, template_id: UUID, changes: Mapping[str, object]
) -> RowMapping:
    async with database.org(org_id) as connection:
        row = None
        # A campaign that starts takes its text under this lock, so none starts in between.
        if await templates.lock(connection, org_id, template_id):
            await _require_unused(connection, org_id, template_id)
            row = await templates.change(connection, org_id, template_id, changes)
    if row is None:
        raise await templates.absence(database, org_id, template_id)
    return row


async def _require_unused(connection: AsyncConnection, org_id: UUID, template_id: UUID) -> None:
    if await campaigns.any_running_with(connection, org_id, template_id):
        raise Conflict("A campaign with this template is running.", "template_in_use")
