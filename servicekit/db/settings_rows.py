"""Lock an organisation's settings in one table, which has no row until they are saved."""

from uuid import UUID

from sqlalchemy import Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.versions import Versions

_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


async def lock(
    connection: AsyncConnection, table: Table, org_id: UUID, **key: UUID | str
) -> Versions:
    """Lock the organisation's settings until the transaction ends, and return their versions.

    Settings that were never saved have version 0. ``table`` has ``versions.COLUMNS``. ``key`` names
    the row by its other columns, if an organisation has several.
    """
    named = "".join(f" {value}" for value in key.values())
    await connection.execute(_ALONE, {"key": f"{table.name} of {org_id}{named}"})
    query = select(table.c.version, table.c.column_versions).where(
        table.c.org_id == org_id, *(table.c[name] == value for name, value in key.items())
    )
    row = (await connection.execute(query.with_for_update())).one_or_none()
    return Versions(row.version, row.column_versions) if row else Versions(0)
