"""Queries on changes of email addresses, which the old and the new address must confirm.

A user has at most one open change. Callers lock the user before they start, confirm or end a
change.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.gateway.domain.opaque_tokens import VERIFICATION_LIFETIME
from services.gateway.storage.mailed_tokens import TokenOwner
from services.gateway.storage.tables import email_changes

_IS_OPEN = and_(email_changes.c.ended_at.is_(None), email_changes.c.expires_at > func.now())
_CHANGES: Select[tuple[object, ...]] = select(
    email_changes.c.id,
    email_changes.c.org_id,
    email_changes.c.user_id,
    email_changes.c.new_email,
    email_changes.c.created_at,
    email_changes.c.expires_at,
    email_changes.c.current_confirmed_at.is_not(None).label("is_confirmed_by_current"),
    email_changes.c.new_confirmed_at.is_not(None).label("is_confirmed_by_new"),
).where(_IS_OPEN)


@dataclass(frozen=True, slots=True)
class EmailChange:
    """An open change of a user's email address, and which of the two addresses confirmed it."""

    id: UUID
    org_id: UUID
    user_id: UUID
    new_email: str
    created_at: datetime
    expires_at: datetime
    is_confirmed_by_current: bool
    is_confirmed_by_new: bool

    @property
    def is_confirmed(self) -> bool:
        """Whether both email addresses have confirmed the change."""
        return self.is_confirmed_by_current and self.is_confirmed_by_new


async def start(
    connection: AsyncConnection,
    org_id: UUID,
    user_id: UUID,
    new_email: str,
    *,
    needs_current: bool,
) -> EmailChange:
    """Store a change. `needs_current`: whether the current email address must confirm it too."""
    change_id = new_id()
    values = insert(email_changes).values(
        id=change_id,
        org_id=org_id,
        user_id=user_id,
        new_email=new_email,
        expires_at=func.now() + VERIFICATION_LIFETIME,
        current_confirmed_at=None if needs_current else func.now(),
    )
    await connection.execute(values)
    query = _CHANGES.where(email_changes.c.org_id == org_id, email_changes.c.id == change_id)
    return EmailChange(**(await connection.execute(query)).mappings().one())


async def find(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> EmailChange | None:
    """Return a user's open change of the email address, or None."""
    query = _CHANGES.where(email_changes.c.org_id == org_id, email_changes.c.user_id == user_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else EmailChange(**row)


async def owner_of_token(connection: AsyncConnection, token_hash: bytes) -> TokenOwner | None:
    """Return the user with an open change that has this token, or None."""
    columns = email_changes.c
    query = select(columns.org_id, columns.user_id).where(_has_token(token_hash))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else TokenOwner(row.org_id, row.user_id)


async def confirm(connection: AsyncConnection, token_hash: bytes) -> EmailChange | None:
    """Confirm a change with the token of one of its mails. Returns None for an invalid token.

    Idempotent while the change is open.
    """
    columns = email_changes.c
    by_current = columns.current_token_hash == token_hash
    by_new = columns.new_token_hash == token_hash
    confirmed = await connection.execute(
        update(email_changes)
        .where(_has_token(token_hash), _IS_OPEN)
        .values(
            current_confirmed_at=_now_if(by_current, columns.current_confirmed_at),
            new_confirmed_at=_now_if(by_new, columns.new_confirmed_at),
        )
        .returning(columns.id)
    )
    change_id = confirmed.scalar_one_or_none()
    if change_id is None:
        return None
    row = (await connection.execute(_CHANGES.where(columns.id == change_id))).mappings().one()
    return EmailChange(**row)


async def end(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> bool:
    """End the user's open change of email address. Returns False if there is none."""
    ended = await connection.execute(
        update(email_changes)
        .where(
            email_changes.c.org_id == org_id,
            email_changes.c.user_id == user_id,
            email_changes.c.ended_at.is_(None),
        )
        .values(ended_at=func.now())
    )
    return ended.rowcount > 0


def _has_token(token_hash: bytes) -> ColumnElement[bool]:
    return or_(
        email_changes.c.current_token_hash == token_hash,
        email_changes.c.new_token_hash == token_hash,
    )


def _now_if(condition: ColumnElement[bool], confirmed_at: ColumnElement[datetime | None]) -> object:
    return case((condition, func.coalesce(confirmed_at, func.now())), else_=confirmed_at)
