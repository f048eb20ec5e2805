"""Find organisations with messages that should have been claimed by now."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# The query steps through the index from one organisation to the next and reads only the first due
# message of each. So a million waiting messages are not read every two seconds.
_DUE = """
WITH RECURSIVE waiting AS (
  (
    SELECT org_id FROM sms_messages WHERE status = 'pending' AND charged
    ORDER BY org_id LIMIT 1
  )
  UNION ALL
  SELECT following.org_id FROM waiting CROSS JOIN LATERAL (
    SELECT org_id FROM sms_messages
    WHERE status = 'pending' AND charged AND org_id > waiting.org_id
    ORDER BY org_id LIMIT 1
  ) AS following
)
SELECT org_id FROM waiting
WHERE NOT EXISTS (
    SELECT FROM failing_items WHERE job = 'check-credentials' AND item = waiting.org_id::text
  )
  AND NOT EXISTS (
    SELECT FROM left_alone WHERE job = 'send' AND item = waiting.org_id::text
  )
  AND (
    SELECT true FROM sms_messages AS message
    WHERE message.org_id = waiting.org_id AND message.status = 'pending' AND message.charged
      AND message.next_step_at < now() - interval '1 second'
      AND NOT EXISTS (
        SELECT FROM campaign_counts AS campaign
        WHERE campaign.campaign_id = message.campaign_id AND campaign.held
      )
    ORDER BY message.next_step_at LIMIT 1
  )
"""

DUE = text(_DUE)

HAS_DUE = text(f"EXISTS ({_DUE})")


async def organisations(connection: AsyncConnection) -> Sequence[UUID]:
    """List organisations with messages that should have been claimed by now."""
    return (await connection.execute(DUE)).scalars().all()
