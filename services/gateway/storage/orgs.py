"""Queries on organisations and their members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, Uuid, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.versions import Versions
from servicekit.modes import org_in_test_mode
from services.gateway.domain.users import OWNER
from services.gateway.storage.access_hints import note_revoked_access
from services.gateway.storage.second_factor_tables import has_second_factor
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
    has_second_factor().label("has_second_factor"),
).join(user_profiles, user_profiles.c.user_id == users.c.id)


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation, as its members see it."""

    id: UUID
    name: str
    time_zone: str
    created_at: datetime
    second_factor_required: bool
    audit_log_days: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Member:
    """A user as a member of an organisation."""

    id: UUID
    email: str
    name: str
    role: str
    status: str
    email_verified_at: datetime | None
    last_sign_in_at: datetime | None
    created_at: datetime
    has_second_factor: bool


async def get(connection: AsyncConnection, org_id: UUID) -> Organisation:
    """Return the organisation with the id `org_id`, which must exist."""
    columns = [orgs.c[each.name] for each in fields(Organisation)]
    row = (await connection.execute(select(*columns).where(orgs.c.id == org_id))).mappings().one()
    return Organisation(**row)


async def exists(connection: AsyncConnection, org_id: UUID) -> bool:
    """Return whether there is a live organisation with this id."""
    query = select(orgs.c.id).where(orgs.c.id == org_id, orgs.c.test_of.is_(None))
    return await connection.scalar(query) is not None


async def add_test_org(connection: AsyncConnection, org_id: UUID) -> bool:
    """Add the test organisation of an organisation. Returns False if there is one already."""
    live = select(
        literal(org_in_test_mode(org_id), Uuid), orgs.c.name, orgs.c.time_zone, orgs.c.id
    ).where(orgs.c.id == org_id)
    statement = (
        insert(orgs)
        .from_select(["id", "name", "time_zone", "test_of"], live)
        .on_conflict_do_nothing()
        .returning(orgs.c.id)
    )
    return await connection.scalar(statement) is not None


async def change(
    connection: AsyncConnection, org_id: UUID, values: Mapping[str, str | bool | int | None]
) -> None:
    """Set the columns in `values`; they are those that `UpdateOrganisation.update` names."""
    await connection.execute(update(orgs).where(orgs.c.id == org_id).values(values))
    if values.get("second_factor_required"):
        note_revoked_access(connection, org_id)


async def set_closed(connection: AsyncConnection, org_id: UUID, *, closed: bool) -> None:
    """Close an organisation, or open it again."""
    await connection.execute(
        update(orgs).where(orgs.c.id == org_id).values(closed_at=func.now() if closed else None)
    )


async def has_operator(connection: AsyncConnection, org_id: UUID) -> bool:
    """Return whether an active member is an operator of the platform."""
    query = select(users.c.id).where(
        users.c.org_id == org_id, users.c.is_operator, users.c.status == "active"
    )
    return await connection.scalar(query.limit(1)) is not None


async def lock_versions(connection: AsyncConnection, org_id: UUID) -> Versions:
    """Lock an organisation until the commit, and return its versions."""
    query = select(orgs.c.version, orgs.c.column_versions).where(orgs.c.id == org_id)
    row = (await connection.execute(query.with_for_update(key_share=True))).one()
    return Versions(row.version, row.column_versions)


async def lock(connection: AsyncConnection, org_id: UUID) -> None:
    """Lock an organisation against other changes of its members, until the commit."""
    query = select(orgs.c.id).where(orgs.c.id == org_id).with_for_update(key_share=True)
    await connection.execute(query)


async def members(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[Member]:
    """Return up to `limit` members with ids below `before`, newest first."""
    query = _MEMBERS.where(users.c.org_id == org_id).order_by(users.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(users.c.id < before)
    return [Member(**row) for row in (await connection.execute(query)).mappings()]


async def member(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> Member | None:
    """Return a member, or None if the organisation has no user with this id."""
    query = _MEMBERS.where(users.c.org_id == org_id, users.c.id == user_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else Member(**row)


async def active_owners(connection: AsyncConnection, org_id: UUID) -> int:
    """Return the number of owners who are active."""
    query = (
        select(func.count())
        .select_from(users)
        .join(user_profiles, user_profiles.c.user_id == users.c.id)
        .where(users.c.org_id == org_id, users.c.status == "active", user_profiles.c.role == OWNER)
    )
    return int(await connection.scalar(query) or 0)


async def set_role(connection: AsyncConnection, org_id: UUID, user_id: UUID, role: str) -> None:
    """Set a member's role."""
    await connection.execute(
        update(user_profiles)
        .where(user_profiles.c.org_id == org_id, user_profiles.c.user_id == user_id)
        .values(role=role)
    )
