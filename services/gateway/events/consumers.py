"""What the gateway hears on the bus."""

from collections.abc import Sequence
from datetime import UTC
from functools import partial
from uuid import UUID

from google.protobuf.json_format import MessageToDict

from servicekit.bus.consumer import Handler, Incoming
from servicekit.bus.inbox import claim
from servicekit.bus.streams import GATEWAY_AUDIT, GATEWAY_SUBACCOUNTS, Consumer
from servicekit.db.database import Database
from services.gateway.storage import audit, orgs, users
from services.gateway.storage.audit import AuditEntry
from smsblaster.audit.v1 import events_pb2 as audit_pb2
from smsblaster.messaging.v1 import events_pb2 as messaging_pb2


def consumers(database: Database) -> Sequence[tuple[Consumer, Handler]]:
    """Each consumer with its handler."""
    return (
        (GATEWAY_AUDIT, partial(keep_audit_events, database)),
        (GATEWAY_SUBACCOUNTS, partial(note_subaccounts, database)),
    )


async def keep_audit_events(database: Database, messages: Sequence[Incoming]) -> None:
    """Keep ``AuditRecorded`` events in the audit log, each once."""
    events = {m.id: audit_pb2.AuditRecorded.FromString(m.payload) for m in messages}
    async with database.system() as connection:
        fresh = await claim(connection, GATEWAY_AUDIT.name, events)
        await audit.record(connection, [_entry(events[id_]) for id_ in sorted(fresh)])


async def note_subaccounts(database: Database, messages: Sequence[Incoming]) -> None:
    """Note new Twilio subaccounts on the profiles of their organisations' users."""
    events = {m.id: messaging_pb2.SubaccountCreated.FromString(m.payload) for m in messages}
    async with database.system() as connection:
        for id_ in await claim(connection, GATEWAY_SUBACCOUNTS.name, events):
            event = events[id_]
            # Whoever joins at this moment copies the subaccount from the others.
            await orgs.lock(connection, UUID(event.org_id))
            await users.set_sub_account(connection, UUID(event.org_id), event.sub_account_sid)


def _entry(event: audit_pb2.AuditRecorded) -> AuditEntry:
    return AuditEntry(
        org_id=UUID(event.org_id),
        actor_user_id=UUID(event.actor_user_id) if event.HasField("actor_user_id") else None,
        action=event.action,
        entity_type=event.entity_type,
        entity_id=event.entity_id,
        meta=MessageToDict(event.meta),
        created_at=event.created_at.ToDatetime(UTC),
    )
