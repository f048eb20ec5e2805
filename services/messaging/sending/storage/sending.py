"""Claiming messages for a sender, and recording what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.common.domain.provider_errors import description
from services.messaging.sending.domain.outcomes import Outcome, Verdict, retry_delay
from services.messaging.sending.storage.counts import Move

# The bucket fills with time up to one second's worth, and does not empty where the clock was set
# back. Its row lock makes senders of one organisation claim one after the other.
_REFILL = text("""
INSERT INTO send_limits AS bucket (org_id, segments_per_second, tokens)
VALUES (:org_id, :rate, :rate)
ON CONFLICT (org_id) DO UPDATE SET
  tokens = least(
    bucket.segments_per_second,
    bucket.tokens
      + greatest(0, extract(epoch FROM clock_timestamp() - bucket.refilled_at))
        * bucket.segments_per_second
  ),
  refilled_at = clock_timestamp()
RETURNING tokens, segments_per_second
""")

# A message goes while there is any token left, and leaves a debt where it takes more than that:
# so a long text gets through a small bucket, and the rate holds on average.
_CLAIM = text("""
WITH due AS (
  SELECT id, segments FROM sms_messages
  WHERE org_id = :org_id AND status = 'pending' AND charged AND next_step_at <= now()
    AND NOT EXISTS (
      SELECT FROM campaign_counts AS campaign
      WHERE campaign.campaign_id = sms_messages.campaign_id AND campaign.held
    )
  ORDER BY next_step_at, id LIMIT :limit
  FOR UPDATE SKIP LOCKED
), queued AS (
  SELECT id, sum(segments) OVER (ORDER BY id) - segments AS ahead FROM due
)
UPDATE sms_messages AS message
SET status = 'sending', attempts = attempts + 1, attempted_at = now(),
  next_step_at = now() + make_interval(secs => :lease), status_updated_at = now()
FROM queued
WHERE message.id = queued.id AND queued.ahead < :tokens AND message.org_id = :org_id
RETURNING message.id, message.campaign_id, message.contact_id, message.to_number,
  message.from_number, message.body, message.segments, message.attempts, message.time_zone,
  message.smart_encoded
""")

_SPEND = text("UPDATE send_limits SET tokens = tokens - :segments WHERE org_id = :org_id")

_NEXT_DUE = text("""
SELECT extract(epoch FROM min(next_step_at) - clock_timestamp())
FROM sms_messages
WHERE org_id = :org_id AND status = 'pending' AND charged
  AND next_step_at <= now() + make_interval(secs => :horizon)
  AND NOT EXISTS (
    SELECT FROM campaign_counts AS campaign
    WHERE campaign.campaign_id = sms_messages.campaign_id AND campaign.held
  )
""")

_LOCK = text("""
SELECT FROM sms_messages WHERE id = ANY(CAST(:ids AS uuid[])) AND org_id = :org_id
ORDER BY id FOR UPDATE
""")

# A callback may have come first: then the message is further than the sender knows, and only the
# SID is noted. A lease that ran out made it unknown, which the sender's word settles. Should it be
# back in the queue by then, one thing still counts: that the provider has it.
_SETTLES = """(message.status IN ('sending', 'unknown')
    OR message.status = 'pending' AND outcome.provider_sid IS NOT NULL)"""
_RECORDING = """
UPDATE sms_messages AS message
SET status = CASE WHEN {settles} THEN outcome.status ELSE message.status END,
  provider_sid = coalesce(message.provider_sid, outcome.provider_sid),
  error_code = CASE WHEN {settles} THEN outcome.error_code ELSE message.error_code END,
  error_message = CASE WHEN {settles} THEN outcome.error_message ELSE message.error_message END,
  refund_due = message.refund_due OR ({settles} AND outcome.status = 'failed'),
  accepted_at = CASE WHEN outcome.provider_sid IS NULL THEN message.accepted_at
    ELSE coalesce(message.accepted_at, now()) END,
  account_sid = coalesce(:account_sid, message.account_sid),
  messaging_service_sid = coalesce(:messaging_service_sid, message.messaging_service_sid),
  next_step_at = CASE WHEN {settles}
    THEN now() + make_interval(secs => outcome.delay) ELSE message.next_step_at END,
  status_updated_at = now()
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:attempts AS integer[]), CAST(:statuses AS text[]),
  CAST(:sids AS text[]), CAST(:codes AS integer[]), CAST(:error_messages AS text[]),
  CAST(:delays AS double precision[])
) AS outcome (id, attempts, status, provider_sid, error_code, error_message, delay)
-- The ids once more: without them a plan may walk the organisation's messages for each outcome.
WHERE message.id = outcome.id AND message.id = ANY(CAST(:ids AS uuid[]))
  AND message.org_id = :org_id
  -- By then another sender may be at it, of whose attempt this says nothing.
  AND (message.attempts = outcome.attempts OR outcome.provider_sid IS NOT NULL)
RETURNING message.id, message.campaign_id, old.status AS was, new.status AS now
"""
_RECORD = text(_RECORDING.format(settles=_SETTLES))

_CLAIM_ONE = text("""
UPDATE sms_messages
SET status = 'sending', attempts = attempts + 1, attempted_at = now(),
  next_step_at = now() + make_interval(secs => :lease), status_updated_at = now()
