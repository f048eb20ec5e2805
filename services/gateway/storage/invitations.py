"""Queries on invitations."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, case, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.gateway.domain.opaque_tokens import INVITATION_LIFETIME
from services.gateway.domain.users import ADMIN, OWNER
from services.gateway.storage.tables import invitations, user_profiles, users

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
class Accepted:
    """An invitation that was just accepted."""

    id: UUID
    org_id: UUID
    email: str
    role: str


async def invite(
    connection: AsyncConnection, org_id: UUID, invited_by: UUID, email: str, role: str
) -> UUID:
    """Make an invitation, or make the open one to this address anew; its id."""
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


async def find(connection: AsyncConnection, org_id: UUID, invitation_id: UUID) -> RowMapping | None:
    """An invitation of the organisation."""
    query = _INVITATIONS.where(invitations.c.org_id == org_id, invitations.c.id == invitation_id)
    return (await connection.execute(query)).mappings().one_or_none()


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """At most ``limit`` invitations, the newest first, before the one with the id ``before``."""
    query = _INVITATIONS.where(invitations.c.org_id == org_id)
    if before is not None:
        query = query.where(invitations.c.id < before)
    query = query.order_by(invitations.c.id.desc()).limit(limit)
    return (await connection.execute(query)).mappings().all()


async def revoke(connection: AsyncConnection, org_id: UUID, invitation_id: UUID) -> bool:
    """Take an invitation back; False where it was accepted. One taken back before stays so."""
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
    """Take back the open invitations of a user to any of ``roles``."""
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


async def org_of(connection: AsyncConnection, token_hash: bytes) -> UUID | None:
    """The organisation that the invitation with this token is to; None where there is none."""
    query = select(invitations.c.org_id).where(invitations.c.token_hash == token_hash)
    org_id: UUID | None = await connection.scalar(query)
    return org_id


async def accept(connection: AsyncConnection, token_hash: bytes) -> Accepted | None:
    """Use an invitation's token up; None where it is not good.

    Nor is it once its inviter may not invite to its role. Removal revokes such invitations, but a
    process of the release before does not.
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
    return None if row is None else Accepted(**row)
