"""Queue mails to owners about webhook endpoints."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import inbox
from servicekit.bus.streams import GATEWAY_WEBHOOK_NOTICES

_QUEUE = text("""
INSERT INTO mails (id, org_id, kind, user_id)
SELECT gen_random_uuid(), users.org_id, :kind, users.id
FROM users JOIN user_profiles ON user_profiles.user_id = users.id
WHERE users.org_id = :org_id AND users.status = 'active' AND user_profiles.role = 'owner'
""")


async def queue_once(connection: AsyncConnection, told: Sequence[tuple[str, UUID, str]]) -> None:
    """Queue a mail to each owner of an organisation, once for each message of the bus.

    Args:
        connection: A transaction of the system scope.
        told: The id of a message of the bus, the organisation and the kind of mail.
    """
    consumer = GATEWAY_WEBHOOK_NOTICES.name
    fresh = await inbox.claim(connection, consumer, [message_id for message_id, _, _ in told])
    for message_id, org_id, kind in told:
        if message_id in fresh:
            await connection.execute(_QUEUE, {"kind": kind, "org_id": org_id})
