"""Read the results of a campaign, one per recipient, in the order of contact ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Text, and_, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.sending.domain.message_status import NOT_REACHED, RETRYABLE


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """A filter for the results of a campaign. A field that is None matches every result."""

    campaign_id: UUID
    status: str | None
    error_code: int | None


@dataclass(frozen=True, slots=True)
class UnreachedFilter:
    """A filter for the recipients to retry: those that the campaign did not reach.

    A recipient is left out if a campaign in `retried_by`, or a retry of the recipient's message,
    has reached them or may still reach them. Recipients whose error code is in `permanent_errors`
    are left out too.
    """

    campaign_id: UUID
    retried_by: Sequence[UUID]
    permanent_errors: Sequence[int]


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """The message to one recipient of a campaign, and its status."""

    contact_id: UUID
    message_id: UUID
    to: str
    status: str
    error_code: int | None
    error_message: str | None
    segments: int
    price_cents: int
    sent_at: datetime | None
    delivered_at: datetime | None
    reference: str | None
    metadata: Mapping[str, str] | None


# In the order of the fields of RecipientResult.
_COLUMNS: tuple[Column[Any], ...] = (
    messages.c.contact_id,
    messages.c.id,
    messages.c.to_number,
    messages.c.status,
    messages.c.error_code,
    messages.c.error_message,
    messages.c.segments,
    messages.c.price_cents,
    messages.c.sent_at,
    messages.c.delivered_at,
    messages.c.reference,
    messages.c.metadata,
)


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: ResultFilter,
    limit: int,
    after: UUID | None,
) -> Sequence[RecipientResult]:
    """Return up to `limit` matching results, sorted by contact id, that follow `after`."""
    query = (
        select(*_COLUMNS)
        .where(_of_campaign(org_id, wanted.campaign_id, after))
        .order_by(messages.c.contact_id)
        .limit(limit)
    )
    if wanted.status:
        # As a literal: with a parameter, a prepared statement could not use the partial index.
        status = bindparam("status", wanted.status, Text, literal_execute=True)
        query = query.where(messages.c.status == status)
    if wanted.error_code:
        query = query.where(messages.c.error_code == wanted.error_code)
    return [RecipientResult(*row) for row in await connection.execute(query)]


async def errors(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID
) -> Sequence[tuple[int, int]]:
    """Return each error code of a campaign with its message count, the most frequent first."""
    count = func.count().label("messages")
    rows = await connection.execute(
        select(messages.c.error_code, count)
        .where(
            messages.c.org_id == org_id,
            messages.c.campaign_id == campaign_id,
            messages.c.error_code.is_not(None),
        )
        .group_by(messages.c.error_code)
        .order_by(count.desc(), messages.c.error_code)
    )
    return [(row.error_code, row.messages) for row in rows]


async def unreached(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: UnreachedFilter,
    limit: int,
    after: UUID | None,
) -> Sequence[UUID]:
    """Return up to `limit` contacts to retry, sorted by id, that follow `after`."""
    retry = messages.alias("retry")
    reached = exists().where(
        retry.c.org_id == org_id,
        retry.c.campaign_id.in_(wanted.retried_by),
        retry.c.contact_id == messages.c.contact_id,
        retry.c.status.not_in(NOT_REACHED),
    )
    attempt = messages.alias("attempt")
    tried_singly = exists().where(
        attempt.c.org_id == org_id,
        attempt.c.retry_of == func.coalesce(messages.c.retry_of, messages.c.id),
        attempt.c.status.not_in(NOT_REACHED),
    )
    query = (
        select(messages.c.contact_id)
        .where(
            _of_campaign(org_id, wanted.campaign_id, after),
            messages.c.status.in_(RETRYABLE),
            ~tried_singly,
            or_(
                messages.c.error_code.is_(None),
                messages.c.error_code.not_in(wanted.permanent_errors),
            ),
        )
        .order_by(messages.c.contact_id)
        .limit(limit)
    )
    if wanted.retried_by:
        query = query.where(~reached)
    return (await connection.execute(query)).scalars().all()


def _of_campaign(org_id: UUID, campaign_id: UUID, after: UUID | None) -> ColumnElement[bool]:
    # As in the campaign's counts, a message that is not charged yet is still being accepted.
    condition = and_(
        messages.c.org_id == org_id, messages.c.campaign_id == campaign_id, messages.c.charged
    )
    return and_(condition, messages.c.contact_id > after) if after else condition