WHERE id = :id AND org_id = :org_id AND status = 'pending' AND charged
RETURNING segments, attempts
""")

_SOON_SECONDS = 2.0
_AT_LEAST_SECONDS = 0.1

_STATUS_OF = {
    Verdict.ACCEPTED: "queued",
    Verdict.REFUSED: "failed",
    Verdict.LATER: "pending",
    Verdict.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in a sender's hands. Its lease ends on its own.

    ``from_number`` is set where it must go out from that one; ``smart_encoded`` says how it was
    counted, None where that is not known.
    """

    id: UUID
    campaign_id: UUID | None
    contact_id: UUID
    to: str
    from_number: str | None
    body: str
    segments: int
    attempts: int
    time_zone: str | None
    smart_encoded: bool | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages claimed together, and the seconds to wait before claiming again (0: at once)."""

    messages: Sequence[Claimed]
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How to claim: how many at once, for how many seconds, at which rate unless one is set."""

    limit: int
    lease_seconds: int
    segments_per_second: int


async def claim(connection: AsyncConnection, org_id: UUID, pace: Pace) -> Batch:
    """Claim due messages of the organisation, as many as its rate allows now."""
    bucket = (
        await connection.execute(_REFILL, {"org_id": org_id, "rate": pace.segments_per_second})
    ).one()
    if bucket.tokens <= 0:
        return Batch((), -bucket.tokens / bucket.segments_per_second + 0.01)
    rows = await connection.execute(
        _CLAIM,
        {
            "org_id": org_id,
            "limit": pace.limit,
            "lease": pace.lease_seconds,
            "tokens": bucket.tokens,
        },
    )
    messages = [
        Claimed(
            row.id,
            row.campaign_id,
            row.contact_id,
            row.to_number,
            row.from_number,
            row.body,
            row.segments,
            row.attempts,
            row.time_zone,
            row.smart_encoded,
        )
        for row in rows
    ]
    if not messages:
        return Batch((), await _seconds_until_due(connection, org_id))
    spent = sum(message.segments for message in messages)
    await connection.execute(_SPEND, {"org_id": org_id, "segments": spent})
    return Batch(messages, 0.0)


async def _seconds_until_due(connection: AsyncConnection, org_id: UUID) -> float:
    """When something is due that is not yet, or that another sender is about to claim; 0: nothing.

    What is due later than soon is left to the sweeper: a sender's job is not kept for long.
    """
    seconds = await connection.scalar(_NEXT_DUE, {"org_id": org_id, "horizon": _SOON_SECONDS})
    return 0.0 if seconds is None else max(_AT_LEAST_SECONDS, float(seconds))


async def claim_one(
    connection: AsyncConnection, org_id: UUID, message_id: UUID, pace: Pace
) -> int | None:
    """Claim one accepted message to send it at once; how often it was tried, with this time.

    None where a sender has it already. It counts against the rate like any other, if need be as a
    debt.
    """
    await connection.execute(_REFILL, {"org_id": org_id, "rate": pace.segments_per_second})
    row = (
        await connection.execute(
            _CLAIM_ONE,
            {"org_id": org_id, "id": message_id, "lease": pace.lease_seconds},
        )
    ).first()
    if row is None:
        return None
    await connection.execute(_SPEND, {"org_id": org_id, "segments": row.segments})
    attempts: int = row.attempts
    return attempts


async def record(
    connection: AsyncConnection,
    org_id: UUID,
    outcomes: Sequence[Outcome],
    attempts: Mapping[UUID, int],
    ask_after: float,
    account: SendingAccount | None,
) -> dict[UUID, Move]:
    """Record what became of claimed messages; how each moved.

    ``attempts``: how often each was tried when it was claimed. ``ask_after``: seconds until Twilio
    is asked about a message that it has. ``account``: what they were sent with; None where that was
    not known.
    """
    ids = [o.message_id for o in outcomes]
    await connection.execute(_LOCK, {"org_id": org_id, "ids": ids})
    rows = await connection.execute(
        _RECORD,
        {
            "org_id": org_id,
            "ids": ids,
            "attempts": [attempts[message_id] for message_id in ids],
            "statuses": [_STATUS_OF[o.verdict] for o in outcomes],
            "sids": [o.provider_sid for o in outcomes],
            "codes": [o.error_code for o in outcomes],
            "error_messages": [description(o.error_code) for o in outcomes],
            "delays": [_next_step(o, attempts[o.message_id], ask_after) for o in outcomes],
            "account_sid": account.sub_account_sid if account else None,
            "messaging_service_sid": account.messaging_service_sid if account else None,
        },
    )
    return {row.id: Move(org_id, row.campaign_id, row.was, row.now) for row in rows}


def _next_step(outcome: Outcome, attempts: int, ask_after: float) -> float:
    if outcome.verdict is Verdict.LATER:
        return retry_delay(attempts)
    return 5.0 if outcome.verdict is Verdict.UNKNOWN else float(ask_after)
