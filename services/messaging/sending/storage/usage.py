"""Usage: running counts of what happened, by quarter of an hour, organisation and campaign.

They are moved in the transaction that moves the messages, so that nothing is ever counted over the
messages themselves.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    RowMapping,
    and_,
    bindparam,
    cast,
    column,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.history_tables import USAGE_COUNTS
from services.messaging.common.storage.history_tables import usage_quarters as usage

_ADD = text("""
INSERT INTO usage_quarters AS usage
  (org_id, campaign_id, starts_at, sent, delivered, failed, received, replied, opted_out,
   spent_cents)
VALUES (:org_id, :campaign_id, date_bin('15 minutes', now(), 'epoch'), :sent, :delivered, :failed,
  :received, :replied, :opted_out, :spent_cents)
ON CONFLICT ON CONSTRAINT uq_usage_quarters DO UPDATE SET
  sent = usage.sent + excluded.sent,
  delivered = usage.delivered + excluded.delivered,
  failed = usage.failed + excluded.failed,
  received = usage.received + excluded.received,
  replied = usage.replied + excluded.replied,
  opted_out = usage.opted_out + excluded.opted_out,
  spent_cents = usage.spent_cents + excluded.spent_cents
""")

_SUMS = [
    cast(func.coalesce(func.sum(usage.c[name]), 0), BigInteger).label(name) for name in USAGE_COUNTS
]

QUARTER = timedelta(minutes=15)
"""How much time a row stands for."""

Buckets = Sequence[tuple[datetime, datetime]]
"""Beginnings and ends, oldest first."""


class UsageTally:
    """Collects what is to be added to the usage of organisations and campaigns."""

    def __init__(self) -> None:
        self._added: dict[tuple[UUID, UUID | None], Counter[str]] = {}

    def add(self, org_id: UUID, campaign_id: UUID | None, name: str, number: int) -> None:
        """Add ``number`` to a count; a name that is none of usage's is passed over."""
        if name in USAGE_COUNTS and number:
            self._added.setdefault((org_id, campaign_id), Counter())[name] += number

    async def write(self, connection: AsyncConnection) -> None:
        """Add everything to the quarter of an hour that it is.

        In one order, so that transactions wait for each other and never deadlock.
        """
        rows = [
            {"org_id": org_id, "campaign_id": campaign_id}
            | {name: self._added[org_id, campaign_id][name] for name in USAGE_COUNTS}
            for org_id, campaign_id in sorted(self._added, key=str)
        ]
        if rows:
            await connection.execute(_ADD, rows)


async def by_bucket(
    connection: AsyncConnection,
    org_id: UUID,
    buckets: Buckets,
    campaign_id: UUID | None = None,
) -> Sequence[RowMapping]:
    """The sums of an organisation, or of one of its campaigns, for each of ``buckets``."""
    bucket = (
        func.unnest(
            bindparam("starts", [start for start, _ in buckets], ARRAY(DateTime(timezone=True))),
            bindparam("ends", [end for _, end in buckets], ARRAY(DateTime(timezone=True))),
        )
        .table_valued(column("starts_at", DateTime), column("ends_at", DateTime), name="bucket")
        .render_derived()
    )
    within = and_(
        usage.c.org_id == org_id,
        usage.c.starts_at >= bucket.c.starts_at,
        usage.c.starts_at < bucket.c.ends_at,
    )
    if campaign_id:
        within &= usage.c.campaign_id == campaign_id
    rows = await connection.execute(
        select(bucket.c.starts_at, *_SUMS)
        .select_from(bucket.outerjoin(usage, within))
        .group_by(bucket.c.starts_at)
        .order_by(bucket.c.starts_at)
    )
    return rows.mappings().all()


async def span(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID
) -> tuple[datetime, datetime] | None:
    """When the first and the last thing happened to a campaign; None where nothing did."""
    row = (
        await connection.execute(
            select(
                func.min(usage.c.starts_at).label("first"),
                func.max(usage.c.starts_at).label("last"),
            ).where(usage.c.org_id == org_id, usage.c.campaign_id == campaign_id)
        )
    ).one()
    return (row.first, row.last) if row.first else None


async def of_platform(
    connection: AsyncConnection, since: datetime
) -> tuple[Sequence[RowMapping], RowMapping]:
    """The sums of all organisations by day (UTC) since ``since``, and those over all days.

    Across organisations: for the platform's operators.
    """
    day = func.date_trunc("day", usage.c.starts_at, "UTC").label("starts_at")
    sending = func.count(usage.c.org_id.distinct())
    days = await connection.execute(
        select(
            day,
            *_SUMS,
            sending.filter(usage.c.sent > 0).label("organisations_sending"),
        )
        .where(usage.c.starts_at >= since)
        .group_by(day)
        .order_by(day)
    )
    total = await connection.execute(
        select(
            cast(func.coalesce(func.sum(usage.c.spent_cents), 0), BigInteger).label("spent_cents"),
            sending.filter(usage.c.sent > 0, usage.c.starts_at >= since).label(
                "organisations_sending"
            ),
        )
    )
    return days.mappings().all(), total.mappings().one()
