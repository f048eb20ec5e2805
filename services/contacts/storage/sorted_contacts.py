"""Find the contacts that match a filter in another order than newest first."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.pages import Sort
from services.contacts.storage.memberships import is_live, memberships, own_conditions
from services.contacts.storage.tables import AnySelect, contacts

# Exactly the expression of ix_contacts_name. No character sorts after the last one of Unicode.
_NAME: ColumnElement[str] = literal_column(
    "lower(coalesce(contacts.last_name || ' ' || contacts.first_name, contacts.last_name,"
    " contacts.first_name, U&'\\+10FFFF')) COLLATE \"C\""
)
_KEYS: Mapping[Sort, Sequence[ColumnElement[Any]]] = {
    "oldest": (contacts.c.id,),
    "name": (_NAME, contacts.c.id),
}


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    query: AnySelect,
    sort: Sort,
    limit: int,
    start: int | UUID,
) -> Sequence[UUID]:
    """Return up to ``limit`` ids of the contacts of ``query``, sorted by ``sort``.

    ``start`` is how many contacts to skip, or the last contact of the previous page.
    """
    key = _KEYS[sort]
    query = query.order_by(*key).limit(limit)
    if isinstance(start, int):
        query = query.offset(start)
    else:
        # Deleted contacts are included, because this contact may have been deleted in the meantime.
        place = select(*key).where(contacts.c.id == start, contacts.c.org_id == org_id)
        last = await connection.execute(place)
        query = query.where(tuple_(*key) > tuple_(*last.one()))
    return (await connection.execute(query)).scalars().all()


def matching(org_id: UUID, filters: ContactFilter) -> AnySelect:
    """Return the query for the ids of the contacts that match all filters except the search."""
    query = select(contacts.c.id).where(is_live(org_id), *own_conditions(filters))
    for membership in memberships(org_id, filters):
        if membership.count_query is not None:
            query = query.where(contacts.c.id.in_(membership.ids()))
    return query


def among(org_id: UUID, contact_ids: Sequence[UUID]) -> AnySelect:
    """Return a query for these contact ids, which ``page`` can sort."""
    return select(contacts.c.id).where(is_live(org_id), contacts.c.id == func.any(contact_ids))
