"""Restore lost counts of campaigns, from messages and skipped recipients."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.domain.twilio_codes import RECIPIENT_OPTED_OUT

# Once a row exists, other transactions that count wait for this one, so nothing counts twice.
_RECOUNT = text("""
UPDATE campaign_counts AS counts
SET pending = found.pending, queued = found.queued, sent = found.sent,
  delivered = found.delivered, undelivered = found.undelivered, failed = found.failed,
  unknown = found.unknown, replied = found.replied, opted_out = found.opted_out,
  opt_outs = found.opt_outs,
  cancelled = found.cancelled, spent_cents = found.spent_cents,
  held = counts.held OR found.held, withdrawn = counts.withdrawn OR found.cancelled > 0
FROM (
  SELECT campaign_id,
    count(*) FILTER (WHERE status = 'pending' AND charged OR status = 'sending') AS pending,
    count(*) FILTER (WHERE status = 'queued') AS queued,
    count(*) FILTER (WHERE status = 'sent') AS sent,
    count(*) FILTER (WHERE status = 'delivered') AS delivered,
    count(*) FILTER (WHERE status = 'undelivered') AS undelivered,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    count(*) FILTER (WHERE status = 'unknown') AS unknown,
    count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
    count(*) FILTER (WHERE replied_at IS NOT NULL) AS replied,
    count(*) FILTER (WHERE opted_out_at IS NOT NULL) AS opt_outs,
    count(*) FILTER (WHERE status = 'failed' AND error_code = :opted_out) AS opted_out,
    coalesce(sum(price_cents) FILTER (
      WHERE charged AND (status NOT IN ('failed', 'cancelled') OR refund_due)
    ), 0) AS spent_cents,
    bool_or(status = 'pending' AND charged AND next_step_at = 'infinity') AS held
  FROM sms_messages
  WHERE org_id = ANY(CAST(:org_ids AS uuid[])) AND campaign_id = ANY(CAST(:ids AS uuid[]))
  GROUP BY campaign_id
) AS found
WHERE counts.campaign_id = found.campaign_id
  AND counts.org_id = ANY(CAST(:org_ids AS uuid[]))
""")

_RECOUNT_SKIPS = text("""
UPDATE campaign_counts AS counts
SET skipped_opted_out = found.opted_out, skipped_invalid = found.invalid
FROM (
  SELECT campaign_id,
    count(*) FILTER (WHERE reason = 'opted_out') AS opted_out,
    count(*) FILTER (WHERE reason = 'invalid') AS invalid
  FROM campaign_skips
  WHERE org_id = ANY(CAST(:org_ids AS uuid[])) AND campaign_id = ANY(CAST(:ids AS uuid[]))
  GROUP BY campaign_id
) AS found
WHERE counts.campaign_id = found.campaign_id
  AND counts.org_id = ANY(CAST(:org_ids AS uuid[]))
""")

_MAKE_MISSING = text("""
INSERT INTO campaign_counts (campaign_id, org_id)
SELECT missing.id, :org_id FROM unnest(CAST(:ids AS uuid[])) AS missing (id)
WHERE EXISTS (
  SELECT FROM sms_messages WHERE org_id = :org_id AND campaign_id = missing.id
) OR EXISTS (
  SELECT FROM campaign_skips WHERE org_id = :org_id AND campaign_id = missing.id
)
ORDER BY missing.id
ON CONFLICT DO NOTHING
RETURNING campaign_id
""")


async def recount(connection: AsyncConnection, made: Sequence[tuple[UUID, UUID]]) -> None:
    """Fill the rows of ``campaign_counts`` that this transaction has just created.

    They are counted from the stored messages and skipped recipients.

    Args:
        connection: The transaction. Messages whose status it changed are counted too.
        made: The campaigns of these rows, each with its organisation.
    """
    if made:
        ids, org_ids = zip(*made, strict=True)
        parameters = {"ids": list(ids), "org_ids": list(org_ids), "opted_out": RECIPIENT_OPTED_OUT}
        await connection.execute(_RECOUNT, parameters)
        await connection.execute(_RECOUNT_SKIPS, parameters)


async def make_missing(
    connection: AsyncConnection, org_id: UUID, campaign_ids: Collection[UUID]
) -> bool:
    """Create missing counts of campaigns with recipients.

    Returns False if no counts were missing.
    """
    parameters = {"org_id": org_id, "ids": sorted(campaign_ids)}
    made = (await connection.execute(_MAKE_MISSING, parameters)).scalars().all()
    await recount(connection, [(campaign_id, org_id) for campaign_id in made])
    return bool(made)
