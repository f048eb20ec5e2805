"""Queries on second factors and recovery codes.

A second factor counts once it is confirmed with a code. Each code of the app is used once: its time
step is stored, and only codes of later steps are accepted after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.storage.second_factor_tables import recovery_codes, second_factors


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A user's second factor. `now` is the current time of the database."""

    org_id: UUID
    user_id: UUID
    secret_encrypted: str
    created_at: datetime
    confirmed_at: datetime | None
    now: datetime


async def find(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> SecondFactor | None:
    """Return a user's second factor, confirmed or not, or None."""
    columns = second_factors.c
    query = select(
        columns.org_id,
        columns.user_id,
        columns.secret_encrypted,
        columns.created_at,
        columns.confirmed_at,
        func.now().label("now"),
    ).where(columns.org_id == org_id, columns.user_id == user_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else SecondFactor(**row)


async def find_confirmed(
    connection: AsyncConnection, org_id: UUID, user_id: UUID
) -> SecondFactor | None:
    """Return a user's confirmed second factor, or None."""
    found = await find(connection, org_id, user_id)
    return found if found is not None and found.confirmed_at is not None else None


async def begin(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, secret_encrypted: str
) -> bool:
    """Store a new secret, which replaces one that is not confirmed.

    Returns False if the user has a confirmed second factor, which stays.
    """
    new = upsert(second_factors).values(
        user_id=user_id, org_id=org_id, secret_encrypted=secret_encrypted
    )
    statement = new.on_conflict_do_update(
        constraint="pk_second_factors",
        set_={"secret_encrypted": secret_encrypted, "created_at": func.now(), "last_step": None},
        where=second_factors.c.confirmed_at.is_(None),
    ).returning(second_factors.c.user_id)
    return (await connection.execute(statement)).one_or_none() is not None


async def confirm(connection: AsyncConnection, factor: SecondFactor, step: int) -> bool:
    """Confirm a second factor with a code of this step.

    Returns False if the second factor was replaced meanwhile.
    """
    statement = (
        update(second_factors)
        .where(
            second_factors.c.org_id == factor.org_id,
            second_factors.c.user_id == factor.user_id,
            second_factors.c.secret_encrypted == factor.secret_encrypted,
            second_factors.c.confirmed_at.is_(None),
        )
        .values(confirmed_at=func.now(), last_step=step)
    )
    return (await connection.execute(statement)).rowcount == 1


async def use_step(connection: AsyncConnection, factor: SecondFactor, step: int) -> bool:
    """Store that the code of this step was used, so that it and earlier codes are refused.

    Returns False if this code was used before.
    """
    columns = second_factors.c
    statement = (
        update(second_factors)
        .where(
            columns.org_id == factor.org_id,
            columns.user_id == factor.user_id,
            columns.confirmed_at == factor.confirmed_at,
            or_(columns.last_step.is_(None), columns.last_step < step),
        )
        .values(last_step=step)
    )
    return (await connection.execute(statement)).rowcount == 1


async def remove(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> bool:
    """Delete a user's second factor and recovery codes. Returns False if there was none."""
    await connection.execute(
        delete(recovery_codes).where(
            recovery_codes.c.org_id == org_id, recovery_codes.c.user_id == user_id
        )
    )
    removed = await connection.execute(
        delete(second_factors).where(
            second_factors.c.org_id == org_id, second_factors.c.user_id == user_id
        )
    )
    return removed.rowcount == 1


async def replace_codes(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, hashes: Sequence[bytes]
) -> None:
    """Delete a user's recovery codes, and store the hashes of new ones."""
    await connection.execute(
        delete(recovery_codes).where(
            recovery_codes.c.org_id == org_id, recovery_codes.c.user_id == user_id
        )
    )
    rows = [{"user_id": user_id, "org_id": org_id, "code_hash": hashed} for hashed in hashes]
    await connection.execute(insert(recovery_codes), rows)


async def use_code(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, code_hash: bytes
) -> bool:
    """Use up a recovery code. Returns False if it is wrong or was used before."""
    statement = (
        update(recovery_codes)
        .where(
            recovery_codes.c.org_id == org_id,
            recovery_codes.c.user_id == user_id,
            recovery_codes.c.code_hash == code_hash,
            recovery_codes.c.used_at.is_(None),
        )
        .values(used_at=func.now())
    )
    return (await connection.execute(statement)).rowcount == 1


async def codes_left(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> int:
    """Return how many recovery codes a user has left."""
    query = (
        select(func.count())
        .select_from(recovery_codes)
        .where(
            recovery_codes.c.org_id == org_id,
            recovery_codes.c.user_id == user_id,
            recovery_codes.c.used_at.is_(None),
        )
    )
    return int(await connection.scalar(query) or 0)
