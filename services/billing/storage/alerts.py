"""Alerts, stored in the table ``notifications``: created once per cause, claimed and sent."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.billing.domain.automatic_topups import TopUpFailure
from services.billing.domain.low_balance import LowBalance
from services.billing.domain.number_alerts import NumberAlert
from services.billing.storage import number_alerts
from services.billing.storage.tables import notifications

Content = TypeVar("Content", LowBalance, TopUpFailure)

# One statement, so that two runs at the same time create only one alert, because the second run
# waits for the row lock and then sees the new alerted_at. A daily run may start a little earlier
# than the run of the day before. Then its alert is created at once, and is due when the 24 hours
# are over.
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
RETURNING org_id
""")

# The balance of a test organisation (an id of version 8) is never low.
_ORGS_TO_WATCH = text("""
SELECT org_id FROM billing_settings
WHERE min_balance_cents > 0 AND uuid_extract_version(org_id) IS DISTINCT FROM 8
  AND NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'alert-low-balances' AND item = billing_settings.org_id::text
)
ORDER BY org_id
""")

# Claiming moves the due time into the future, so after a crash the alert becomes due again.
_CLAIM = text("""
UPDATE notifications SET attempts = attempts + 1, due_at = now() + :lease
WHERE id = (
  SELECT id FROM notifications WHERE sent_at IS NULL AND due_at <= now()
  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, org_id, type, payload, attempts, sent_at, created_at
""")


@dataclass(frozen=True, slots=True)
class Alert:
    """A stored alert. ``details`` is its JSON payload, whose form depends on ``type``."""

    id: UUID
    org_id: UUID
    type: str
    details: Mapping[str, Any]
    attempts: int
    sent_at: datetime | None
    created_at: datetime

    def content(self) -> LowBalance | TopUpFailure | NumberAlert:
        """Return the alert that is stored as JSON. Raises ``KeyError`` if a field is missing."""
        if self.type == "low_balance":
            return _read(LowBalance, self.details)
        if self.type == "automatic_topup_failed":
            return _read(TopUpFailure, self.details)
        return number_alerts.read(self.type, self.details)


async def orgs_to_watch(connection: AsyncConnection) -> Sequence[UUID]:
    """Load the ids of all organisations that have a minimum balance."""
    return (await connection.execute(_ORGS_TO_WATCH)).scalars().all()


async def alert_low_balances(
    connection: AsyncConnection, currency: str, org_ids: Sequence[UUID]
) -> int:
    """Create an alert for each organisation whose balances are below its minimum.

    Organisations that were alerted within the last 24 hours are left out. Returns the number of
    alerts created.
    """
    parameters = {"currency": currency, "org_ids": list(org_ids)}
    alerted = (await connection.execute(_ALERT_LOW_BALANCES, parameters)).scalars().all()
    note(connection, *(Hint(org_id, Topic.NOTIFICATION) for org_id in alerted))
    return len(alerted)


async def add_topup_failure(
    connection: AsyncConnection, org_id: UUID, failure: TopUpFailure
) -> None:
    """Store the alert about an automatic top-up that failed, to be sent at once."""
    await connection.execute(
        insert(notifications).values(
            id=new_id(),
            org_id=org_id,
            type="automatic_topup_failed",
            payload=asdict(failure),
            due_at=func.now(),
        )
    )
    note(connection, Hint(org_id, Topic.NOTIFICATION))


async def claim_due(connection: AsyncConnection, lease: timedelta) -> Alert | None:
    """Claim an alert that is due, of any organisation. Returns None if there is none.

    If the alert is not marked as sent, it is due again after ``lease``.
    """
    row = (await connection.execute(_CLAIM, {"lease": lease})).first()
    return Alert(*row) if row else None


async def mark_sent(connection: AsyncConnection, org_id: UUID, alert_id: UUID) -> bool:
    """Mark an alert as sent. Returns False if it was marked before."""
    result = await connection.execute(
        update(notifications)
        .where(
            notifications.c.org_id == org_id,
            notifications.c.id == alert_id,
            notifications.c.sent_at.is_(None),
        )
        .values(sent_at=func.now())
    )
    return result.rowcount == 1


def _read(kind: type[Content], details: Mapping[str, Any]) -> Content:
    values = {field.name: details[field.name] for field in fields(kind)}
    return kind(**{**values, "emails": tuple(values["emails"])})
