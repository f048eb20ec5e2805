"""The gateway's bus consumers."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from google.protobuf.json_format import MessageToDict

from servicekit.bus.consumer import Handler, Incoming
from servicekit.bus.streams import (
    GATEWAY_AUDIT,
    GATEWAY_SUBACCOUNTS,
    GATEWAY_WEBHOOK_NOTICES,
    Consumer,
)
from servicekit.db.database import Database
from services.gateway.storage.audit import AuditEntry
from services.gateway.usecases.audit_log import AuditLog
from services.gateway.usecases.mail_about_webhooks import MailAboutWebhooks
from services.gateway.usecases.store_subaccounts import NewSubaccount, StoreSubaccounts
from smsblaster.audit.v1 import events_pb2 as audit_pb2
from smsblaster.billing.v1 import events_pb2 as billing_pb2
from smsblaster.messaging.v1 import events_pb2 as messaging_pb2


def consumers(database: Database) -> Sequence[tuple[Consumer, Handler]]:
    """Return the gateway's consumers, each with its handler."""
    return (
        (GATEWAY_AUDIT, AuditEvents(AuditLog(database)).handle),
        (GATEWAY_SUBACCOUNTS, Subaccounts(StoreSubaccounts(database)).handle),
        (GATEWAY_WEBHOOK_NOTICES, WebhookNotices(MailAboutWebhooks(database)).handle),
    )


class AuditEvents:
    """Consumes ``event.*.audit``: stores the audit entries of all services."""

    def __init__(self, audit_log: AuditLog) -> None:
        self._audit_log = audit_log

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Record the audit entries that a batch of bus events contains."""
        await self._audit_log.record_events({m.id: _entry(m.payload) for m in batch})


class Subaccounts:
    """Consumes ``event.messaging.subaccount_created``: stores the subaccounts' ids."""

    def __init__(self, subaccounts: StoreSubaccounts) -> None:
        self._subaccounts = subaccounts

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Store the subaccounts that a batch of bus events announces."""
        await self._subaccounts.store({m.id: _subaccount(m.payload) for m in batch})


class WebhookNotices:
    """Consumes ``event.webhooks.notice``: mails owners about their webhook endpoints."""

    def __init__(self, mails: MailAboutWebhooks) -> None:
        self._mails = mails

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Queue mails to the owners about the notices in a batch of bus events."""
        told = [(m.id, billing_pb2.Noticed.FromString(m.payload)) for m in batch]
        await self._mails.queue([(id_, UUID(n.org_id), n.type) for id_, n in told])


def _entry(payload: bytes) -> AuditEntry:
    event = audit_pb2.AuditRecorded.FromString(payload)
    return AuditEntry(
        org_id=UUID(event.org_id),
        actor_user_id=UUID(event.actor_user_id) if event.HasField("actor_user_id") else None,
        action=event.action,
        entity_type=event.entity_type,
        entity_id=event.entity_id,
        meta=MessageToDict(event.meta),
        created_at=event.created_at.ToDatetime(UTC),
    )


def _subaccount(payload: bytes) -> NewSubaccount:
    event = messaging_pb2.SubaccountCreated.FromString(payload)
    return NewSubaccount(UUID(event.org_id), event.sub_account_sid)
