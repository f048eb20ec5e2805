"""Queries on organisations and their members."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.domain.users import OWNER
from services.gateway.storage.tables import orgs, user_profiles, users

_MEMBERS: Select[tuple[object, ...]] = select(
    users.c.id,
    users.c.email,
    users.c.name,
    user_profiles.c.role,
    users.c.status,
    users.c.email_verified_at,
    users.c.last_sign_in_at,
    users.c.created_at,
).join(user_profiles, user_profiles.c.user_id == users.c.id)


async def get(connection: AsyncConnection, org_id: UUID) -> RowMapping:
    """The organisation's row."""
    return (await connection.execute(select(orgs).where(orgs.c.id == org_id))).mappings().one()


async def change(connection: AsyncConnection, org_id: UUID, values: dict[str, str]) -> None:
    """Set columns of an organisation: ``name``, ``time_zone``."""
    await connection.execute(update(orgs).where(orgs.c.id == org_id).values(values))


async def lock(connection: AsyncConnection, org_id: UUID) -> None:
    """Let changes of an organisation's members follow one another."""
    query = select(orgs.c.id).where(orgs.c.id == org_id).with_for_update(key_share=True)
    await connection.execute(query)


async def members(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """At most ``limit`` members, the newest first, before the one with the id ``before``."""
    query = _MEMBERS.where(users.c.org_id == org_id).order_by(users.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(users.c.id < before)
    return (await connection.execute(query)).mappings().all()


async def member(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> RowMapping | None:
    """A member; None where the organisation has none with this id."""
    query = _MEMBERS.where(users.c.org_id == org_id, users.c.id == user_id)
    return (await connection.execute(query)).mappings().one_or_none()


async def active_owners(connection: AsyncConnection, org_id: UUID) -> int:
    """How many owners the organisation has that may sign in."""
    query = (
        select(func.count())
        .select_from(users)
        .join(user_profiles, user_profiles.c.user_id == users.c.id)
        .where(users.c.org_id == org_id, users.c.status == "active", user_profiles.c.role == OWNER)
    )
    return int(await connection.scalar(query) or 0)


async def set_role(connection: AsyncConnection, org_id: UUID, user_id: UUID, role: str) -> None:
    """Give a member another role."""
    await connection.execute(
        update(user_profiles)
        .where(user_profiles.c.org_id == org_id, user_profiles.c.user_id == user_id)
        .values(role=role)
    )
