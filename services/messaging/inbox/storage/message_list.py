"""List messages of both directions, newest first.

The README of messaging says which index serves which filter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, cast, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import message_search
from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.inbox.domain.message_list import ListPosition, MessageListFilter
from services.messaging.sending.storage.newest_first import (
    AnySelect,
    SortKey,
    failed_for_good,
    in_order,
    of_both_directions,
    of_every_status,
    sort_key,
)

_EQUAL = ("status", "campaign_id", "contact_id", "error_code", "provider_sid", "reference")


@dataclass(frozen=True, slots=True)
class OrgMessages:
    """The messages of the organisation to list: those that match `wanted` and follow `after`."""

    org_id: UUID
    wanted: MessageListFilter
    after: ListPosition | None

    def query(self, rows: int, *more: ColumnElement[bool]) -> AnySelect:
        """Return the query for the first `rows` sort keys. `more` are further SQL conditions."""
        wanted = self.wanted
        conditions = [*self._conditions(), *more]
        if wanted.implied_direction:
            conditions.append(messages.c.direction == wanted.implied_direction)
        if wanted.campaign_id and not (wanted.status or wanted.error_code or wanted.reference):
            return of_every_status(conditions, rows)
        if wanted.implied_direction or wanted.contact_id or wanted.provider_sid:
            return in_order(conditions, rows)
        return of_both_directions(conditions, rows)

    def _conditions(self) -> list[ColumnElement[bool]]:
        wanted = self.wanted
        found = [messages.c.org_id == self.org_id]
        if wanted.from_time:
            found.append(messages.c.created_at >= wanted.from_time)
        if wanted.to_time:
            found.append(messages.c.created_at < wanted.to_time)
        if self.after:
            found.append(sort_key < (self.after.created_at, self.after.id))
        for name in _EQUAL:
            value = getattr(wanted, name)
            if value is not None:
                found.append(messages.c[name] == value)
        return [*found, *failed_for_good(wanted.status, wanted.include_retried)]


@dataclass(frozen=True, slots=True)
class Scanned:
    """The matches among the scanned messages, newest first.

    Matches have the searched words. `last` is the oldest message that was scanned. It is None if no
    messages are left.
    """

    found: Sequence[SortKey]
    last: SortKey | None


async def page(connection: AsyncConnection, listed: OrgMessages, rows: int) -> Sequence[SortKey]:
    """Return the sort keys of the first `rows` messages, in the order of the list."""
    return _keys(await connection.execute(listed.query(rows)))


async def page_of(
    connection: AsyncConnection, listed: OrgMessages, ids: Sequence[UUID], rows: int
) -> Sequence[SortKey]:
    """Return the sort keys of the first `rows` messages whose ids are among `ids`."""
    return _keys(await connection.execute(listed.query(rows, messages.c.id.in_(ids))))


async def scan(
    connection: AsyncConnection, listed: OrgMessages, tsquery: str, rows: int, length: int
) -> Scanned:
    """Scan the next `length` messages for the words of `tsquery`. Returns up to `rows` matches."""
    scanned = listed.query(length).cte("scanned")
    hit = (
        select(message_search.c.words.op("@@")(cast(tsquery, TSQUERY)))
        .where(
            message_search.c.org_id == listed.org_id,
            message_search.c.message_id == scanned.c.id,
        )
        .scalar_subquery()
    )
    newest = (scanned.c.created_at.desc(), scanned.c.id.desc())
    keys = select(scanned.c.created_at, scanned.c.id)
    found = await connection.execute(keys.where(hit).order_by(*newest).limit(rows))
    last = await connection.execute(keys.order_by(*newest).offset(length - 1).limit(1))
    return Scanned(_keys(found), next(iter(_keys(last)), None))


def _keys(rows: CursorResult[Any]) -> Sequence[SortKey]:
    return [(row.created_at, row.id) for row in rows]
