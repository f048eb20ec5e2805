"""Stream query results as CSV while Postgres writes them; memory never holds a whole file."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, literal_column
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.driver import driver_of

BYTE_ORDER_MARK = "\ufeff"
"""Begins every CSV file; without it, spreadsheets do not read the file as UTF-8."""

_BLOCK = 64 * 1024
# A spreadsheet reads a cell that begins with one of these characters as a formula: = + - @, tab,
# line feed, carriage return.
_FORMULA_STARTS = (61, 43, 45, 64, 9, 10, 13)
_RFC_3339 = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'


@dataclass(frozen=True, slots=True)
class CsvBlock:
    """A piece of a CSV file, and its count of rows without the header."""

    data: bytes
    rows: int


async def as_csv(
    connection: AsyncConnection, query: Select[Any], *, header: bool = True
) -> AsyncGenerator[CsvBlock]:
    """Stream the rows of ``query`` as CSV in blocks of about 64 KiB.

    Begins with a byte order mark and a header, unless ``header`` is false. The query's values are
    written into the statement, because COPY takes no parameters. So they must be ids, numbers,
    times and constants, and never a text that somebody typed.
    """
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    driver = await driver_of(connection)
    block, number = bytearray(), -int(header)  # the header is streamed like a row
    if header:
        block += BYTE_ORDER_MARK.encode()
    async with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY ({compiled}) TO STDOUT (FORMAT csv, HEADER {header})".encode()) as rows,
    ):
        async for row in rows:
            block += row
            number += 1
            if len(block) >= _BLOCK:
                yield CsvBlock(bytes(block), number)
                block, number = bytearray(), 0
    if block:
        yield CsvBlock(bytes(block), number)


def escape_formula(cell: ColumnElement[Any]) -> ColumnElement[Any]:
    """Add an apostrophe before a ``cell`` that a spreadsheet would run as a formula.

    So every phone number in E.164 gets an apostrophe, because it begins with ``+``.
    """
    first = func.ascii(func.ltrim(cell, "'"))
    return case((first.in_(_FORMULA_STARTS), literal_column("''''") + cast(cell, Text)), else_=cell)


def escaped_text(cell: str) -> str:
    """Add an apostrophe before a text that a spreadsheet would run as a formula."""
    first = cell.lstrip("'")[:1]
    return f"'{cell}" if first and ord(first) in _FORMULA_STARTS else cell


def rfc_3339(cell: ColumnElement[Any]) -> ColumnElement[Any]:
    """Format a time by RFC 3339, in UTC."""
    return func.to_char(func.timezone("UTC", cell), literal_column(f"'{_RFC_3339}'"))
