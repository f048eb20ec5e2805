"""Read all rows of an organisation, page by page, so that the organisation can have a copy.

Tables are read in the order of their primary keys, also the rows of other organisations, because
many tables have no index on the organisation. Each statement reads a limited number of rows, so it
is short however large the table is.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database

_ROWS_READ = 5000
_SECONDS = 2.0

_KEY = text("""
SELECT attname AS name, format_type(atttypid, atttypmod) AS type
FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
WHERE indrelid = CAST(:table AS regclass) AND indisprimary
ORDER BY array_position(string_to_array(indkey::text, ' '), attnum::text)
""")
_ROWS = """
WITH page AS MATERIALIZED (
  SELECT * FROM {table} {after} ORDER BY {key} LIMIT {read}
)
SELECT ARRAY[{texts}] AS place, (to_jsonb(page) - CAST(:left_out AS text[]))::text AS json
FROM page WHERE org_id = :org_id ORDER BY {key} LIMIT {limit}
"""
_LAST_READ = "SELECT ARRAY[{texts}] FROM {table} {after} ORDER BY {key} OFFSET {read} - 1 LIMIT 1"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an organisation gets a copy of, and what not.

    Attributes:
        tables: The tables that are copied, each with a column ``org_id`` and a primary key.
        left_out: The columns that are not copied, by table: secrets.
        not_copied: Why a table is not copied, by table.
    """

    tables: Sequence[str]
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    not_copied: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportedRow:
    """A row of a table, as JSON."""

    table: str
    json: str


@dataclass(frozen=True, slots=True)
class ExportedPage:
    """Some rows, perhaps none, and where the next page begins. ``cursor`` is empty at the end."""

    rows: Sequence[ExportedRow]
    cursor: str


class ExportOrgRows:
    """Reads the rows of an organisation, one table after the other."""

    def __init__(self, database: Database, exported: Exported) -> None:
        self._database = database
        self._exported = exported

    async def page(self, org_id: UUID, cursor: str, limit: int) -> ExportedPage:
        """Return the next rows of the organisation, up to `limit`, or what two seconds bring."""
        number, _, place = cursor.partition("/")
        at = _Position(int(number or 0), json.loads(place) if place else [])
        rows: list[ExportedRow] = []
        until = time.monotonic() + _SECONDS
        while at.table < len(self._exported.tables):
            async with self._database.system() as connection:
                found, at = await self._read(connection, org_id, at, limit - len(rows))
            rows += found
            if len(rows) == limit or time.monotonic() > until:
                return ExportedPage(rows, at.cursor)
        return ExportedPage(rows, "")

    async def _read(
        self, connection: AsyncConnection, org_id: UUID, at: "_Position", limit: int
    ) -> tuple[Sequence[ExportedRow], "_Position"]:
        """Return up to `limit` rows after a position, and the position after them."""
        table = self._exported.tables[at.table]
        key = [(row.name, row.type) for row in await connection.execute(_KEY, {"table": table})]
        parts = _parts(table, key, at.place, limit)
        values = {f"p{number}": value for number, value in enumerate(at.place)}
        own = {"org_id": org_id, "left_out": list(self._exported.left_out.get(table, ()))}
        found = (await connection.execute(text(_ROWS.format(**parts)), {**values, **own})).all()
        rows = [ExportedRow(table, row.json) for row in found]
        if len(rows) == limit:
            return rows, _Position(at.table, found[-1].place)
        last = await connection.scalar(text(_LAST_READ.format(**parts)), values)
        return rows, _Position(at.table + 1, []) if last is None else _Position(at.table, last)


@dataclass(frozen=True, slots=True)
class _Position:
    """The table that is read, and the primary key of the last row that was read of it, as text."""

    table: int
    place: Sequence[str]

    @property
    def cursor(self) -> str:
        return f"{self.table}/{json.dumps(list(self.place))}"


def _parts(
    table: str, key: Sequence[tuple[str, str]], place: Sequence[str], limit: int
) -> Mapping[str, object]:
    """Return the parts of the statements for a table with the primary key `key`."""
    names = ", ".join(name for name, _ in key)
    values = ", ".join(f"CAST(:p{number} AS {type_})" for number, (_, type_) in enumerate(key))
    return {
        "table": table,
        "key": names,
        "texts": ", ".join(f"{name}::text" for name, _ in key),
        "after": f"WHERE ({names}) > ({values})" if place else "",
        "read": _ROWS_READ,
        "limit": limit,
    }
