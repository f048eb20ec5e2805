"""Export contacts as CSV, which Postgres writes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import csv_out
from servicekit.db.csv_out import escape_formula
from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.import_tags import TAG_SEPARATOR
from services.contacts.storage import search
from services.contacts.storage.tables import AnySelect, contacts
from services.contacts.storage.tags import written_names_of_contact


async def as_csv(
    connection: AsyncConnection, org_id: UUID, filters: ContactFilter
) -> AsyncGenerator[bytes]:
    """Yield the matching contacts as CSV with a header, in blocks of about 64 KiB.

    A cell that a spreadsheet would read as a formula begins with an apostrophe, which imports
    remove again. That includes every phone number, because E.164 begins with ``+``.
    """
    header = True
    for query, matching in await search.export_queries(connection, org_id, filters):
        if query:
            await search.set_search(connection, query)
        rows = csv_out.as_csv(connection, _rows(org_id, matching), header=header)
        async with aclosing(rows) as blocks:
            async for block in blocks:
                yield block.data
        header = False


def _rows(org_id: UUID, matching: AnySelect) -> AnySelect:
    found = matching.subquery()
    return (
        select(
            escape_formula(contacts.c.phone).label("Phone"),
            escape_formula(contacts.c.first_name).label("First name"),
            escape_formula(contacts.c.last_name).label("Last name"),
            escape_formula(contacts.c.email).label("Email"),
            escape_formula(
                func.array_to_string(written_names_of_contact(org_id), TAG_SEPARATOR)
            ).label("Tags"),
            contacts.c.time_zone.label("Time zone"),
            case((contacts.c.opted_out_at.is_(None), "opted_in"), else_="opted_out").label(
                "Opt status"
            ),
        )
        .join(found, found.c.contact_id == contacts.c.id)
        .where(contacts.c.org_id == org_id)
        .order_by(contacts.c.id)
    )
