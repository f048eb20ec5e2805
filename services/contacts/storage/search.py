"""Find the contacts that match a filter, newest first or oldest first.

An organisation's contacts are divided into parts by age (``contact_search_parts``). A search reads
the newest part first, then more and more parts at a time, until it has enough matches. If parts
that are read together have very many matches, each of them is searched alone. So a search in a
million contacts is not slower, neither for a word that all contacts have nor for a word that no
contact has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from uuid import UUID

from sqlalchemy import ARRAY, CTE, Uuid, any_, func, intersect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.search import searches_of, to_tsquery
from services.contacts.storage.memberships import Membership, id_limits, is_live, memberships
from services.contacts.storage.tables import (
    AnySelect,
    contact_search,
    contact_search_parts,
    contacts,
)

# The policy of contact_search reads this setting and does the search (see the migration). The
# planner doesn't see the query, and must not assume that a scan of the table is cheaper.
_SET_SEARCH = text(
    "SELECT set_config('app.search', :query, true), set_config('enable_seqscan', 'off', true)"
)
# For a look-up of few contacts by id. The planner should not read the index of words as well.
_BY_ID = text("SELECT set_config('enable_bitmapscan', 'off', true)")

# How many parts each step reads. The newest part may have few contacts yet, so the second part is
# read alone too. A word that is rare in both is probably rare in the next parts. The number of
# parts stays limited, because a word that only older contacts have may be in all of the older
# parts.
_WIDENING = (1, 1, 4, 16)
# Maximum matches that are fetched and looked up at once. If there are more, parts are read one by
# one, or all matches are intersected with all contacts of the tag or list.
_AT_ONCE = 4000
# Up to this many contacts of a tag or list are looked up one by one.
_FEW = 2000
# Parts per query of an export.
_EXPORTED_PARTS = 16
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an organisation's contacts: the ids between two ids, both excluded."""

    number: int
    after: UUID
    before: UUID


async def newest(
    connection: AsyncConnection,
    org_id: UUID,
    filters: ContactFilter,
    limit: int,
    offset: int = 0,
    before: UUID | None = None,
) -> Sequence[UUID]:
    """Return the ids of up to ``limit`` matching contacts, newest first.

    Skips the newest ``offset`` contacts, and contacts that are not older than ``before``.
    """
    if searches_of(filters):
        search = _Search(connection, org_id, filters, before)
        return (await search.newest(offset + limit))[offset:]
    query = _filtered(org_id, filters)
    column = query.selected_columns.contact_id
    if before:
        query = query.where(column < before)
    query = query.order_by(column.desc()).offset(offset).limit(limit)
    return (await connection.execute(query)).scalars().all()


async def oldest(
    connection: AsyncConnection, org_id: UUID, filters: ContactFilter, limit: int, after: UUID
) -> Sequence[UUID]:
    """Return the ids of up to ``limit`` matching contacts after ``after``, oldest first."""
    found: list[UUID] = []
    for query, matching in await export_queries(connection, org_id, filters, 1, after):
        if query:
            await set_search(connection, query)
        column = matching.selected_columns.contact_id
        page = matching.where(column > after).order_by(column).limit(limit - len(found))
        found += (await connection.execute(page)).scalars().all()
        if len(found) >= limit:
            break
    return found


async def export_queries(
    connection: AsyncConnection,
    org_id: UUID,
    filters: ContactFilter,
    parts_at_once: int = _EXPORTED_PARTS,
    after: UUID = _FIRST,
) -> Sequence[tuple[str, AnySelect]]:
    """Return queries for the ids (``contact_id``) of all matching contacts, oldest first.

    A search has one query for every ``parts_at_once`` parts of the contacts. Parts before the id
    ``after`` are left out. Each query comes with a text, which must be passed to ``set_search``
    before the query is run. The text is empty if the filter has no search.
    """
    if not searches_of(filters):
        return [("", _filtered(org_id, filters))]
    search = _Search(connection, org_id, filters, None)
    parts = [part for part in (await search.parts())[::-1] if part.before > after]
    groups = [parts[i : i + parts_at_once] for i in range(0, len(parts), parts_at_once)]
    return [(_query_of(org_id, filters, group), search.matches()) for group in groups]


async def set_search(connection: AsyncConnection, query: str) -> None:
    """Fill the table ``contact_search`` with the matches of ``query``, for this transaction."""
    await connection.execute(_SET_SEARCH, {"query": query})


