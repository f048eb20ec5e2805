"""Delete expired rows in batches; a row that can't be deleted does not stop the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems, Turn

log = structlog.get_logger()

_BATCH = 5000

_FIND = """
SELECT ctid::text AS place, {name} AS name FROM {table}
WHERE ({condition}) AND NOT EXISTS (
  SELECT FROM left_alone WHERE job = :job AND item = '{table}/' || {name}
) LIMIT {limit}
"""
# The condition is checked again, because another row may have moved to this place (ctid).
_DELETE = """
DELETE FROM {table} WHERE ctid = ANY(CAST(:places AS tid[])) AND ({condition})
"""


@dataclass(frozen=True, slots=True)
class OldRows:
    """Rows of ``table`` that match ``condition``.

    ``table``, ``condition`` and ``name`` are SQL. ``name`` is the text by which operators find a
    row that can't be deleted.
    """

    table: str
    name: str
    condition: str

    async def find(
        self, connection: AsyncConnection, job: str, parameters: Mapping[str, Any]
    ) -> Mapping[str, str]:
        """Return the place (ctid) and name of up to 5,000 rows that ``job`` may try to delete."""
        rows = await connection.execute(
            text(
                _FIND.format(
                    name=self.name,
                    table=self.table,
                    condition=self.condition,
                    limit=_BATCH,
                )
            ),
            {**parameters, "job": job},
        )
        return {f"{self.table}/{row.name}": row.place for row in rows}

    async def delete(
        self, connection: AsyncConnection, places: Sequence[str], parameters: Mapping[str, Any]
    ) -> None:
        """Delete the rows at ``places`` for which the condition still holds."""
        statement = text(_DELETE.format(table=self.table, condition=self.condition))
        await connection.execute(statement, {**parameters, "places": list(places)})


class DeleteOld:
    """Deletes old rows for the job ``job`` of ``service``."""

    def __init__(self, database: Database, service: str, job: str) -> None:
        self._database = database
        self._job = job
        self._items = JobItems(database, service, job)

    async def delete(self, *kinds: OldRows, **parameters: object) -> None:
        """Delete all rows of ``kinds``, one kind after the other; ``parameters`` are for their SQL.

        A kind whose rows refer to rows of another kind must come before that kind.
        """
        async with self._items.turn() as turn:
            for rows in kinds:
                number = await self._delete_all(turn, rows, parameters)
                log.info("old_rows_deleted", table=rows.table, rows=number)

    async def _delete_all(self, turn: Turn, rows: OldRows, parameters: Mapping[str, object]) -> int:
        total, done = 0, _BATCH
        while done:
            async with self._database.system() as connection:
                found = await rows.find(connection, self._job, parameters)

            async def delete(items: Sequence[Item], places: Mapping[str, str] = found) -> None:
                async with self._database.system() as connection:
                    at = [places[item.id] for item in items]
                    await rows.delete(connection, at, parameters)

            done = await turn.apply([Item(name) for name in found], delete)
            total += done
        return total
