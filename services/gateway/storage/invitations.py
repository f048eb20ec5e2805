"""Queries on invitations to organisations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, case, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.gateway.domain.opaque_tokens import INVITATION_LIFETIME
from services.gateway.domain.users import ADMIN, OWNER
from services.gateway.storage.tables import invitations, orgs, user_profiles, users

_STATUS = case(
    (invitations.c.accepted_at.is_not(None), "accepted"),
    (invitations.c.revoked_at.is_not(None), "revoked"),
    (invitations.c.expires_at <= func.now(), "expired"),
    else_="open",
)
_INVITATIONS: Select[tuple[object, ...]] = select(
    invitations.c.id,
    invitations.c.email,
    invitations.c.role,
    _STATUS.label("status"),
    invitations.c.invited_by,
    invitations.c.created_at,
    invitations.c.expires_at,
    invitations.c.accepted_at,
)
_INVITER_STILL_MAY = exists().where(
    users.c.id == invitations.c.invited_by,
    users.c.status == "active",
    user_profiles.c.user_id == users.c.id,
    or_(
        users.c.is_operator,
        user_profiles.c.role == OWNER,
        and_(user_profiles.c.role == ADMIN, invitations.c.role != OWNER),
    ),
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation. `status` is open, accepted, revoked or expired."""

    id: UUID
    email: str
    role: str
    status: str
    invited_by: UUID
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class AcceptedInvitation:
    """An invitation that was just accepted."""

    id: UUID
    org_id: UUID
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Addressed:
    """The organisation of an invitation, and the invited email address.

    The invitation may be open or not.
    """

    org_id: UUID
    org_name: str
    email: str


async def invite(
    connection: AsyncConnection, org_id: UUID, invited_by: UUID, email: str, role: str
) -> UUID:
    """Create an invitation, or renew the open one to this email address. Returns its id."""
    new = insert(invitations).values(
        id=new_id(),
        org_id=org_id,
        email=email,
        role=role,
        invited_by=invited_by,
        expires_at=func.now() + INVITATION_LIFETIME,
    )
    statement = new.on_conflict_do_update(
        index_elements=["org_id", "email"],
        index_where=invitations.c.accepted_at.is_(None) & invitations.c.revoked_at.is_(None),
        set_={
            "role": role,
            "invited_by": invited_by,
            "expires_at": new.excluded.expires_at,
            "token_hash": None,
        },
    ).returning(invitations.c.id)
    invitation_id: UUID = (await connection.execute(statement)).scalar_one()
    return invitation_id


async def find(connection: AsyncConnection, org_id: UUID, invitation_id: UUID) -> Invitation | None:
    """Return an invitation of the organisation, or None."""
    query = _INVITATIONS.where(invitations.c.org_id == org_id, invitations.c.id == invitation_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else Invitation(**row)


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[Invitation]:
    """Return up to `limit` invitations with ids below `before`, newest first."""
    query = _INVITATIONS.where(invitations.c.org_id == org_id)
    if before is not None:
        query = query.where(invitations.c.id < before)
    query = query.order_by(invitations.c.id.desc()).limit(limit)
    return [Invitation(**row) for row in (await connection.execute(query)).mappings()]


async def revoke(connection: AsyncConnection, org_id: UUID, invitation_id: UUID) -> bool:
    """Revoke an invitation. Returns False if it was accepted. Idempotent."""
    statement = (
        update(invitations)
        .where(
            invitations.c.org_id == org_id,
            invitations.c.id == invitation_id,
            invitations.c.accepted_at.is_(None),
        )
        .values(revoked_at=func.coalesce(invitations.c.revoked_at, func.now()))
    )
    return (await connection.execute(statement)).rowcount == 1


async def revoke_of(
    connection: AsyncConnection, org_id: UUID, invited_by: UUID, roles: Sequence[str]
) -> None:
    """Revoke the open invitations that a user sent for any of `roles`."""
    await connection.execute(
        update(invitations)
        .where(
            invitations.c.org_id == org_id,
            invitations.c.invited_by == invited_by,
            invitations.c.role.in_(roles),
            invitations.c.accepted_at.is_(None),
            invitations.c.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )


async def addressed_by(connection: AsyncConnection, token_hash: bytes) -> Addressed | None:
    """Return the email address and organisation of the invitation with this token, or None."""
    query = (
        select(invitations.c.org_id, orgs.c.name.label("org_name"), invitations.c.email)
        .join(orgs, orgs.c.id == invitations.c.org_id)
        .where(invitations.c.token_hash == token_hash)
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else Addressed(**row)


async def accept(connection: AsyncConnection, token_hash: bytes) -> AcceptedInvitation | None:
    """Accept the invitation with this token. Returns None if the token is not valid.

    The token is also invalid if the inviter may no longer invite people with the invitation's role.
    When a member is removed, this release revokes such invitations, but a process of the previous
    release leaves them open.
    """
    statement = (
        update(invitations)
        .where(
            invitations.c.token_hash == token_hash,
            invitations.c.accepted_at.is_(None),
            invitations.c.revoked_at.is_(None),
            invitations.c.expires_at > func.now(),
            _INVITER_STILL_MAY,
        )
        .values(accepted_at=func.now())
        .returning(invitations.c.id, invitations.c.org_id, invitations.c.email, invitations.c.role)
    )
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else AcceptedInvitation(**row)


async def not_found(database: Database, invitation_id: UUID) -> Exception:
    """Return the error for an invitation that the organisation does not have."""
    return await database.not_found(invitations, invitations.c.id == invitation_id, "invitation")
