"""Handle Twilio's compliance events: write audit entries and apply the decisions.

Events arrive in any order and may be repeated; see ``domain/reviews.py``.
"""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import inbox
from servicekit.bus.consumer import Incoming
from servicekit.bus.outbox import announce
from servicekit.bus.streams import MESSAGING_COMPLIANCE
from servicekit.db.database import Database
from servicekit.identity import Identity, acting_as
from servicekit.text import storable_json
from services.messaging.common.events.outcomes import webhooks_handled
from services.messaging.common.support.audit import audit
from services.messaging.registration.domain import compliance_events
from services.messaging.registration.storage import a2p_brands
from services.messaging.registration.support.review_decisions import decide
from smsblaster.webhooks.v1 import events_pb2


class TwilioCompliance:
    """Consumes ``webhook.twilio.compliance``: Twilio's decisions about registrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Apply each compliance event of a batch once."""
        webhooks = {m.id: events_pb2.WebhookReceived.FromString(m.payload) for m in batch}
        async with self._database.system() as connection:
            for fresh in await inbox.claim(connection, MESSAGING_COMPLIANCE.name, webhooks):
                webhook = webhooks[fresh]
                with acting_as(Identity("messaging", UUID(webhook.org_id))):
                    await _apply(connection, webhook)
            await announce(connection, webhooks_handled(webhooks.values()))


async def _apply(connection: AsyncConnection, webhook: events_pb2.WebhookReceived) -> None:
    org_id = UUID(webhook.org_id)
    if not webhook.body:  # it is the status callback of a customer profile or trust product
        form = storable_json(dict(webhook.form))
        await _audit(connection, "trust_hub_status", form.get("BundleSid", webhook.id), form)
        await a2p_brands.poll_soon(connection, org_id)
        return
    event = storable_json(json.loads(webhook.body))
    await _audit(connection, str(event["type"]), str(event["id"]), event.get("data"))
    update = compliance_events.read_event(event)
    if update:
        await decide(connection, org_id, update)


async def _audit(connection: AsyncConnection, kind: str, entity_id: str, data: object) -> None:
    await audit(connection, "twilio_compliance_event", kind, entity_id, data=json.dumps(data))
