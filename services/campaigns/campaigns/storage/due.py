"""Find how many campaigns run, and whether one should have started by now."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_DUE = text("""
SELECT (
    SELECT count(*) FROM sms_campaigns
    WHERE status = 'running' AND uuid_extract_version(org_id) IS DISTINCT FROM 8
  ) AS running,
  coalesce(extract(epoch FROM clock_timestamp() - (
    SELECT min(schedule_at) FROM sms_campaigns
    WHERE status = 'scheduled' AND deleted_at IS NULL AND schedule_at <= now()
      AND uuid_extract_version(org_id) IS DISTINCT FROM 8
  )), 0) AS overdue
""")


@dataclass(frozen=True, slots=True)
class Due:
    """How many campaigns of live organisations run, and how late the most overdue start is."""

    running: int
    overdue_seconds: float


async def of_all(connection: AsyncConnection) -> Due:
    """Count the running campaigns of live organisations, and find the most overdue start.

    The ids of test organisations, which are left out, have version 8.
    """
    row = (await connection.execute(_DUE)).one()
    return Due(row.running, float(row.overdue))
