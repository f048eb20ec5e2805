"""Queries on challenges: sign-ins that wait for the code of the second factor."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from services.gateway.domain.opaque_tokens import CHALLENGE_LIFETIME
from services.gateway.storage.second_factor_tables import sign_in_challenges


@dataclass(frozen=True, slots=True)
class Challenge:
    """A sign-in whose password was right, and which waits for a code."""

    org_id: UUID
    user_id: UUID


async def start(
    connection: AsyncConnection, token_hash: bytes, org_id: UUID, user_id: UUID
) -> None:
    """Store a challenge for a user whose password was right and who must send a code."""
    await connection.execute(
        insert(sign_in_challenges).values(
            token_hash=token_hash,
            org_id=org_id,
            user_id=user_id,
            expires_at=func.now() + CHALLENGE_LIFETIME,
        )
    )


async def find(connection: AsyncConnection, token_hash: bytes) -> Challenge | None:
    """Return the challenge with this token, or None if it is unknown, used or expired."""
    columns = sign_in_challenges.c
    query = select(columns.org_id, columns.user_id).where(
        columns.token_hash == token_hash,
        columns.used_at.is_(None),
        columns.expires_at > func.now(),
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Challenge(row.org_id, row.user_id)


async def use(connection: AsyncConnection, token_hash: bytes) -> bool:
    """Use up a challenge. Returns False if it was used before or has expired."""
    columns = sign_in_challenges.c
    statement = (
        update(sign_in_challenges)
        .where(
            columns.token_hash == token_hash,
            columns.used_at.is_(None),
            columns.expires_at > func.now(),
        )
        .values(used_at=func.now())
    )
    return (await connection.execute(statement)).rowcount == 1


async def end_all(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """End a user's waiting sign-ins, because the password or the second factor has changed."""
    columns = sign_in_challenges.c
    await connection.execute(
        update(sign_in_challenges)
        .where(columns.org_id == org_id, columns.user_id == user_id, columns.used_at.is_(None))
        .values(used_at=func.now())
    )


OLD = OldRows(
    "sign_in_challenges",
    "encode(token_hash, 'hex')",
    "expires_at < now() - interval '1 day'",
)
"""The rows to delete: challenges that expired more than a day ago."""
