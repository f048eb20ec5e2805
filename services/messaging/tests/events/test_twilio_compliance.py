"""Compliance events end in the audit log, each once."""

import json
from uuid import uuid4

from sqlalchemy import text

from servicekit.db.database import Database
from services.messaging.tests.organisation import Organisation
from smsblaster.audit.v1 import events_pb2 as audit_pb2
from smsblaster.webhooks.v1 import events_pb2


async def audited(database: Database, org_id: str) -> list[audit_pb2.AuditRecorded]:
    async with database.system() as connection:
        rows = await connection.execute(
            text("SELECT payload FROM outbox WHERE subject = 'event.messaging.audit'")
        )
        found = [audit_pb2.AuditRecorded.FromString(row.payload) for row in rows]
    return [r for r in found if r.org_id == org_id and r.action == "twilio_compliance_event"]


async def test_an_event_is_audited_once(
    bare_organisation: Organisation, database: Database
) -> None:
    event = {"id": "EZ1", "type": "brand-registration.brand-failure", "data": {"brandsid": "BN1"}}
    org_id = str(bare_organisation.org_id)
    webhook = events_pb2.WebhookReceived(
        id=str(uuid4()), org_id=org_id, body=json.dumps(event).encode()
    )
    for _ in range(3):
        await bare_organisation.deliver("webhook.twilio.compliance", [webhook])
    [recorded] = await audited(database, org_id)
    assert (recorded.entity_type, recorded.entity_id) == (event["type"], "EZ1")
    assert json.loads(str(recorded.meta["data"])) == {"brandsid": "BN1"}
