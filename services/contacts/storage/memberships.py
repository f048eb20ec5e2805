"""Who bears a tag or is on a list: the two filters that are tables of ids."""

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
    """Those who bear a tag or are on a list; ``count_query`` asks how many they are."""

    table: Table
    condition: ColumnElement[bool]
    count_query: AnySelect

    def ids(self) -> AnySelect:
        """The query for all of them (``contact_id``)."""
        return select(self.table.c.contact_id).where(self.condition)

    def has(self, contact_id: ColumnElement[UUID], source: Any) -> ColumnElement[bool]:
        """Whether ``contact_id`` of the query's ``source`` is one of them.

        OFFSET 0: a look-up for each contact, rather than all of a tag or list read at once.
        """
        one = select(1).where(self.condition, self.table.c.contact_id == contact_id).offset(0)
        return exists(one.correlate(source))


def memberships(org_id: UUID, filters: ContactFilter) -> list[Membership]:
    """Those that ``filters`` asks for: none, one or two."""
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
