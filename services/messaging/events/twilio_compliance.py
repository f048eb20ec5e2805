"""Twilio's compliance events: written to the audit log as they come."""

import json
from collections.abc import Sequence
from uuid import UUID

from servicekit.bus import inbox
from servicekit.bus.consumer import Incoming
from servicekit.bus.outbox import announce
from servicekit.bus.streams import MESSAGING_COMPLIANCE
from servicekit.db.database import Database
from servicekit.identity import Identity, acting_as
from services.messaging.events.outcomes import handled
from services.messaging.usecases.audit import audit
from smsblaster.webhooks.v1 import events_pb2


class TwilioCompliance:
    """Consumes ``webhook.twilio.compliance``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Write the events of ``batch`` to the audit log, each once."""
        webhooks = {m.id: events_pb2.WebhookReceived.FromString(m.payload) for m in batch}
        async with self._database.system() as connection:
            for fresh in await inbox.claim(connection, MESSAGING_COMPLIANCE.name, webhooks):
                webhook = webhooks[fresh]
                kind, entity_id, data = _told(webhook)
                with acting_as(Identity("messaging", UUID(webhook.org_id))):
                    await audit(connection, "twilio_compliance_event", kind, entity_id, data=data)
            await announce(connection, handled(webhooks.values()))


def _told(webhook: events_pb2.WebhookReceived) -> tuple[str, str, str]:
    """What an event is about: its type, its id, and its data as JSON."""
    if not webhook.body:  # the status callback of a customer profile or trust product
        form = dict(webhook.form)
        return "trust_hub_status", form.get("BundleSid", webhook.id), json.dumps(form)
    event = json.loads(webhook.body)
    return str(event["type"]), str(event["id"]), json.dumps(event.get("data"))
