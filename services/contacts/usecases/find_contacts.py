"""Find the contacts that match a filter: a page of them, or their exact count."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.limits import Limits
from servicekit.errors import InvalidInput
from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.pages import COUNTED, PagePosition, Sort, require_reachable_page
from services.contacts.domain.search import require_words, searches_of
from services.contacts.storage import contacts, lists, search, sorted_contacts, totals
from services.contacts.storage.rows import Contact
from services.contacts.support.segments import with_segment

COUNTING = Limits(lock=3, statement=50, idle=10)
"""Time limits of an exact count, in seconds. They are below the deadline of the call."""


class FindContacts:
    """Finds contacts by a filter."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        org_id: UUID,
        filters: ContactFilter,
        position: PagePosition | int,
        limit: int,
        sort: Sort = "newest",
    ) -> tuple[Sequence[Contact], PagePosition]:
        """Return a page of matching contacts, and its position.

        ``position`` is a cursor's position or a page number. If there is another page, one contact
        more than ``limit`` is returned.

        Raises:
            NotFound, CrossOrgAccess: the organisation doesn't have the list.
            InvalidInput: the page number is too high, the search has no words, or too many of its
                matches would have to be sorted.
        """
        require_words(filters.search)
        async with self._database.org(org_id) as connection:
            resolved = await with_segment(connection, org_id, filters)
            if resolved is not None:
                filters = resolved
                if isinstance(position, int):
                    require_reachable_page(position, limit, totals.needs_counting(filters))
                find = _page if sort == "newest" else partial(_sorted_page, sort)
                contact_ids, position = await find(connection, org_id, filters, position, limit)
                rows = await contacts.find_all(connection, org_id, contact_ids)
                return _in_order(rows, contact_ids), position
        raise await lists.not_found(self._database, org_id, filters.list_id)

    async def count(self, org_id: UUID, filters: ContactFilter) -> int:
        """Count all matching contacts.

        Raises:
            NotFound, CrossOrgAccess: the organisation doesn't have the list.
            InvalidInput: the search has no words.
        """
        require_words(filters.search)
        async with self._database.org(org_id, COUNTING) as connection:
            resolved = await with_segment(connection, org_id, filters)
            if resolved is not None:
                return await totals.count(connection, org_id, resolved)
        raise await lists.not_found(self._database, org_id, filters.list_id)


async def _page(
    connection: AsyncConnection,
    org_id: UUID,
    filters: ContactFilter,
    position: PagePosition | int,
    limit: int,
) -> tuple[Sequence[UUID], PagePosition]:
    more = limit + 1
    if isinstance(position, PagePosition):
        found = await search.newest(connection, org_id, filters, more, before=position.last)
        return found, position
    offset = (position - 1) * limit
    if totals.needs_counting(filters):
        found = await search.newest(connection, org_id, filters, COUNTED + 1)
        total = min(len(found), COUNTED)
        return found[offset : offset + more], PagePosition(position, total, len(found) > COUNTED)
    found = await search.newest(connection, org_id, filters, more, offset)
    total = await totals.known_total(connection, org_id, filters)
    return found, PagePosition(position, total, capped=False)


async def _sorted_page(
    sort: Sort,
    connection: AsyncConnection,
    org_id: UUID,
    filters: ContactFilter,
    position: PagePosition | int,
    limit: int,
) -> tuple[Sequence[UUID], PagePosition]:
    if searches_of(filters):
        found = await search.newest(connection, org_id, filters, COUNTED + 1)
        _require_sortable(found)
        query = sorted_contacts.among(org_id, found)
    else:
        query = sorted_contacts.matching(org_id, filters)
    start: UUID | int = position.last or 0 if isinstance(position, PagePosition) else 0
    if isinstance(position, int):
        start = (position - 1) * limit
        position = await _counted(connection, org_id, filters, position)
    return await sorted_contacts.page(connection, org_id, query, sort, limit + 1, start), position


async def _counted(
    connection: AsyncConnection, org_id: UUID, filters: ContactFilter, page: int
) -> PagePosition:
    if not totals.needs_counting(filters):
        total = await totals.known_total(connection, org_id, filters)
        return PagePosition(page, total, capped=False)
    found = await search.newest(connection, org_id, filters, COUNTED + 1)
    return PagePosition(page, min(len(found), COUNTED), len(found) > COUNTED)


def _require_sortable(found: Sequence[UUID]) -> None:
    """Raise ``InvalidInput`` for a search with more matches than can be sorted."""
    if len(found) > COUNTED:
        message = (
            f"can't be used if a search has more than {COUNTED:,} matches; search for more words"
        )
        raise InvalidInput.of("sort", message)


def _in_order(rows: Sequence[Contact], contact_ids: Sequence[UUID]) -> Sequence[Contact]:
    by_id = {row.id: row for row in rows}
    return [by_id[contact_id] for contact_id in contact_ids]
