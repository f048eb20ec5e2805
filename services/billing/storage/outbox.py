"""Write bus events and audit entries to the outbox, in the transaction of their change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.audit import Act, record
from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from services.billing.domain.low_balance import LowBalance, low_balance_text
from services.billing.storage.alerts import Alert
from services.billing.storage.customer_events import tell_low_balance
from smsblaster.billing.v1 import events_pb2
from smsblaster.webhooks.v1 import events_pb2 as webhook_events_pb2


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An action of the caller on ``entity`` (its type and id). ``meta`` must hold no secrets."""

    org_id: UUID
    action: str
    entity: tuple[str, str]
    meta: Mapping[str, Any]


async def audit(connection: AsyncConnection, entry: AuditEntry) -> None:
    """Publish an audit entry with the caller as its actor."""
    actor = identity.current().require_user()
    act = Act(entry.org_id, actor, entry.action, entry.entity, entry.meta)
    await record(connection, "billing", act)


async def announce_low_balance(
    connection: AsyncConnection, alert: Alert, low: LowBalance, payer: UUID | None
) -> None:
    """Announce a low balance. Messaging sends a text if there is a ``payer``."""
    text = None
    if payer and low.sms_alert_to:
        text = events_pb2.LowBalanceText(
            to=low.sms_alert_to, payer_user_id=str(payer), body=low_balance_text(low)
        )
    event = events_pb2.LowBalance(
        notification_id=str(alert.id),
        org_id=str(alert.org_id),
        balance_cents=low.balance_cents,
        min_balance_cents=low.min_balance_cents,
        currency=low.currency,
        text=text,
    )
    event.created_at.FromDatetime(alert.created_at)
    await announce(connection, (subjects.LOW_BALANCE, event))
    await tell_low_balance(connection, alert.org_id, low)


async def announce_webhook_handled(connection: AsyncConnection, webhook_id: str) -> None:
    """Publish, when this transaction has committed, that a webhook was handled."""
    outcome = webhook_events_pb2.WebhookOutcome(id=webhook_id, success=True)
    event = webhook_events_pb2.WebhooksHandled(outcomes=[outcome])
    await announce(connection, (subjects.webhook_handled("billing"), event))
