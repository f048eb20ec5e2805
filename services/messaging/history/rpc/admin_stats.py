"""`AdminStatsService`: statistics of the whole platform, for operators."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cachetools import TTLCache

from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.accounts.storage import subaccounts
from services.messaging.history.domain.buckets import buckets, default_first
from services.messaging.history.storage import usage
from services.messaging.history.storage.usage import PlatformDay, PlatformTotal, UsageSums
from smsblaster.messaging.v1 import admin_stats_pb2, admin_stats_pb2_grpc

_CACHE_SECONDS = 300.0
_PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class _CachedStats:
    stats: admin_stats_pb2.AdminStats
    computed_at: float


class AdminStatsRpc(admin_stats_pb2_grpc.AdminStatsServiceServicer):
    """Serves statistics of the whole platform. They are computed at most every five minutes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: TTLCache[str, _CachedStats] = TTLCache(1, _CACHE_SECONDS)
        self._one_at_a_time = asyncio.Lock()

    async def GetStats(
        self, request: admin_stats_pb2.GetStatsRequest, context: Context
    ) -> admin_stats_pb2.AdminStats:
        """Return the statistics of the platform."""
        async with self._one_at_a_time:
            cached = self._cache.get(_PLATFORM)
            if cached is None:
                cached = _CachedStats(await self._compute(), time.monotonic())
                self._cache[_PLATFORM] = cached
        stats = admin_stats_pb2.AdminStats()
        stats.CopyFrom(cached.stats)
        stats.age_seconds = int(time.monotonic() - cached.computed_at)
        return stats

    async def ListOrganisationUsage(
        self, request: admin_stats_pb2.ListOrganisationUsageRequest, context: Context
    ) -> admin_stats_pb2.ListOrganisationUsageResponse:
        """Return how much organisations sent, received and spent in the last 30 days."""
        ids = [*map(UUID, request.org_ids)]
        since = default_first("day", datetime.now(UTC), UTC)
        async with self._database.system() as connection:
            sums = await usage.of_organisations(connection, ids, since)
            states = await subaccounts.statuses(connection, ids)
        return admin_stats_pb2.ListOrganisationUsageResponse(
            items=[_usage(org_id, sums.get(org_id), states.get(org_id)) for org_id in ids]
        )

    async def _compute(self) -> admin_stats_pb2.AdminStats:
        now = datetime.now(UTC)
        since = default_first("day", now + timedelta(microseconds=1), UTC)
        async with self._database.system() as connection:
            days, total = await usage.of_platform(connection, since)
        return _stats(days, total, now, since)


def _stats(
    days: Sequence[PlatformDay], total: PlatformTotal, now: datetime, since: datetime
) -> admin_stats_pb2.AdminStats:
    found = {day.sums.starts_at: day for day in days}
    stats = admin_stats_pb2.AdminStats(
        days=[_day(start, found.get(start)) for start, _ in buckets("day", since, now, UTC)],
        total_spent_cents=total.spent_cents,
        organisations_sending=total.organisations_sending,
    )
    stats.sent = sum(day.sent for day in stats.days)
    stats.failed = sum(day.failed for day in stats.days)
    stats.spent_cents = sum(day.spent_cents for day in stats.days)
    stats.as_of.FromDatetime(now)
    return stats


def _usage(
    org_id: UUID, sums: UsageSums | None, status: str | None
) -> admin_stats_pb2.OrganisationUsage:
    answer = admin_stats_pb2.OrganisationUsage(org_id=str(org_id))
    if sums:
        fill(answer, sums, failed=sums.failures)
    return fill(answer, {"account": status})


def _day(start: datetime, day: PlatformDay | None) -> admin_stats_pb2.AdminDay:
    message = admin_stats_pb2.AdminDay()
    message.day_start.FromDatetime(start)
    if day:
        fill(message, day.sums, failed=day.sums.failures)
        message.organisations_sending = day.organisations_sending
    return message
