"""Return how many contacts match a filter, from stored counts or by counting."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.search import searches_of
from services.contacts.storage import search
from services.contacts.storage.memberships import is_live, memberships
from services.contacts.storage.tables import AnySelect, contact_counts, contacts


def needs_counting(filters: ContactFilter) -> bool:
    """Return whether the total must be counted, up to a limit.

    The total is already known if there is no filter, or only one tag, one list or one opt status.
    """
    parts = filters.parts
    given = sum(bool(value) for p in parts for value in (p.tag, p.list_id, p.opt_status))
    timed = any(part.added_from or part.added_before for part in parts)
    return given > 1 or timed or bool(searches_of(filters))


async def known_total(connection: AsyncConnection, org_id: UUID, filters: ContactFilter) -> int:
    """Return how many contacts match a filter for which ``needs_counting`` is False.

    The total is stored, except for contacts that have opted out. These are counted now, because
    most organisations have few of them.
    """
    query = select(contact_counts.c.contact_count).where(contact_counts.c.org_id == org_id)
    for membership in memberships(org_id, filters):
        query = query if membership.count_query is None else membership.count_query
    total: int = await connection.scalar(query) or 0
    opt_status = next((part.opt_status for part in filters.parts if part.opt_status), None)
    if opt_status is None:
        return total
    opted_out: int = await connection.scalar(_opted_out(org_id)) or 0
    return opted_out if opt_status == "opted_out" else total - opted_out


async def count(connection: AsyncConnection, org_id: UUID, filters: ContactFilter) -> int:
    """Count all contacts that match the filter."""
    if not needs_counting(filters):
        return await known_total(connection, org_id, filters)
    total = 0
    for query, matching in await search.export_queries(connection, org_id, filters):
        if query:
            await search.set_search(connection, query)
        counted = select(func.count()).select_from(matching.subquery())
        total += await connection.scalar(counted) or 0
    return total


def _opted_out(org_id: UUID) -> AnySelect:
    query = select(func.count()).select_from(contacts)
    return query.where(is_live(org_id), contacts.c.opted_out_at.is_not(None))
