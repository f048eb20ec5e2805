"""The status of the last message of each conversation, and how many messages there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MAX_COUNT = 1000
"""Maximum to which the messages of a conversation are counted."""

# A campaign's message is counted, but is never the last message that is shown. Each conversation
# reads only its own part of the index ix_sms_messages_thread.
_DETAILS = text("""
SELECT conversation.contact_id, newest.direction, newest.status, newest.error_code, counted.messages
FROM unnest(CAST(:contact_ids AS uuid[])) AS conversation (contact_id)
LEFT JOIN LATERAL (
  SELECT direction, status, error_code FROM sms_messages
  WHERE org_id = :org_id AND contact_id = conversation.contact_id AND campaign_id IS NULL
  ORDER BY id DESC LIMIT 1
) AS newest ON true
CROSS JOIN LATERAL (
  SELECT count(*) AS messages FROM (
    SELECT FROM sms_messages
    WHERE org_id = :org_id AND contact_id = conversation.contact_id
    LIMIT :most
  ) AS message
) AS counted
""")


@dataclass(frozen=True, slots=True)
class LastMessage:
    """The last message of a conversation, and how many messages the conversation has.

    The fields are None if the message was archived or deleted. `messages` is the count of messages,
    at most `MAX_COUNT`.
    """

    direction: str | None
    status: str | None
    error_code: int | None
    messages: int


async def last_messages(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
) -> Mapping[UUID, LastMessage]:
    """Return the last message of each conversation by contact id, in one statement."""
    parameters = {"org_id": org_id, "contact_ids": list(contact_ids), "most": MAX_COUNT}
    rows = await connection.execute(_DETAILS, parameters)
    return {
        row.contact_id: LastMessage(row.direction, row.status, row.error_code, row.messages)
        for row in rows
    }
