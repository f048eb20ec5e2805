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


# For a table without an index on the organisation: reads a page by the primary key, so that each
# statement and its locks are short.
_DELETE_FROM_PAGE = """
WITH page AS MATERIALIZED (
  SELECT id, org_id FROM {table} WHERE id > :after ORDER BY id LIMIT {limit}
), deleted AS (
  DELETE FROM {table} WHERE id IN (SELECT id FROM page WHERE org_id = :org_id) RETURNING id
)
SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1), (SELECT count(*) FROM deleted)
"""
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class OrgRows:
    """The rows of an organisation in ``table``, or those that match the SQL ``condition``.

    With ``newest_first``, the rows with the highest ids are deleted first: those of a table whose
    rows refer to earlier rows of the same table. With ``by_page``, all rows of the table are read,
    page by page, because it has no index on the organisation.
    """

    table: str
    condition: str = ""
    newest_first: bool = False
    by_page: bool = False

    async def delete(self, connection: AsyncConnection, org_id: UUID) -> int:
        """Delete a batch of the organisation's rows. Returns how many they were."""
        condition = f" AND ({self.condition})" if self.condition else ""
        order = " ORDER BY id DESC" if self.newest_first else ""
        statement = text(
            _DELETE.format(table=self.table, condition=condition, order=order, limit=_BATCH)
        )
        result = await connection.execute(statement, {"org_id": org_id})
        return result.rowcount

    async def delete_from_page(
        self, connection: AsyncConnection, org_id: UUID, after: UUID
    ) -> tuple[UUID | None, int]:
        """Delete the organisation's rows of the page after the id ``after``.

        Returns the last id of the page, None if there are no more rows, and the count of deleted
        rows. The connection must see the rows of all organisations.
        """
        statement = text(_DELETE_FROM_PAGE.format(table=self.table, limit=_BATCH))
        values = {"org_id": org_id, "after": after}
        last_id, deleted = (await connection.execute(statement, values)).one()
        return last_id, deleted


class DeleteOrgRows:
    """Deletes the organisation's rows of tables, one table after the other.

    A table whose rows refer to rows of another table must come before it. The cursor is the number
    of tables that are empty. In a table that is read by page, the last id that was read follows.
    """

    def __init__(self, database: Database, tables: Sequence[OrgRows]) -> None:
        self._database = database
        self._tables = tables

    async def delete(self, org_id: UUID, cursor: str) -> Removed:
        """Delete a few batches, each in its own transaction."""
        number, _, last = cursor.partition("/")
        place, after, counts = int(number or 0), UUID(last) if last else None, dict[str, int]()
        for _ in range(_BATCHES_PER_CALL):
            if place == len(self._tables):
                return Removed(counts)
            table = self._tables[place]
            deleted, after, is_empty = await self._delete_batch(table, org_id, after)
            if deleted:
                counts[table.table] = counts.get(table.table, 0) + deleted
            place += is_empty
        return Removed(counts, done=False, cursor=f"{place}/{after}" if after else str(place))

    async def _delete_batch(
        self, table: OrgRows, org_id: UUID, after: UUID | None
    ) -> tuple[int, UUID | None, bool]:
        """Delete a batch of rows of a table, or the rows of its page after ``after``.

        Returns the count of deleted rows, the last id of the page, and whether the table is done.
        """
        if table.by_page:
            async with self._database.system() as connection:
                last_id, deleted = await table.delete_from_page(connection, org_id, after or _FIRST)
            return deleted, last_id, last_id is None
        async with self._database.org(org_id) as connection:
            deleted = await table.delete(connection, org_id)
        return deleted, None, deleted < _BATCH
