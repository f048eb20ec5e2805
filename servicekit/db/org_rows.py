"""Delete all rows of an organisation that is closed, in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.removals import Removed

_BATCH = 5000
_BATCHES_PER_CALL = 5

_DELETE = """
DELETE FROM {table} WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM {table} WHERE org_id = :org_id{condition}{order} LIMIT {limit}
))
"""


@dataclass(frozen=True, slots=True)
class OrgRows:
    """The rows of an organisation in ``table``, or those that match the SQL ``condition``.

    With ``newest_first``, the rows with the highest ids are deleted first: those of a table whose
    rows refer to earlier rows of the same table.
    """

    table: str
    condition: str = ""
    newest_first: bool = False

    async def delete(self, connection: AsyncConnection, org_id: UUID) -> int:
        """Delete a batch of the organisation's rows. Returns how many they were."""
        condition = f" AND ({self.condition})" if self.condition else ""
        order = " ORDER BY id DESC" if self.newest_first else ""
        statement = text(
            _DELETE.format(table=self.table, condition=condition, order=order, limit=_BATCH)
        )
        result = await connection.execute(statement, {"org_id": org_id})
        return result.rowcount


class DeleteOrgRows:
    """Deletes the organisation's rows of tables, one table after the other.

    A table whose rows refer to rows of another table must come before it. The cursor is the number
    of tables that are empty.
    """

    def __init__(self, database: Database, tables: Sequence[OrgRows]) -> None:
        self._database = database
        self._tables = tables

    async def delete(self, org_id: UUID, cursor: str) -> Removed:
        """Delete a few batches, each in its own transaction."""
        place, counts = int(cursor or 0), dict[str, int]()
        for _ in range(_BATCHES_PER_CALL):
            if place == len(self._tables):
                return Removed(counts)
            table = self._tables[place]
            async with self._database.org(org_id) as connection:
                deleted = await table.delete(connection, org_id)
            if deleted:
                counts[table.table] = counts.get(table.table, 0) + deleted
            place += deleted < _BATCH
        return Removed(counts, done=False, cursor=str(place))