class _Search:
    """A search for words among contacts older than ``before``, with an optional tag or list."""

    def __init__(
        self, connection: AsyncConnection, org_id: UUID, filters: ContactFilter, before: UUID | None
    ) -> None:
        self._connection = connection
        self._org_id = org_id
        self._filters = filters
        self._after, latest = id_limits(filters)
        self._before = min(filter(None, (before, latest)), default=None)
        self._memberships = memberships(org_id, filters)
        self._few: Membership | None = None

    async def newest(self, limit: int) -> list[UUID]:
        """Return the ids of up to ``limit`` matching contacts, newest first."""
        for membership in self._memberships:
            if membership.count_query is None:
                continue
            if (await self._connection.scalar(membership.count_query) or 0) <= _FEW:
                self._few = membership
        if self._few:
            await self._connection.execute(_BY_ID)
        return await self._newest_of(await self.parts(), limit)

    async def parts(self) -> Sequence[_Part]:
        """Load the parts of the contacts that may contain matches, newest first."""
        part = contact_search_parts
        query = select(part.c.number, part.c.after_id).where(part.c.org_id == self._org_id)
        if self._before:
            query = query.where(part.c.after_id < self._before)
        rows = await self._connection.execute(query.order_by(part.c.number.desc()))
        parts, before = [], self._before or _LAST
        for number, after in [*rows, (0, _FIRST)]:
            parts.append(_Part(number, after, before))
            before = UUID(int=after.int + 1)
            if self._after and after < self._after:
                break
        return parts

    def matches(self) -> AnySelect:
        """Return a query for contacts in ``contact_search`` that have the filter's tag and list."""
        looked_up = [m.has(contact_search.c.contact_id, contact_search) for m in self._memberships]
        return self._by_words().where(*looked_up)

    async def _newest_of(self, parts: Sequence[_Part], limit: int) -> list[UUID]:
        found: list[UUID] = []
        for some in _widening(parts):
            found += await self._among(some, limit - len(found))
            if len(found) >= limit:
                break
        return found

    async def _among(self, parts: Sequence[_Part], limit: int) -> list[UUID]:
        await set_search(self._connection, _query_of(self._org_id, self._filters, parts))
        if self._few:
            return await self._first(self._of_few(self._few, parts), limit)
        if len(parts) == 1 and not self._memberships:
            return await self._first(self._by_words(), limit)
        count, contact_ids = await self._at_once(limit)
        if count <= _AT_ONCE:
            return contact_ids
        if self._memberships:
            return await self._first(self._in_common(parts), limit)
        # With so many matches, a few of the parts have enough.
        return await self._newest_of(parts, limit)

    async def _first(self, matches: AnySelect, limit: int) -> list[UUID]:
        found = _materialized(matches)
        query = select(found.c.contact_id).order_by(found.c.contact_id.desc()).limit(limit)
        return list((await self._connection.execute(query)).scalars())

    async def _at_once(self, limit: int) -> tuple[int, list[UUID]]:
        """Count the contacts that the words match, and load the newest that match all filters."""
        found = _materialized(self._by_words().limit(_AT_ONCE + 1))
        contact_id = found.c.contact_id
        newest = (
            select(contact_id)
            .where(*(membership.has(contact_id, found) for membership in self._memberships))
            .order_by(contact_id.desc())
            .limit(limit)
        )
        query = select(
            select(func.count()).select_from(found).scalar_subquery(),
            func.array(newest.scalar_subquery(), type_=ARRAY(Uuid)),
        )
        count, contact_ids = (await self._connection.execute(query)).one()
        return count, list(contact_ids)

    def _by_words(self) -> AnySelect:
        query = select(contact_search.c.contact_id).where(contact_search.c.org_id == self._org_id)
        return query.where(contact_search.c.contact_id < self._before) if self._before else query

    def _in_common(self, parts: Sequence[_Part]) -> AnySelect:
        """Return the query for the contacts that match both the words and all other filters."""
        members = (_within(membership, parts) for membership in self._memberships)
        both = intersect(self._by_words(), *members).subquery()
        return select(both.c.contact_id)

    def _of_few(self, few: Membership, parts: Sequence[_Part]) -> AnySelect:
        """Return the query that looks up each contact that has the tag or is on the list."""
        ids = func.array(_within(few, parts).scalar_subquery(), type_=ARRAY(Uuid))
        return self.matches().where(contact_search.c.contact_id == any_(ids))


def _materialized(matches: AnySelect) -> CTE:
    # Without this the planner may scan the ids of all contacts in order.
    return matches.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")


def _query_of(org_id: UUID, filters: ContactFilter, parts: Sequence[_Part]) -> str:
    numbers = [part.number for part in parts]
    return " & ".join(f"({to_tsquery(org_id, text, numbers)})" for text in searches_of(filters))


def _within(membership: Membership, parts: Sequence[_Part]) -> AnySelect:
    """Select the contacts that have the tag or are on the list, within ``parts``.

    The parts are adjacent, the newest first.
    """
    contact_id = membership.contact_id
    return membership.ids().where(contact_id > parts[-1].after, contact_id < parts[0].before)


def _widening(parts: Sequence[_Part]) -> Iterator[Sequence[_Part]]:
    begin = 0
    for size in chain(_WIDENING, repeat(_WIDENING[-1])):
        if begin >= len(parts):
            return
        yield parts[begin : begin + size]
        begin += size


def _filtered(org_id: UUID, filters: ContactFilter) -> AnySelect:
    """Return the query for the contacts that match all filters except the search."""
    sources = [membership.ids() for membership in memberships(org_id, filters)]
    if not sources:
        return select(contacts.c.id.label("contact_id")).where(is_live(org_id))
    first, *others = sources
    for other in others:
        first = first.where(first.selected_columns.contact_id.in_(other))
    return first
