"""Filter contacts by a tag or a list."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, exists, func, select

from services.contacts.domain.contacts import ContactFilter
from services.contacts.storage.tables import (
    AnySelect,
    contact_list_members,
    contact_lists,
    contact_tags,
    tags,
)


@dataclass(frozen=True, slots=True)
class Membership:
    """Contacts that have a tag or are on a list. ``count_query`` counts them."""

    table: Table
    condition: ColumnElement[bool]
    count_query: AnySelect

    def ids(self) -> AnySelect:
        """Select the ids of all these contacts, as ``contact_id``."""
        return select(self.table.c.contact_id).where(self.condition)

    def has(self, contact_id: ColumnElement[UUID], source: Any) -> ColumnElement[bool]:
        """Return the condition that ``contact_id`` of the query's ``source`` is such a contact.

        OFFSET 0 makes Postgres look each contact up, instead of reading the whole tag or list.
        """
        one = select(1).where(self.condition, self.table.c.contact_id == contact_id).offset(0)
        return exists(one.correlate(source))


def memberships(org_id: UUID, filters: ContactFilter) -> list[Membership]:
    """Return the memberships that ``filters`` asks for: none, one or two."""
    found: list[Membership] = []
    if filters.tag:
        tag_id = _tag(org_id, filters.tag, tags.c.id).scalar_subquery()
        condition = (contact_tags.c.org_id == org_id) & (contact_tags.c.tag_id == tag_id)
        count_query = _tag(org_id, filters.tag, tags.c.contact_count)
        found.append(Membership(contact_tags, condition, count_query))
    if filters.list_id:
        members = contact_list_members
        condition = (members.c.org_id == org_id) & (members.c.list_id == filters.list_id)
        count_query = select(contact_lists.c.member_count).where(
            contact_lists.c.id == filters.list_id, contact_lists.c.org_id == org_id
        )
        found.append(Membership(members, condition, count_query))
    return found


def _tag(org_id: UUID, name: str, column: Any) -> AnySelect:
    return select(column).where(
        tags.c.org_id == org_id, func.lower(tags.c.name) == func.lower(name)
    )
