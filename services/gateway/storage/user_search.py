"""Users of every organisation, as operators look for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.storage.tables import orgs, user_profiles, users

_USERS: Select[tuple[object, ...]] = (
    select(
        users.c.id,
        users.c.email,
        users.c.name,
        users.c.org_id,
        orgs.c.name.label("org_name"),
        user_profiles.c.role,
        users.c.is_operator,
        users.c.status,
        users.c.email_verified_at,
        users.c.last_sign_in_at,
        users.c.created_at,
    )
    .join(orgs, orgs.c.id == users.c.org_id)
    .join(user_profiles, user_profiles.c.user_id == users.c.id)
)


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users; None leaves a filter out. ``search`` is how address or name begins."""

    search: str | None = None
    status: str | None = None
    org_id: UUID | None = None
    before: UUID | None = None


async def page(connection: AsyncConnection, wanted: UserFilter, limit: int) -> Sequence[RowMapping]:
    """At most ``limit`` users, the newest first."""
    query = _USERS.order_by(users.c.id.desc()).limit(limit)
    if wanted.search is not None:
        beginning = wanted.search.strip().lower()
        query = query.where(
            or_(
                users.c.email.startswith(beginning, autoescape=True),
                func.lower(users.c.name).startswith(beginning, autoescape=True),
            )
        )
    if wanted.status is not None:
        query = query.where(users.c.status == wanted.status)
    if wanted.org_id is not None:
        query = query.where(users.c.org_id == wanted.org_id)
    if wanted.before is not None:
        query = query.where(users.c.id < wanted.before)
    return (await connection.execute(query)).mappings().all()


async def find(connection: AsyncConnection, user_id: UUID) -> RowMapping | None:
    """The user with this id, of whatever organisation."""
    query = _USERS.where(users.c.id == user_id)
    return (await connection.execute(query)).mappings().one_or_none()
