"""Queries for messages in the order of lists: newest first, by creation time and id.

The indexes of `sms_messages` have this order, each for one direction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    bindparam,
    exists,
    func,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.sending.domain.message_status import RETRYABLE, MessageStatus

AnySelect = Select[Any]

SortKey = tuple[datetime, UUID]
"""The creation time and the id of a message, by which lists are sorted."""

sort_key = tuple_(messages.c.created_at, messages.c.id)
"""The SQL sort key by which lists are sorted: creation time and id."""

# The statuses that an outgoing message can have.
_STATUSES = tuple(status for status in MessageStatus if status is not MessageStatus.RECEIVED)


def in_order(conditions: Sequence[ColumnElement[bool]], rows: int) -> AnySelect:
    """Return the query for the newest `rows` messages that meet the conditions."""
    return (
        select(messages.c.id, messages.c.created_at)
        .where(*conditions)
        .order_by(messages.c.created_at.desc(), messages.c.id.desc())
        .limit(rows)
    )


def of_both_directions(conditions: Sequence[ColumnElement[bool]], rows: int) -> AnySelect:
    """Return the query for the newest `rows` messages of both directions.

    The newest of each direction are merged, because each direction has its own index.
    """
    merged = union_all(
        *(
            in_order([*conditions, messages.c.direction == direction], rows).subquery().select()
            for direction in ("in", "out")
        )
    ).subquery("message")
    return _ordered(merged, rows)


def of_every_status(conditions: Sequence[ColumnElement[bool]], rows: int) -> AnySelect:
    """Return the query for the newest `rows` outgoing messages of all statuses.

    The newest of each status are merged, because the index of a campaign's messages is sorted
    within each status only. That is so that a campaign's failed messages are found fast among a
    million.
    """
    one = (
        func.unnest(bindparam("statuses", list(_STATUSES), ARRAY(Text)))
        .table_valued("status", name="one")
        .render_derived()
    )
    first = (
        in_order([*conditions, messages.c.status == one.c.status], rows)
        .correlate(one)
        .lateral("first")
    )
    merged = select(first.c.id, first.c.created_at).select_from(one.join(first, true()))
    return _ordered(merged.subquery("message"), rows)


def failed_for_good(status: str | None, include_retried: bool) -> list[ColumnElement[bool]]:
    """Return SQL conditions that leave out failed messages with a delivered later attempt.

    The list is empty if `include_retried` is set, or if the filter is not for failed messages.
    """
    if include_retried or status not in RETRYABLE:
        return []
    attempt = messages.alias("attempt")
    delivered = exists().where(
        attempt.c.org_id == messages.c.org_id,
        attempt.c.retry_of == func.coalesce(messages.c.retry_of, messages.c.id),
        attempt.c.status == MessageStatus.DELIVERED,
    )
    return [~delivered]


def _ordered(merged: Any, rows: int) -> AnySelect:
    query: AnySelect = (
        select(merged.c.id, merged.c.created_at)
        .order_by(merged.c.created_at.desc(), merged.c.id.desc())
        .limit(rows)
    )
    return query
