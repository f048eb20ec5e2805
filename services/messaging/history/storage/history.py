"""Outgoing messages as a list, newest first, found through one index for every filter.

The order is by time of creation and id, as the indexes have it; ids alone would do for all but the
bounds of a time range, which are compared with the time that people see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Text,
    bindparam,
    exists,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.history.domain.history import TOTAL_AT_MOST, WantedMessages

AnySelect = Select[Any]

# An outgoing message's.
_STATUSES = (
    "pending",
    "sending",
    "queued",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "unknown",
    "cancelled",
)

Key = tuple[datetime, UUID]
"""Time and id of a message: its place in the order."""

_position = tuple_(messages.c.created_at, messages.c.id)
_ORDER = (messages.c.created_at.desc(), messages.c.id.desc())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is: ``offset`` rows from the start, or after a row, given by its time and id."""

    limit: int
    offset: int = 0
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Messages after one and up to another, by time and id, oldest first; None: without end."""

    after: Key | None = None
    until: Key | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What holds of its messages."""
        found: list[ColumnElement[bool]] = []
        if self.after:
            found.append(_position > self.after)
        if self.until:
            found.append(_position <= self.until)
        return found


ALL = Stretch()
"""Every message."""


async def stretch(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: WantedMessages,
    after: Key | None,
    rows: int,
) -> Stretch:
    """The next ``rows`` messages that match; one without an end where there are less."""
    query = (
        select(messages.c.created_at, messages.c.id)
        .where(*matching(org_id, wanted), *Stretch(after).conditions())
        .order_by(messages.c.created_at, messages.c.id)
        .limit(1)
        .offset(rows - 1)
    )
    last = (await connection.execute(query)).first()
    return Stretch(after, (last.created_at, last.id) if last else None)


async def page(
    connection: AsyncConnection, org_id: UUID, wanted: WantedMessages, place: Place
) -> Sequence[RowMapping]:
    """Id and time of the messages at ``place``, newest first."""
    conditions = matching(org_id, wanted)
    if place.after:
        conditions.append(_position < place.after)
    query = _by_status(conditions, place) if _spread(wanted) else _in_order(conditions)
    rows = await connection.execute(query.limit(place.limit).offset(place.offset))
    return rows.mappings().all()


async def total(connection: AsyncConnection, org_id: UUID, wanted: WantedMessages) -> int:
    """How many messages match; one more than ``TOTAL_AT_MOST`` stands for any more."""
    return await count(connection, org_id, wanted, TOTAL_AT_MOST + 1)


async def count(
    connection: AsyncConnection, org_id: UUID, wanted: WantedMessages, at_most: int
) -> int:
    """How many messages match, ``at_most`` where there are more."""
    found = select(literal(1)).where(*matching(org_id, wanted)).limit(at_most).subquery()
    return int(await connection.scalar(select(func.count()).select_from(found)) or 0)


async def has_contact(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> bool:
    """Whether any message of the organisation went to or came from the contact."""
    found = exists().where(messages.c.org_id == org_id, messages.c.contact_id == contact_id)
    return bool(await connection.scalar(select(found)))


def matching(org_id: UUID, wanted: WantedMessages) -> list[ColumnElement[bool]]:
    """The conditions for the organisation's outgoing messages that ``wanted`` admits."""
    conditions = [messages.c.org_id == org_id, messages.c.direction == "out"]
    if wanted.from_time:
        conditions.append(messages.c.created_at >= wanted.from_time)
    if wanted.to_time:
        conditions.append(messages.c.created_at < wanted.to_time)
    for name in ("status", "campaign_id", "contact_id", "error_code"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(messages.c[name] == value)
    return conditions


def _in_order(conditions: Sequence[ColumnElement[bool]]) -> AnySelect:
    return select(messages.c.id, messages.c.created_at).where(*conditions).order_by(*_ORDER)


def _spread(wanted: WantedMessages) -> bool:
    # A campaign's messages are in order within each status only: that is how those that failed are
    # found among a million.
    return wanted.campaign_id is not None and wanted.status is None


def _by_status(conditions: Sequence[ColumnElement[bool]], place: Place) -> AnySelect:
    """The first messages of each status, merged."""
    one = (
        func.unnest(bindparam("statuses", list(_STATUSES), ARRAY(Text)))
        .table_valued("status", name="one")
        .render_derived()
    )
    first = (
        _in_order([*conditions, messages.c.status == one.c.status])
        .limit(place.offset + place.limit)
        .correlate(one)
        .lateral("first")
    )
    return (
        select(first.c.id, first.c.created_at)
        .select_from(one.join(first, true()))
        .order_by(first.c.created_at.desc(), first.c.id.desc())
    )
