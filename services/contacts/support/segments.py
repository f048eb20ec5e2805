"""Segments: lists whose members are the contacts that match a filter."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import Conflict
from services.contacts.domain.contacts import ContactFilter
from services.contacts.storage import lists


async def with_segment(
    connection: AsyncConnection, org_id: UUID, filters: ContactFilter
) -> ContactFilter | None:
    """Return the filter, with the filter of its segment instead of the segment's id.

    Returns None if the organisation doesn't have the list in the filter.
    """
    if filters.list_id is None:
        return filters
    found = await lists.find(connection, org_id, filters.list_id)
    if found is None:
        return None
    if found.filters is None:
        return filters
    return replace(filters, list_id=None, within=found.filters)


async def own_members_list(connection: AsyncConnection, org_id: UUID, list_id: UUID | None) -> bool:
    """Return whether members can be added to the list.

    Returns True also if ``list_id`` is None, and False if the organisation doesn't have the list.

    Raises ``Conflict`` if the list is a segment.
    """
    if list_id is None:
        return True
    found = await lists.find(connection, org_id, list_id)
    if found is not None and found.filters is not None:
        raise Conflict(
            "This list is a segment: its members are the contacts that match its filter. Change its"
            " filter, or choose a list that is not a segment.",
            "list_is_segment",
        )
    return found is not None
