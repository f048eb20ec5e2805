"""Notifications: made once for their reason, then sent, by whoever claims them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.tables import notifications

# One statement: of two that find an organisation's balance low, the second one waits for the row
# and then sees that it has been alerted. A daily run may start a little earlier than the day
# before; the alert is then due when the 24 hours are over, instead of a day late.
_ALERT_LOW_BALANCES = text("""
WITH low AS (
  SELECT settings.org_id, coalesce(sum(balance.balance_cents), 0)::bigint AS balance_cents
  FROM billing_settings AS settings
  LEFT JOIN user_balances AS balance ON balance.org_id = settings.org_id
  WHERE settings.min_balance_cents > 0 AND settings.org_id = ANY(CAST(:org_ids AS uuid[]))
  GROUP BY settings.org_id, settings.min_balance_cents
  HAVING coalesce(sum(balance.balance_cents), 0) < settings.min_balance_cents
), alerted AS (
  UPDATE billing_settings AS settings
  SET alerted_at = greatest(now(), settings.alerted_at + interval '24 hours')
  FROM low
  WHERE settings.org_id = low.org_id
    AND (settings.alerted_at IS NULL OR settings.alerted_at <= now() - interval '23 hours')
  RETURNING settings.*, low.balance_cents
)
INSERT INTO notifications (id, org_id, type, due_at, payload)
SELECT uuidv7(), org_id, 'low_balance', alerted_at, jsonb_build_object(
  'org_name', org_name, 'balance_cents', balance_cents, 'min_balance_cents', min_balance_cents,
  'currency', CAST(:currency AS text), 'emails', to_jsonb(notify_emails),
  'sms_alert_to', sms_alert_to
)
FROM alerted
""")

_WATCHED = text("""
SELECT org_id FROM billing_settings
WHERE min_balance_cents > 0 AND NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'alert-low-balances' AND item = billing_settings.org_id::text
)
ORDER BY org_id
""")

# Claimed by moving it into the future: whoever dies with it leaves it for later.
_CLAIM = text("""
UPDATE notifications SET attempts = attempts + 1, due_at = now() + :lease
WHERE id = (
  SELECT id FROM notifications WHERE sent_at IS NULL AND due_at <= now()
  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, org_id, type, payload, attempts, created_at
""")


async def orgs_to_watch(connection: AsyncConnection) -> Sequence[UUID]:
    """Organisations, of all, that want to be told when their money runs low."""
    return (await connection.execute(_WATCHED)).scalars().all()


async def alert_low_balances(
    connection: AsyncConnection, currency: str, org_ids: Sequence[UUID]
) -> int:
    """Make a notification for each of ``org_ids`` whose balances are below its minimum; how many.

    None for one that was alerted within 24 hours.
    """
    parameters = {"currency": currency, "org_ids": list(org_ids)}
    return (await connection.execute(_ALERT_LOW_BALANCES, parameters)).rowcount


async def claim_due(connection: AsyncConnection, lease: timedelta) -> RowMapping | None:
    """A notification to send, of whatever organisation; it comes again after ``lease``."""
    return (await connection.execute(_CLAIM, {"lease": lease})).mappings().first()


async def mark_sent(connection: AsyncConnection, org_id: UUID, notification_id: UUID) -> bool:
    """Note that it was sent; False where that is known already."""
    result = await connection.execute(
        update(notifications)
        .where(
            notifications.c.org_id == org_id,
            notifications.c.id == notification_id,
            notifications.c.sent_at.is_(None),
        )
        .values(sent_at=func.now())
    )
    return result.rowcount == 1


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """``limit`` notifications of the organisation, newest first, older than ``before``."""
    query = (
        select(notifications)
        .where(notifications.c.org_id == org_id)
        .order_by(notifications.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(notifications.c.id < before)
    return (await connection.execute(query)).mappings().all()
