"""`AnalyticsService`: what an organisation or a campaign sent, received and spent."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.server import Context
from servicekit.time_zones import time_zone_named
from services.messaging.history.domain.buckets import (
    MAX_BUCKETS,
    Bucket,
    Granularity,
    TooManyBuckets,
    buckets,
    default_first,
)
from services.messaging.history.domain.campaign_figures import campaign_figures
from services.messaging.history.storage import usage
from services.messaging.history.storage.usage import UsageSums
from services.messaging.history.support.known_ids import require_campaign
from smsblaster.messaging.v1 import analytics_pb2, analytics_pb2_grpc


class AnalyticsRpc(analytics_pb2_grpc.AnalyticsServiceServicer):
    """Serves figures of organisations and campaigns over time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetUsage(
        self, request: analytics_pb2.GetUsageRequest, context: Context
    ) -> analytics_pb2.Usage:
        """Return what the organisation sent, received and spent per day, week or month."""
        org_id = identity.current().require_org()
        wanted = _wanted_buckets(request)
        async with self._database.org(org_id) as connection:
            sums = await usage.by_bucket(connection, org_id, wanted)
        return analytics_pb2.Usage(items=map(_bucket, sums))

    async def GetCampaignAnalytics(
        self, request: analytics_pb2.GetCampaignAnalyticsRequest, context: Context
    ) -> analytics_pb2.CampaignAnalytics:
        """Return the figures of a campaign, in total and by day."""
        org_id, campaign_id = identity.current().require_org(), UUID(request.id)
        zone = _zone(request.time_zone)
        counts = await require_campaign(self._database, org_id, campaign_id)
        answer = fill(analytics_pb2.CampaignAnalytics(), campaign_figures(counts))
        answer.campaign_id = request.id
        answer.series.extend(map(_day, await self._series(org_id, campaign_id, zone)))
        return answer

    async def _series(self, org_id: UUID, campaign_id: UUID, zone: ZoneInfo) -> Sequence[UsageSums]:
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
            raise InvalidInput.of("to", "must be later than `from`")
        return buckets(granularity, first, end, zone)
    except (TooManyBuckets, OverflowError):
        raise InvalidInput.of(
            "from", f"the range has more than {MAX_BUCKETS} {granularity}s; choose a shorter one"
        ) from None


def _last_days(first: datetime, last: datetime, zone: ZoneInfo) -> Sequence[Bucket]:
    """Return the days from `first` to `last`. If there are too many, return the latest of them."""
    end = last + usage.QUARTER
    try:
        return buckets("day", first, end, zone)
    except TooManyBuckets:
        return buckets("day", end - timedelta(days=MAX_BUCKETS - 2), end, zone)


def _zone(name: str) -> ZoneInfo:
    """Return the time zone called `name`, or the organisation's if `name` is empty."""
    zone = time_zone_named(name or identity.current().org_time_zone)
    if zone is None:
        raise InvalidInput.of("timeZone", "must be an IANA time zone such as Europe/Paris")
    return ZoneInfo(zone)


def _bucket(sums: UsageSums) -> analytics_pb2.UsageBucket:
    bucket = analytics_pb2.UsageBucket(
        sent_count=sums.sent,
        delivered_count=sums.delivered,
        failed_count=sums.failures,
        received_count=sums.received,
        spent_cents=sums.spent_cents,
    )
    bucket.bucket_start.FromDatetime(sums.starts_at)
    return bucket


def _day(sums: UsageSums) -> analytics_pb2.CampaignDay:
    return fill(analytics_pb2.CampaignDay(), sums, day_start=sums.starts_at, failed=sums.failures)
