"""``AnalyticsService``."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.server import Context
from servicekit.time_zones import is_time_zone
from services.messaging.history.domain.buckets import (
    BUCKETS_AT_MOST,
    Bucket,
    Granularity,
    TooManyBuckets,
    buckets,
    default_first,
)
from services.messaging.history.domain.campaign_figures import campaign_figures
from services.messaging.history.storage import usage
from services.messaging.history.usecases.find_history import require_campaign
from smsblaster.messaging.v1 import analytics_pb2, analytics_pb2_grpc


class AnalyticsRpc(analytics_pb2_grpc.AnalyticsServiceServicer):
    """Serves numbers over time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetUsage(
        self, request: analytics_pb2.GetUsageRequest, context: Context
    ) -> analytics_pb2.Usage:
        """What the organisation sent, received and spent."""
        org_id = identity.current().require_org()
        wanted = _wanted_buckets(request)
        async with self._database.org(org_id) as connection:
            rows = await usage.by_bucket(connection, org_id, wanted)
        return analytics_pb2.Usage(items=[_bucket(row) for row in rows])

    async def GetCampaignAnalytics(
        self, request: analytics_pb2.GetCampaignAnalyticsRequest, context: Context
    ) -> analytics_pb2.CampaignAnalytics:
        """What became of a campaign."""
        org_id, campaign_id = identity.current().require_org(), UUID(request.id)
        zone = _zone(request.time_zone)
        counts = await require_campaign(self._database, org_id, campaign_id)
        answer = fill(analytics_pb2.CampaignAnalytics(), campaign_figures(counts))
        answer.campaign_id = request.id
        answer.series.extend(map(_day, await self._series(org_id, campaign_id, zone)))
        return answer

    async def _series(
        self, org_id: UUID, campaign_id: UUID, zone: ZoneInfo
    ) -> Sequence[RowMapping]:
        async with self._database.org(org_id) as connection:
            span = await usage.span(connection, org_id, campaign_id)
            if span is None:
                return ()
            days = _last_days(*span, zone)
            return await usage.by_bucket(connection, org_id, days, campaign_id)


def _wanted_buckets(request: analytics_pb2.GetUsageRequest) -> list[Bucket]:
    zone = _zone(request.time_zone)
    label = enum_name(analytics_pb2.Granularity.DESCRIPTOR, request.granularity or 1)
    granularity = cast(Granularity, label)
    has_end = request.HasField("to_time")
    end = request.to_time.ToDatetime(UTC) if has_end else datetime.now(UTC)
    try:
        first = default_first(granularity, end, zone)
        if request.HasField("from_time"):
            first = request.from_time.ToDatetime(UTC)
        if first >= end:
            raise InvalidInput.of("to", "must be after from")
        return buckets(granularity, first, end, zone)
    except (TooManyBuckets, OverflowError):
        raise InvalidInput.of(
            "from", f"the range has more than {BUCKETS_AT_MOST} {granularity}s; shorten it"
        ) from None


def _last_days(first: datetime, last: datetime, zone: ZoneInfo) -> Sequence[Bucket]:
    """The days from ``first`` to ``last``, or the last of them where they are too many."""
    end = last + usage.QUARTER
    try:
        return buckets("day", first, end, zone)
    except TooManyBuckets:
        return buckets("day", end - timedelta(days=BUCKETS_AT_MOST - 2), end, zone)


def _zone(name: str) -> ZoneInfo:
    """The zone that was asked for, or the organisation's own. Raises ``InvalidInput``."""
    if name and not is_time_zone(name):
        raise InvalidInput.of("timeZone", "is not a time zone's IANA name, like Europe/Paris")
    return ZoneInfo(name or identity.current().org_time_zone)


def _bucket(row: RowMapping) -> analytics_pb2.UsageBucket:
    return fill(
        analytics_pb2.UsageBucket(),
        {
            "bucket_start": row["starts_at"],
            "sent_count": row["sent"],
            "delivered_count": row["delivered"],
            "failed_count": row["failed"] - row["opted_out"],
            "received_count": row["received"],
            "spent_cents": row["spent_cents"],
        },
    )


def _day(row: RowMapping) -> analytics_pb2.CampaignDay:
    day = {**row, "day_start": row["starts_at"], "failed": row["failed"] - row["opted_out"]}
    return fill(analytics_pb2.CampaignDay(), day)
