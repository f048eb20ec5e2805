"""Messages about which Twilio is to be asked: those of unknown fate, and those without news."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.segments import smart_encode
from services.messaging.storage.counts import Move

# Taking them moves their next step on, so that no two replicas ask about the same message.
_TAKE = text("""
UPDATE sms_messages SET next_step_at = now() + make_interval(secs => :again)
WHERE id IN (
  SELECT id FROM sms_messages
  WHERE status = ANY(CAST(:statuses AS text[])) AND next_step_at < now()
    AND created_at > now() - interval '7 days'
    AND status IN ('sending', 'unknown', 'queued', 'sent')
  ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING id, org_id, status, to_number, body, smart_encoded, provider_sid, attempts,
  coalesce(attempted_at, created_at) AS attempted_at,
  -- No request for it has begun since then.
  now() - status_updated_at > make_interval(secs => :horizon) AS past_horizon,
  event_id IS NOT NULL OR raw_payload IS NOT NULL AS keeps_payload
""")

_CLAIMED_SIDS = text("""
SELECT provider_sid FROM sms_messages
WHERE org_id = :org_id AND provider_sid = ANY(CAST(:sids AS text[]))
""")

_SEND_AGAIN = text("""
UPDATE sms_messages SET status = 'pending', next_step_at = now(), status_updated_at = now()
WHERE id = :id AND org_id = :org_id AND status = 'unknown' AND attempts = :attempts
RETURNING campaign_id
""")


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message to ask about. ``past_horizon``: Twilio has had all the time it needs to list it.

    ``attempts``: how often it had been tried. ``keeps_payload``: of the last callback, itself.
    """

    id: UUID
    org_id: UUID
    status: str
    to: str
    body: str
    smart_encoded: bool | None
    provider_sid: str | None
    attempts: int
    attempted_at: datetime
    past_horizon: bool
    keeps_payload: bool

    def is_body(self, listed: str) -> bool:
        """Whether a text that the provider lists may be this one's, as written or as replaced."""
        if listed == self.body:
            return True
        return self.smart_encoded is not False and listed == smart_encode(self.body)


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom to ask about: statuses, how many at once; seconds until asked again; the horizon."""

    statuses: tuple[str, ...]
    limit: int
    again_seconds: float
    horizon_seconds: float


async def take(connection: AsyncConnection, asking: Asking) -> Sequence[OpenMessage]:
    """Messages that are due to be asked about, of all organisations."""
    rows = await connection.execute(
        _TAKE,
        {
            "statuses": list(asking.statuses),
            "limit": asking.limit,
            "again": asking.again_seconds,
            "horizon": asking.horizon_seconds,
        },
    )
    return [
        OpenMessage(
            row.id,
            row.org_id,
            row.status,
            row.to_number,
            row.body,
            row.smart_encoded,
            row.provider_sid,
            row.attempts,
            row.attempted_at,
            row.past_horizon,
            row.keeps_payload,
        )
        for row in rows
    ]


async def claimed_sids(connection: AsyncConnection, org_id: UUID, sids: Sequence[str]) -> set[str]:
    """Those of ``sids`` that belong to a message of ours already."""
    rows = await connection.execute(_CLAIMED_SIDS, {"org_id": org_id, "sids": list(sids)})
    return set(rows.scalars())


async def send_again(connection: AsyncConnection, message: OpenMessage) -> list[Move]:
    """Let the senders have a message that Twilio never got; how it moved, if it did.

    One that has been tried again since ``message`` was read stays: of that attempt nobody knows.
    """
    parameters = {"id": message.id, "org_id": message.org_id, "attempts": message.attempts}
    rows = await connection.execute(_SEND_AGAIN, parameters)
    return [Move(message.org_id, row.campaign_id, "unknown", "pending") for row in rows]
