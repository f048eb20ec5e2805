"""Conditions of a filter for contacts: a tag, a list, an opt status, the times of creation."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select

from servicekit.ids import first_id_at
from services.contacts.domain.contacts import ContactFilter
from services.contacts.storage.tables import (
    AnySelect,
    contact_list_members,
    contact_lists,
    contact_tags,
    contacts,
    tags,
)

# The time in a contact's id may differ by this much from the time at which the contact was created,
# because the two come from different clocks.
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Membership:
    """A condition of a filter, as SQL: which contacts meet it.

    Attributes:
        contact_id: the column with the ids of these contacts.
        condition: the condition on rows of the column's table.
        count_query: counts these contacts fast, or is None if that is not possible.
    """

    contact_id: ColumnElement[UUID]
    condition: ColumnElement[bool]
    count_query: AnySelect | None

    def ids(self) -> AnySelect:
        """Select the ids of all these contacts, as ``contact_id``."""
        return select(self.contact_id.label("contact_id")).where(self.condition)

    def has(self, contact_id: ColumnElement[UUID], source: Any) -> ColumnElement[bool]:
        """Return the SQL condition that ``contact_id`` in ``source`` is one of these contacts.

        OFFSET 0 makes Postgres look each contact up, instead of reading the whole tag or list.
        """
        one = select(1).where(self.condition, self.contact_id == contact_id).offset(0)
        return exists(one.correlate(source))


def memberships(org_id: UUID, filters: ContactFilter) -> list[Membership]:
    """Return the conditions of ``filters``: its tag, its list, and those on columns of contacts."""
    found: list[Membership] = []
    for part in filters.parts:
        if part.tag:
            found.append(_with_tag(org_id, part.tag))
        if part.list_id:
            found.append(_on_list(org_id, part.list_id))
    own = own_conditions(filters)
    if own:
        found.append(Membership(contacts.c.id, and_(is_live(org_id), *own), None))
    return found


def is_live(org_id: UUID) -> ColumnElement[bool]:
    """Return the SQL condition that a contact belongs to the organisation and is not deleted."""
    return and_(contacts.c.org_id == org_id, contacts.c.deleted_at.is_(None))


def own_conditions(filters: ContactFilter) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of ``filters`` on the columns of contacts.

    A time is also a condition on ids, which begin with a time and are indexed.
    """
    found: list[ColumnElement[bool]] = []
    for part in filters.parts:
        if part.opt_status == "opted_out":
            found.append(contacts.c.opted_out_at.is_not(None))
        if part.opt_status == "opted_in":
            found.append(contacts.c.opted_out_at.is_(None))
        if part.added_from:
            found.append(contacts.c.created_at >= part.added_from)
        if part.added_before:
            found.append(contacts.c.created_at < part.added_before)
    after, before = id_limits(filters)
    if after:
        found.append(contacts.c.id >= after)
    if before:
        found.append(contacts.c.id < before)
    return found


def id_limits(filters: ContactFilter) -> tuple[UUID | None, UUID | None]:
    """Return the ids between which all matching contacts are. None means no limit on that side."""
    starts = [part.added_from for part in filters.parts if part.added_from]
    ends = [part.added_before for part in filters.parts if part.added_before]
    after = first_id_at(max(starts) - _CLOCKS_DIFFER) if starts else None
    before = first_id_at(min(ends) + _CLOCKS_DIFFER) if ends else None
    return after, before


def _with_tag(org_id: UUID, name: str) -> Membership:
    tag_id = _tag(org_id, name, tags.c.id).scalar_subquery()
    condition = (contact_tags.c.org_id == org_id) & (contact_tags.c.tag_id == tag_id)
    count_query = _tag(org_id, name, tags.c.contact_count)
    return Membership(contact_tags.c.contact_id, condition, count_query)


def _on_list(org_id: UUID, list_id: UUID) -> Membership:
    members = contact_list_members
    condition = (members.c.org_id == org_id) & (members.c.list_id == list_id)
    count_query = select(contact_lists.c.member_count).where(
        contact_lists.c.id == list_id, contact_lists.c.org_id == org_id
    )
    return Membership(members.c.contact_id, condition, count_query)


def _tag(org_id: UUID, name: str, column: Any) -> AnySelect:
    return select(column).where(
        tags.c.org_id == org_id, func.lower(tags.c.name) == func.lower(name)
    )
