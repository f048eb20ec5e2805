"""``AdminStatsService``."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.history.domain.buckets import buckets, default_first
from services.messaging.sending.storage import usage
from smsblaster.messaging.v1 import admin_stats_pb2, admin_stats_pb2_grpc

_KEPT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class _Kept:
    stats: admin_stats_pb2.AdminStats
    gathered: float


class AdminStatsRpc(admin_stats_pb2_grpc.AdminStatsServiceServicer):
    """Serves the platform in numbers, gathered every five minutes at the most."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: _Kept | None = None
        self._one_at_a_time = asyncio.Lock()

    async def GetStats(
        self, request: admin_stats_pb2.GetStatsRequest, context: Context
    ) -> admin_stats_pb2.AdminStats:
        """The platform in numbers."""
        async with self._one_at_a_time:
            kept = self._kept
            if kept is None or time.monotonic() - kept.gathered > _KEPT_SECONDS:
                kept = self._kept = _Kept(await self._gather(), time.monotonic())
        stats = admin_stats_pb2.AdminStats()
        stats.CopyFrom(kept.stats)
        stats.age_seconds = int(time.monotonic() - kept.gathered)
        return stats

    async def _gather(self) -> admin_stats_pb2.AdminStats:
        now = datetime.now(UTC)
        since = default_first("day", now + timedelta(microseconds=1), UTC)
        async with self._database.system() as connection:
            days, total = await usage.of_platform(connection, since)
        return _stats(days, total, now, since)


def _stats(
    days: Sequence[RowMapping], total: RowMapping, now: datetime, since: datetime
) -> admin_stats_pb2.AdminStats:
    found = {row["starts_at"]: row for row in days}
    stats = admin_stats_pb2.AdminStats(
        days=[_day(start, found.get(start)) for start, _ in buckets("day", since, now, UTC)],
        total_spent_cents=total["spent_cents"],
        organisations_sending=total["organisations_sending"],
    )
    stats.sent = sum(day.sent for day in stats.days)
    stats.failed = sum(day.failed for day in stats.days)
    stats.spent_cents = sum(day.spent_cents for day in stats.days)
    stats.as_of.FromDatetime(now)
    return stats


def _day(start: datetime, row: RowMapping | None) -> admin_stats_pb2.AdminDay:
    counts = {**row, "failed": row["failed"] - row["opted_out"]} if row else {}
    return fill(admin_stats_pb2.AdminDay(), {**counts, "day_start": start})
