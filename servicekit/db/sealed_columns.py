"""Read and replace all stored encrypted values, to rewrap them under a newer key."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class SecretColumn:
    """A column of encrypted values. ``row`` is the column that identifies a row."""

    table: Table
    column: str
    row: str


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """An encrypted value and the row that holds it."""

    org_id: UUID
    row: UUID
    sealed: str


async def after(
    connection: AsyncConnection, secrets: SecretColumn, row: UUID | None, limit: int
) -> Sequence[StoredSecret]:
    """Return up to ``limit`` values of the column, sorted by row id, starting after ``row``."""
    key, sealed = secrets.table.c[secrets.row], secrets.table.c[secrets.column]
    query = select(secrets.table.c.org_id, key.label("row"), sealed.label("sealed"))
    query = query.where(sealed.is_not(None), *_after(key, row))
    rows = await connection.execute(query.order_by(key).limit(limit))
    return [StoredSecret(row.org_id, row.row, row.sealed) for row in rows]


async def replace(
    connection: AsyncConnection, secrets: SecretColumn, secret: StoredSecret, sealed: str
) -> bool:
    """Replace an encrypted value. Returns False if it has changed since it was read."""
    column = secrets.table.c[secrets.column]
    result = await connection.execute(
        update(secrets.table)
        .where(
            secrets.table.c.org_id == secret.org_id,
            secrets.table.c[secrets.row] == secret.row,
            column == secret.sealed,
        )
        .values({column: sealed})
    )
    return result.rowcount == 1


def _after(key: ColumnElement[UUID], row: UUID | None) -> Sequence[ColumnElement[bool]]:
    return [key > row] if row else []
