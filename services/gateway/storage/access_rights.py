"""Queries on the current access rights of a session or an API key."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import Forbidden
from servicekit.identity import Identity
from servicekit.rpc.access import ORG_ADMIN_ROLES
from services.gateway.domain.users import ADMIN, OPERATOR, OWNER
from services.gateway.storage import users as stored_users
from services.gateway.storage.second_factor_tables import has_second_factor
from services.gateway.storage.tables import api_keys, orgs, sessions, user_profiles, users

_RIGHTS: Select[tuple[object, ...]] = (
    select(
        users.c.org_id,
        orgs.c.name.label("org_name"),
        orgs.c.time_zone.label("org_time_zone"),
        users.c.id.label("user_id"),
        user_profiles.c.role,
        users.c.is_operator,
        users.c.email,
        users.c.email_verified_at.is_not(None).label("email_verified"),
        func.now().label("as_of"),
        orgs.c.second_factor_required,
        orgs.c.closed_at.is_not(None).label("org_is_closed"),
        has_second_factor().label("has_second_factor"),
    )
    .join(orgs, orgs.c.id == users.c.org_id)
    .join(user_profiles, user_profiles.c.user_id == users.c.id)
    .where(users.c.status == "active")
)
# Stored at most every five minutes, since a busy key would otherwise write every second.
_USE_IS_UNRECORDED = or_(
    api_keys.c.last_used_at.is_(None),
    api_keys.c.last_used_at < func.now() - text("interval '5 minutes'"),
)


@dataclass(frozen=True, slots=True)
class AccessRights:
    """The rights of a caller at `as_of`.

    `org_id` is the live organisation, which has the members of both modes. `scopes` and
    `api_key_id` are those of an API key, None for a session. `is_test` tells whether the API key is
    a test key.
    """

    org_id: UUID
    org_name: str
    org_time_zone: str
    user_id: UUID
    role: str
    is_operator: bool
    email_verified: bool
    as_of: datetime
    second_factor_required: bool
    org_is_closed: bool
    has_second_factor: bool
    scopes: frozenset[str] | None = None
    email: str = ""
    api_key_id: UUID | None = None
    is_test: bool = False


async def of_session(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, session_id: UUID
) -> AccessRights | None:
    """Return the user's rights, or None if the user is disabled or the session has ended."""
    query = _RIGHTS.join(sessions, sessions.c.user_id == users.c.id).where(
        users.c.id == user_id,
        users.c.org_id == org_id,
        sessions.c.id == session_id,
        sessions.c.revoked_at.is_(None),
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else AccessRights(**row)


async def of_api_key(connection: AsyncConnection, key_hash: bytes) -> AccessRights | None:
    """Return the rights of an API key and record its use, or None if the key is not valid.

    The key has the role of the user it acts for, but is never an operator.
    """
    query = (
        _RIGHTS.add_columns(
            api_keys.c.scopes,
            api_keys.c.id.label("api_key_id"),
            api_keys.c.is_test,
            _USE_IS_UNRECORDED.label("use_is_unrecorded"),
        )
        .join(api_keys, api_keys.c.user_id == users.c.id)
        .where(
            api_keys.c.key_hash == key_hash,
            api_keys.c.revoked_at.is_(None),
            or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > func.now()),
        )
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    found: dict[str, Any] = dict(row)
    if found.pop("use_is_unrecorded"):
        await connection.execute(
            update(api_keys)
            .where(api_keys.c.org_id == row["org_id"], api_keys.c.key_hash == key_hash)
            .values(last_used_at=func.now())
        )
    return AccessRights(**{**found, "is_operator": False, "scopes": frozenset(found["scopes"])})


async def require_current_role(
    connection: AsyncConnection, caller: Identity, role: str = ADMIN
) -> None:
    """Raise `Forbidden` unless the caller still has `role` or a higher one.

    The organisation must be locked. The caller may have been removed since the request began.
    """
    user = await stored_users.get(connection, caller.require_org(), caller.require_user())
    allowed = {OWNER, OPERATOR} if role == OWNER else ORG_ADMIN_ROLES
    if not user.is_active or not allowed & set(user.roles):
        raise Forbidden("You are no longer allowed to do this.")
