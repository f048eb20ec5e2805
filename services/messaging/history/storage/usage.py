"""Sum up usage, which is stored per quarter of an hour, organisation and campaign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    and_,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.modes import is_live
from services.messaging.common.storage.history_tables import USAGE_COUNTS
from services.messaging.common.storage.history_tables import usage_quarters as usage
from services.messaging.history.domain.buckets import Bucket

QUARTER = timedelta(minutes=15)
"""The length of time that one row covers."""


@dataclass(frozen=True, slots=True)
class UsageSums:
    """The usage in a period of time that begins at `starts_at`."""

    starts_at: datetime
    sent: int
    delivered: int
    failed: int
    received: int
    replied: int
    opted_out: int
    spent_cents: int

    @property
    def failures(self) -> int:
        """How many messages failed, without those that were stopped by an opt-out."""
        return self.failed - self.opted_out


@dataclass(frozen=True, slots=True)
class PlatformDay:
    """The usage of all organisations on a day (UTC), and how many of them sent messages."""

    sums: UsageSums
    organisations_sending: int


@dataclass(frozen=True, slots=True)
class PlatformTotal:
    """What all organisations have ever spent, and how many have sent messages since a day."""

    spent_cents: int
    organisations_sending: int


def _sum(name: str) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(usage.c[name]), 0), BigInteger).label(name)


async def by_bucket(
    connection: AsyncConnection,
    org_id: UUID,
    buckets: Sequence[Bucket],
    campaign_id: UUID | None = None,
) -> Sequence[UsageSums]:
    """Return the sums of an organisation, or of one of its campaigns, for each bucket."""
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
        select(bucket.c.starts_at, *map(_sum, USAGE_COUNTS))
        .select_from(bucket.outerjoin(usage, within))
        .group_by(bucket.c.starts_at)
        .order_by(bucket.c.starts_at)
    )
    return [UsageSums(*row) for row in rows]


async def span(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID
) -> tuple[datetime, datetime] | None:
    """Return the first and the last quarter of an hour in which a campaign has counts, or None."""
    row = (
        await connection.execute(
            select(
                func.min(usage.c.starts_at).label("first"),
                func.max(usage.c.starts_at).label("last"),
            ).where(usage.c.org_id == org_id, usage.c.campaign_id == campaign_id)
        )
    ).one()
    return (row.first, row.last) if row.first else None


async def of_organisations(
    connection: AsyncConnection, org_ids: Sequence[UUID], since: datetime
) -> dict[UUID, UsageSums]:
    """Return the sums of organisations since `since`, by id, for the platform's operators."""
    rows = await connection.execute(
        select(usage.c.org_id, func.min(usage.c.starts_at), *map(_sum, USAGE_COUNTS))
        .where(usage.c.org_id.in_(org_ids), usage.c.starts_at >= since)
        .group_by(usage.c.org_id)
    )
    return {org_id: UsageSums(*sums) for org_id, *sums in rows}


async def of_platform(
    connection: AsyncConnection, since: datetime
) -> tuple[Sequence[PlatformDay], PlatformTotal]:
    """Return the sums of all live organisations by day (UTC) since `since`, and the total.

    For the platform's operators only: it reads all organisations.
    """
    day = func.date_trunc("day", usage.c.starts_at, "UTC").label("starts_at")
    sending = func.count(usage.c.org_id.distinct())
    days = await connection.execute(
        select(day, *map(_sum, USAGE_COUNTS), sending.filter(usage.c.sent > 0))
        .where(usage.c.starts_at >= since, is_live(usage.c.org_id))
        .group_by(day)
        .order_by(day)
    )
    total = await connection.execute(
        select(
            _sum("spent_cents"), sending.filter(usage.c.sent > 0, usage.c.starts_at >= since)
        ).where(is_live(usage.c.org_id))
    )
    by_day = [PlatformDay(UsageSums(*sums), sending_count) for *sums, sending_count in days]
    return by_day, PlatformTotal(*total.one())
