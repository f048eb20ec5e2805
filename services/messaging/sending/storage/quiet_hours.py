"""Sending windows, and messages that were claimed outside of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.domain.quiet_hours import QuietHours, parse_quiet_hours
from services.messaging.sending.storage.quiet_hours_tables import quiet_hours

# The bucket of its rate, which whoever claims locks first.
_LOCK_OUT = text("SELECT FROM send_limits WHERE org_id = :org_id FOR UPDATE")

# What they took of the organisation's rate is given back: nothing was sent for it.
_PUT_BACK = text("""
WITH waiting AS (
  UPDATE sms_messages AS message
  SET status = 'pending', attempts = attempts - 1, next_step_at = early.opens_at
  FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[])) AS early (id, opens_at)
  WHERE message.id = early.id AND message.id = ANY(CAST(:ids AS uuid[]))
    AND message.org_id = :org_id AND message.status = 'sending'
  RETURNING message.segments
)
UPDATE send_limits SET tokens = tokens + (SELECT coalesce(sum(segments), 0) FROM waiting)
WHERE org_id = :org_id
""")

# Not what is held back, whose time is infinite.
_HASTEN = text("""
UPDATE sms_messages SET next_step_at = now()
WHERE org_id = :org_id AND status = 'pending' AND charged AND campaign_id IS NOT NULL
  AND next_step_at > now() AND next_step_at < 'infinity'
""")


async def find(connection: AsyncConnection, org_id: UUID) -> RowMapping | None:
    """The organisation's windows as they were written; None where it has set none."""
    query = select(quiet_hours).where(quiet_hours.c.org_id == org_id)
    return (await connection.execute(query)).mappings().first()


async def of_org(connection: AsyncConnection, org_id: UUID) -> QuietHours:
    """The organisation's windows; not enabled where it has set none."""
    row = await find(connection, org_id)
    if row is None or not row["enabled"]:
        return QuietHours()
    return parse_quiet_hours(row["enabled"], row["windows"], row["default_time_zone"])


async def lock_senders_out(connection: AsyncConnection, org_id: UUID) -> None:
    """Let nobody claim the organisation's messages until this transaction ends.

    A sender that has read the old windows has committed what it put back for them then.
    """
    await connection.execute(_LOCK_OUT, {"org_id": org_id})


async def put(
    connection: AsyncConnection,
    org_id: UUID,
    enabled: bool,
    windows: Sequence[Mapping[str, Any]],
    default_time_zone: str,
) -> RowMapping:
    """Set the organisation's windows; how they stand now."""
    values = {"enabled": enabled, "windows": windows, "default_time_zone": default_time_zone}
    statement = (
        insert(quiet_hours)
        .values(org_id=org_id, **values)
        .on_conflict_do_update(
            index_elements=[quiet_hours.c.org_id], set_={**values, "updated_at": func.now()}
        )
        .returning(quiet_hours)
    )
    row: RowMapping = (await connection.execute(statement)).mappings().one()
    return row


async def put_back(
    connection: AsyncConnection, org_id: UUID, early: Mapping[UUID, datetime]
) -> None:
    """Let claimed messages wait, each until its time, as if they had not been claimed.

    In the transaction of the claim, so that no crash leaves them in a sender's hands.
    """
    await connection.execute(
        _PUT_BACK, {"org_id": org_id, "ids": list(early), "times": list(early.values())}
    )


async def hasten(connection: AsyncConnection, org_id: UUID) -> None:
    """Look at once at what waits for a window: the windows have changed."""
    await connection.execute(_HASTEN, {"org_id": org_id})
