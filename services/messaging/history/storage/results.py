"""What became of each recipient of a campaign, in the order of contact ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Text, and_, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import sms_messages as messages

# As the contract's RecipientResult names them.
_COLUMNS = (
    messages.c.contact_id,
    messages.c.id.label("message_id"),
    messages.c.to_number.label("to"),
    messages.c.status,
    messages.c.error_code,
    messages.c.error_message,
    messages.c.segments,
    messages.c.price_cents,
    messages.c.sent_at,
    messages.c.delivered_at,
)
_UNREACHED = ("failed", "undelivered")
_NEVER_SENT = (*_UNREACHED, "cancelled")


@dataclass(frozen=True, slots=True)
class WantedResults:
    """Which results of a campaign; None: whatever it is."""

    campaign_id: UUID
    status: str | None
    error_code: int | None


@dataclass(frozen=True, slots=True)
class WantedUnreached:
    """Whom a campaign did not reach, and none of ``retried_by`` has reached or has in hand.

    Those with one of the codes ``hopeless`` are left out.
    """

    campaign_id: UUID
    retried_by: Sequence[UUID]
    hopeless: Sequence[int]


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: WantedResults,
    limit: int,
    after: UUID | None,
) -> Sequence[RowMapping]:
    """``limit`` results that match, those of contacts after ``after``."""
    query = (
        select(*_COLUMNS)
        .where(_of_campaign(org_id, wanted.campaign_id, after))
        .order_by(messages.c.contact_id)
        .limit(limit)
    )
    if wanted.status:
        # Written out, one of the contract's: a parameter would keep prepared statements from the
        # index of exceptions.
        status = bindparam("status", wanted.status, Text, literal_execute=True)
        query = query.where(messages.c.status == status)
    if wanted.error_code:
        query = query.where(messages.c.error_code == wanted.error_code)
    return (await connection.execute(query)).mappings().all()


async def errors(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID
) -> Sequence[tuple[int, int]]:
    """A campaign's error codes and how many messages have each, the most frequent first."""
    number = func.count().label("number")
    rows = await connection.execute(
        select(messages.c.error_code, number)
        .where(
            messages.c.org_id == org_id,
            messages.c.campaign_id == campaign_id,
            messages.c.error_code.is_not(None),
        )
        .group_by(messages.c.error_code)
        .order_by(number.desc(), messages.c.error_code)
    )
    return [(row.error_code, row.number) for row in rows]


async def unreached(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: WantedUnreached,
    limit: int,
    after: UUID | None,
) -> Sequence[UUID]:
    """``limit`` contacts to retry, those after ``after``."""
    retry = messages.alias("retry")
    reached = exists().where(
        retry.c.org_id == org_id,
        retry.c.campaign_id.in_(wanted.retried_by),
        retry.c.contact_id == messages.c.contact_id,
        retry.c.status.not_in(_NEVER_SENT),
    )
    query = (
        select(messages.c.contact_id)
        .where(
            _of_campaign(org_id, wanted.campaign_id, after),
            messages.c.status.in_(_UNREACHED),
            or_(messages.c.error_code.is_(None), messages.c.error_code.not_in(wanted.hopeless)),
        )
        .order_by(messages.c.contact_id)
        .limit(limit)
    )
    if wanted.retried_by:
        query = query.where(~reached)
    return (await connection.execute(query)).scalars().all()


def _of_campaign(org_id: UUID, campaign_id: UUID, after: UUID | None) -> ColumnElement[bool]:
    # As the campaign's figures have it: what is not charged is still being accepted.
    condition = and_(
        messages.c.org_id == org_id, messages.c.campaign_id == campaign_id, messages.c.charged
    )
    return and_(condition, messages.c.contact_id > after) if after else condition
