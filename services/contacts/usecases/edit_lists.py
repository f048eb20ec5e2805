"""Create, read, change and delete contact lists and segments."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.db.limits import Limits
from servicekit.db.versions import require_version
from servicekit.errors import Conflict, InvalidInput
from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.search import require_words
from services.contacts.storage import lists, totals
from services.contacts.storage.rows import ContactList
from services.contacts.support.segments import with_segment

_NEW = timedelta(days=30)
_COUNTING = Limits(lock=3, statement=25, idle=10)
_NO_SEGMENT = (
    "This list is not a segment and can't have a filter. Create a segment with the filter instead."
)


class EditLists:
    """Changes lists. Their names are unique in the organisation.

    A segment is a list whose members are the contacts that match its filter. They are counted when
    the segment is read or changed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, org_id: UUID, name: str, filters: ContactFilter | None = None
    ) -> ContactList:
        """Create an empty list, or a segment with a filter.

        Raises ``Conflict`` if the name is taken, and ``InvalidInput``, ``NotFound`` or
        ``CrossOrgAccess`` for the filter.
        """
        async with self._database.org(org_id, _COUNTING) as connection:
            if await _is_usable(connection, org_id, filters):
                created = await lists.add(connection, org_id, name, filters)
                return await _counted(connection, org_id, created)
        raise await lists.not_found(self._database, org_id, filters.list_id if filters else None)

    async def read(self, org_id: UUID, list_id: UUID) -> ContactList:
        """Load a list with its counts. Raises ``NotFound`` or ``CrossOrgAccess``."""
        async with self._database.org(org_id, _COUNTING) as connection:
            found = await lists.find(connection, org_id, list_id)
            if found is not None:
                return await _counted(connection, org_id, found)
        raise await lists.not_found(self._database, org_id, list_id)

    async def page(self, org_id: UUID, limit: int, before: UUID | None) -> Sequence[ContactList]:
        """Return up to ``limit`` lists older than ``before``, newest first.

        The member count of a segment is from the last time when the segment was read by id.
        """
        async with self._database.org(org_id) as connection:
            rows = await lists.page(connection, org_id, limit, before)
            plain = [row.id for row in rows if row.filters is None]
            counted = await _counts(connection, org_id, plain)
        return [counted(row) for row in rows]

    async def change(
        self,
        org_id: UUID,
        list_id: UUID,
        name: str | None,
        filters: ContactFilter | None,
        if_version: int | None = None,
    ) -> ContactList:
        """Change the name of a list, or the filter of a segment.

        Raises ``NotFound`` or ``CrossOrgAccess``; ``PreconditionFailed`` if somebody changed the
        list since the version ``if_version``; or ``Conflict`` if the name is taken, or if a filter
        is given for a list that is not a segment.
        """
        async with self._database.org(org_id, _COUNTING) as connection:
            found = await lists.find(connection, org_id, list_id, lock=True)
            if found is not None:
                require_version(found.versions, if_version)
            usable = await _is_usable(connection, org_id, filters)
            if found is not None and usable:
                if filters is not None and found.filters is None:
                    raise Conflict(_NO_SEGMENT, "list_is_no_segment")
                version = await lists.change(connection, org_id, list_id, name, filters)
                changed = replace(
                    found,
                    name=name or found.name,
                    filters=filters or found.filters,
                    version=version or found.version,
                )
                return await _counted(connection, org_id, changed)
        missing = filters.list_id if found and filters else list_id
        raise await lists.not_found(self._database, org_id, missing)

    async def delete(self, org_id: UUID, list_id: UUID) -> None:
        """Delete a list. Its contacts stay. Raises ``NotFound`` or ``CrossOrgAccess``."""
        async with self._database.org(org_id) as connection:
            removed = await lists.remove(connection, org_id, list_id)
        if not removed:
            raise await lists.not_found(self._database, org_id, list_id)


async def _is_usable(
    connection: AsyncConnection, org_id: UUID, filters: ContactFilter | None
) -> bool:
    """Return whether the list to which a segment's filter refers exists, if it refers to one.

    Raises ``InvalidInput`` if that list is a segment itself, or if the filter's search text has no
    words.
    """
    if filters is None:
        return True
    require_words(filters.search)
    resolved = await with_segment(connection, org_id, filters)
    if resolved is not None and resolved.within is not None:
        raise InvalidInput.of("filter.listId", "must be a list that is not a segment")
    return resolved is not None


async def _counted(connection: AsyncConnection, org_id: UUID, found: ContactList) -> ContactList:
    if found.filters is None:
        return (await _counts(connection, org_id, [found.id]))(found)
    members = await totals.count(connection, org_id, found.filters)
    await lists.set_member_count(connection, org_id, found.id, members)
    out = ContactFilter(opt_status="opted_out", within=found.filters)
    opted_out = await totals.count(connection, org_id, out)
    return replace(found, member_count=members, opted_out_count=opted_out)


async def _counts(
    connection: AsyncConnection, org_id: UUID, list_ids: Sequence[UUID]
) -> Callable[[ContactList], ContactList]:
    """Count the members of lists, and return a function that adds the counts to a list."""
    opted_out = await lists.opted_out_counts(connection, org_id, list_ids)
    since = await clock.now(connection) - _NEW
    new = await lists.new_counts(connection, org_id, list_ids, since)
    return lambda row: replace(
        row, opted_out_count=opted_out.get(row.id), new_count=new.get(row.id)
    )
