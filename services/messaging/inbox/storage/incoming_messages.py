"""Store incoming texts."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.inbox.domain.incoming_message import Inbound

_RECEIVE = text("""
INSERT INTO sms_messages
  (id, org_id, contact_id, to_number, from_number, body, direction, status, segments, price_cents,
   provider_sid, next_step_at, created_at, media_count, media_types,
   media_urls)
VALUES
  (:id, :org_id, :contact_id, :to, :from, :body, 'in', 'received', :segments, 0,
   :provider_sid, 'infinity', :received_at, :media_count, CAST(:media_types AS text[]),
   CAST(:media_urls AS text[]))
ON CONFLICT (provider_sid) WHERE provider_sid IS NOT NULL DO NOTHING
""")

# The text that an inbound one answers: the last that a campaign sent to the contact.
_MARK_REPLIED = text("""
UPDATE sms_messages SET replied_at = now()
WHERE org_id = :org_id AND replied_at IS NULL AND id = (
  SELECT id FROM sms_messages
  WHERE org_id = :org_id AND contact_id = :contact_id AND direction = 'out'
    AND campaign_id IS NOT NULL AND status NOT IN ('pending', 'sending', 'failed', 'cancelled')
  ORDER BY id DESC LIMIT 1
)
RETURNING campaign_id
""")


async def receive(
    connection: AsyncConnection, org_id: UUID, message_id: UUID, contact_id: UUID, inbound: Inbound
) -> bool:
    """Store an incoming text; False where its SID is known already."""
    result = await connection.execute(
        _RECEIVE,
        {
            "id": message_id,
            "org_id": org_id,
            "contact_id": contact_id,
            "to": inbound.to,
            "from": inbound.sender.address,
            "body": inbound.body,
            "segments": inbound.segments,
            "provider_sid": inbound.provider_sid,
            "received_at": inbound.received_at,
            "media_count": inbound.attachments.count,
            "media_types": list(inbound.attachments.types),
            "media_urls": list(inbound.attachments.urls),
        },
    )
    return result.rowcount == 1


async def mark_replied(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> UUID | None:
    """Note that a contact answered the last campaign text; the campaign, at its first answer."""
    campaign_id: UUID | None = await connection.scalar(
        _MARK_REPLIED, {"org_id": org_id, "contact_id": contact_id}
    )
    return campaign_id
