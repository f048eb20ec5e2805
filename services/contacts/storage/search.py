"""Which contacts are asked for: pages of them, how many there are, all of them as CSV.

Totals are exact. Without a filter, or with a tag or a list alone, they are kept as counts and cost
nothing; a search or a combination is counted by finding all that match.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contacts.domain.contacts import Wanted
from services.contacts.domain.search import to_tsquery
from services.contacts.storage.tables import (
    AnySelect,
    contact_counts,
    contact_list_members,
    contact_lists,
    contact_search,
    contact_tags,
    contacts,
    tags,
)

# Read by the policy of contact_search, which does the search (see the migration).
_SEARCH_FOR = text("SELECT set_config('app.search', :query, true)")


@dataclass(frozen=True, slots=True)
class Found:
    """A page of contacts' ids, newest first, and how many contacts match in all."""

    contact_ids: Sequence[UUID]
    total: int


async def page(
    connection: AsyncConnection, org_id: UUID, wanted: Wanted, offset: int, limit: int
) -> Found:
    """``limit`` contacts after the newest ``offset``."""
    matching = await matches(connection, org_id, wanted)
    total = _kept_total(org_id, wanted)
    if total is None:
        return await _counted_page(connection, matching, offset, limit)
    newest = _page_of(matching.subquery(), offset, limit)
    contact_ids = (await connection.execute(newest)).scalars().all()
    return Found(contact_ids, await connection.scalar(total) or 0)


async def matches(connection: AsyncConnection, org_id: UUID, wanted: Wanted) -> AnySelect:
    """The query for the ids (``contact_id``) of the contacts that ``wanted`` admits.

    It holds for this transaction, which knows from now on what is searched for.
    """
    query = to_tsquery(org_id, wanted.search)
    sources: list[AnySelect] = []
    if query:
        await connection.execute(_SEARCH_FOR, {"query": query})
        sources.append(select(contact_search.c.contact_id).where(contact_search.c.org_id == org_id))
    if wanted.tag:
        sources.append(_with_tag(org_id, wanted.tag))
    if wanted.list_id:
        sources.append(_on_list(org_id, wanted.list_id))
    if not sources:
        return select(contacts.c.id.label("contact_id")).where(
            contacts.c.org_id == org_id, contacts.c.deleted_at.is_(None)
        )
    first, *others = sources
    for other in others:
        first = first.where(first.selected_columns.contact_id.in_(other))
    return first


def _with_tag(org_id: UUID, name: str) -> AnySelect:
    return select(contact_tags.c.contact_id).where(
        contact_tags.c.org_id == org_id,
        contact_tags.c.tag_id == _tag(org_id, name, tags.c.id).scalar_subquery(),
    )


def _on_list(org_id: UUID, list_id: UUID) -> AnySelect:
    return select(contact_list_members.c.contact_id).where(
        contact_list_members.c.org_id == org_id, contact_list_members.c.list_id == list_id
    )


def _kept_total(org_id: UUID, wanted: Wanted) -> AnySelect | None:
    """The query for the total where it is kept as a count; None where it must be counted."""
    if to_tsquery(org_id, wanted.search) or (wanted.tag and wanted.list_id):
        return None
    if wanted.tag:
        return _tag(org_id, wanted.tag, tags.c.contact_count)
    if wanted.list_id:
        return select(contact_lists.c.member_count).where(
            contact_lists.c.id == wanted.list_id, contact_lists.c.org_id == org_id
        )
    return select(contact_counts.c.contact_count).where(contact_counts.c.org_id == org_id)


def _tag(org_id: UUID, name: str, column: Any) -> AnySelect:
    return select(column).where(
        tags.c.org_id == org_id, func.lower(tags.c.name) == func.lower(name)
    )


async def _counted_page(
    connection: AsyncConnection, matching: AnySelect, offset: int, limit: int
) -> Found:
    found = matching.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    newest = _page_of(found, offset, limit)
    row = (
        await connection.execute(
            select(
                select(func.count()).select_from(found).scalar_subquery(),
                func.array(newest.scalar_subquery(), type_=ARRAY(Uuid)),
            )
        )
    ).one()
    return Found(row[1], row[0])


def _page_of(matching: Any, offset: int, limit: int) -> AnySelect:
    newest = matching.c.contact_id
    return select(newest).order_by(newest.desc()).offset(offset).limit(limit)
