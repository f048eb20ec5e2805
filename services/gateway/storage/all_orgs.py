"""Queries of operators on all live organisations."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.storage.tables import orgs, users


@dataclass(frozen=True, slots=True)
class PlatformOrganisation:
    """An organisation and the count of its active members."""

    id: UUID
    name: str
    created_at: datetime
    members: int


async def page(
    connection: AsyncConnection,
    limit: int,
    before: UUID | None,
    search: str | None,
    only: UUID | None,
) -> Sequence[PlatformOrganisation]:
    """Return up to `limit` live organisations with ids below `before`, newest first.

    Only those whose name begins with `search`, and only the one with the id `only`, if these are
    given.
    """
    members = (
        select(func.count())
        .select_from(users)
        .where(users.c.org_id == orgs.c.id, users.c.status == "active")
        .correlate(orgs)
        .scalar_subquery()
    )
    query = select(orgs.c.id, orgs.c.name, orgs.c.created_at, members)
    query = query.where(orgs.c.test_of.is_(None))
    if search is not None:
        beginning = search.strip().lower()
        query = query.where(func.lower(orgs.c.name).startswith(beginning, autoescape=True))
    if only is not None:
        query = query.where(orgs.c.id == only)
    if before is not None:
        query = query.where(orgs.c.id < before)
    rows = await connection.execute(query.order_by(orgs.c.id.desc()).limit(limit))
    return [PlatformOrganisation(*row) for row in rows]


async def names(connection: AsyncConnection, org_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the names of organisations by their ids."""
    query = select(orgs.c.id, orgs.c.name).where(orgs.c.id.in_(org_ids))
    return {row.id: row.name for row in await connection.execute(query)}
