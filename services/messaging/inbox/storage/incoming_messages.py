"""Store incoming messages."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.inbox.domain.incoming_message import IncomingMessage

_STORE = text("""
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

# An incoming message counts as the answer to the last campaign message to the contact.
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

_MARK_OPTED_OUT = text("""
UPDATE sms_messages SET opted_out_at = now()
WHERE org_id = :org_id AND opted_out_at IS NULL AND id = (
  SELECT id FROM sms_messages
  WHERE org_id = :org_id AND contact_id = :contact_id AND direction = 'out'
    AND campaign_id IS NOT NULL AND status NOT IN ('pending', 'sending', 'failed', 'cancelled')
  ORDER BY id DESC LIMIT 1
)
RETURNING campaign_id
""")


async def store(
    connection: AsyncConnection,
    org_id: UUID,
    message_id: UUID,
    contact_id: UUID,
    message: IncomingMessage,
) -> bool:
    """Store an incoming message. Return False if it is already stored."""
    result = await connection.execute(
        _STORE,
        {
            "id": message_id,
            "org_id": org_id,
            "contact_id": contact_id,
            "to": message.to,
            "from": message.from_address.value,
            "body": message.body,
            "segments": message.segments,
            "provider_sid": message.provider_sid,
            "received_at": message.received_at,
            "media_count": message.attachments.count,
            "media_types": list(message.attachments.types),
            "media_urls": list(message.attachments.urls),
        },
    )
    return result.rowcount == 1


async def mark_replied(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> UUID | None:
    """Mark the last campaign message to a contact as answered.

    Returns:
        The campaign, if this is the first answer to its message.
    """
    campaign_id: UUID | None = await connection.scalar(
        _MARK_REPLIED, {"org_id": org_id, "contact_id": contact_id}
    )
    return campaign_id


async def mark_opted_out(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID
) -> UUID | None:
    """Mark the last campaign message to a contact as answered with an opt-out.

    Returns:
        The campaign, if this is the first opt-out that answers its message.
    """
    campaign_id: UUID | None = await connection.scalar(
        _MARK_OPTED_OUT, {"org_id": org_id, "contact_id": contact_id}
    )
    return campaign_id
