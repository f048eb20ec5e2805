"""Queries of operators on users of all organisations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.domain.users import roles_of
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
    """Filters of a list of users. A filter that is None matches every user.

    `search` is the start of an email address or name.
    """

    search: str | None = None
    status: str | None = None
    org_id: UUID | None = None
    before: UUID | None = None


@dataclass(frozen=True, slots=True)
class PlatformUser:
    """A user as operators see one."""

    id: UUID
    email: str
    name: str
    org_id: UUID
    org_name: str
    role: str
    is_operator: bool
    status: str
    email_verified_at: datetime | None
    last_sign_in_at: datetime | None
    created_at: datetime

    @property
    def roles(self) -> list[str]:
        """The organisation role of the user, then the operator role if the user is an operator."""
        return roles_of(self.role, is_operator=self.is_operator)


async def page(
    connection: AsyncConnection, wanted: UserFilter, limit: int
) -> Sequence[PlatformUser]:
    """Return up to `limit` users, newest first."""
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
    return [PlatformUser(**row) for row in (await connection.execute(query)).mappings()]


async def find(connection: AsyncConnection, user_id: UUID) -> PlatformUser | None:
    """Return a user of any organisation, or None."""
    query = _USERS.where(users.c.id == user_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else PlatformUser(**row)
