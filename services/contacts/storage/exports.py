"""Contacts as CSV, relayed as Postgres writes it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, case, cast, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contacts.domain.contacts import Wanted
from services.contacts.domain.import_rows import TAG_SEPARATOR
from services.contacts.storage import search
from services.contacts.storage.driver import driver_of
from services.contacts.storage.tables import AnySelect, contacts
from services.contacts.storage.tags import names_of_contact

_BLOCK = 64 * 1024
# = + - @ tab, line feed, carriage return: with one of them a spreadsheet begins a formula.
_FORMULA_STARTS = (61, 43, 45, 64, 9, 10, 13)


async def as_csv(
    connection: AsyncConnection, org_id: UUID, wanted: Wanted
) -> AsyncGenerator[bytes]:
    """The contacts that ``wanted`` admits, as CSV with a header, in blocks of about 64 KiB.

    A cell that a spreadsheet would take for a formula begins with a quote, which imports take
    off again. Every phone number does: E.164 begins with ``+``.
    """
    header = "HEADER"
    for query, matching in await search.slices(connection, org_id, wanted):
        if query:
            await search.search_for(connection, query)
        async with aclosing(_copied(connection, _rows(org_id, matching), header)) as blocks:
            async for block in blocks:
                yield block
        header = "HEADER false"


async def _copied(
    connection: AsyncConnection, query: AnySelect, header: str
) -> AsyncGenerator[bytes]:
    # Only ids and constants are written into the statement, which takes no parameters.
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    driver = await driver_of(connection)
    block = bytearray()
    async with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY ({compiled}) TO STDOUT (FORMAT csv, {header})".encode()) as rows,
    ):
        async for row in rows:
            block += row
            if len(block) >= _BLOCK:
                yield bytes(block)
                block.clear()
    if block:
        yield bytes(block)


def _rows(org_id: UUID, matching: AnySelect) -> AnySelect:
    found = matching.subquery()
    return (
        select(
            _harmless(contacts.c.phone).label("Phone"),
            _harmless(contacts.c.first_name).label("First name"),
            _harmless(contacts.c.last_name).label("Last name"),
            _harmless(contacts.c.email).label("Email"),
            _harmless(func.array_to_string(names_of_contact(org_id), TAG_SEPARATOR)).label("Tags"),
            contacts.c.time_zone.label("Time zone"),
            case((contacts.c.opted_out_at.is_(None), "opted_in"), else_="opted_out").label(
                "Opt status"
            ),
        )
        .join(found, found.c.contact_id == contacts.c.id)
        .where(contacts.c.org_id == org_id)
        .order_by(contacts.c.id)
    )


def _harmless(cell: ColumnElement[Any]) -> ColumnElement[Any]:
    first = func.ascii(func.ltrim(cell, "'"))
    return case((first.in_(_FORMULA_STARTS), literal_column("''''") + cast(cell, Text)), else_=cell)
