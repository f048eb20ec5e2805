"""Deferred recipients: the planner submits them again when their sending window opens."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.storage.tables import campaign_waiting as deferred

_ADD = text("""
INSERT INTO campaign_waiting (campaign_id, contact_id, org_id, opens_at)
SELECT :campaign_id, contact_id, :org_id, opens_at
FROM unnest(CAST(:contact_ids AS uuid[]), CAST(:times AS timestamptz[]))
  AS late (contact_id, opens_at)
ON CONFLICT ON CONSTRAINT pk_campaign_waiting DO UPDATE SET opens_at = excluded.opens_at
""")

_ADVANCE = text("""
UPDATE campaign_waiting SET opens_at = now()
WHERE org_id = ANY(CAST(:org_ids AS uuid[])) AND opens_at > now()
""")

# A turn in progress may have asked messaging before the change. It loses its lease, so that it can
# store neither the recipients it was told to defer nor the time of its next turn.
_WAKE = text("""
UPDATE sms_campaigns
SET next_plan_at = least(next_plan_at, now()), lease_token = NULL, lease_until = NULL
WHERE id IN (
  SELECT id FROM sms_campaigns
  WHERE org_id = ANY(CAST(:org_ids AS uuid[])) AND status IN ('running', 'paused')
  ORDER BY id FOR UPDATE
)
""")

# Locks the campaigns first, like all code. A turn in progress loses its lease, see above.
_LOCK_CAMPAIGNS = text("""
UPDATE sms_campaigns SET lease_token = NULL, lease_until = NULL
WHERE id IN (
  SELECT id FROM sms_campaigns WHERE org_id = :org_id AND id IN (
    SELECT campaign_id FROM campaign_waiting WHERE org_id = :org_id AND contact_id = :merged_id
  ) ORDER BY id FOR UPDATE
)
""")
_MOVE = text("""
WITH gone AS (
  DELETE FROM campaign_waiting WHERE org_id = :org_id AND contact_id = :merged_id RETURNING *
)
INSERT INTO campaign_waiting (campaign_id, contact_id, org_id, opens_at)
SELECT campaign_id, CAST(:contact_id AS uuid), org_id, opens_at FROM gone ORDER BY campaign_id
ON CONFLICT DO NOTHING
""")


async def due(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID, limit: int
) -> Sequence[UUID]:
    """Return up to `limit` deferred recipients (contact ids) whose sending windows have opened.

    The recipient whose window opened first comes first.
    """
    query = (
        select(deferred.c.contact_id)
        .where(
            deferred.c.org_id == org_id,
            deferred.c.campaign_id == campaign_id,
            deferred.c.opens_at <= func.now(),
        )
        .order_by(deferred.c.opens_at, deferred.c.contact_id)
        .limit(limit)
    )
    return (await connection.execute(query)).scalars().all()


async def seconds_left(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID
) -> float | None:
    """Return the seconds until the next sending window opens.

    Returns None if no recipient of the campaign is deferred.
    """
    seconds = func.extract("epoch", func.min(deferred.c.opens_at) - func.now())
    query = select(seconds).where(
        deferred.c.org_id == org_id, deferred.c.campaign_id == campaign_id
    )
    left = await connection.scalar(query)
    return None if left is None else float(left)


async def settle(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    done: Iterable[UUID],
    until: Mapping[UUID, datetime],
) -> None:
    """Delete the deferred recipients in `done`, and store the recipients in `until`.

    `until` has the time at which each recipient's sending window opens.
    """
    gone = [contact_id for contact_id in done if contact_id not in until]
    if gone:
        await connection.execute(
            delete(deferred).where(
                deferred.c.org_id == org_id,
                deferred.c.campaign_id == campaign_id,
                deferred.c.contact_id.in_(gone),
            )
        )
    if until:
        parameters = {"contact_ids": list(until), "times": list(until.values())}
        await connection.execute(_ADD, {"org_id": org_id, "campaign_id": campaign_id, **parameters})


async def delete_all(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> None:
    """Delete all deferred recipients of a campaign."""
    await connection.execute(
        delete(deferred).where(deferred.c.org_id == org_id, deferred.c.campaign_id == campaign_id)
    )


async def advance(connection: AsyncConnection, org_ids: Iterable[UUID]) -> None:
    """Make all deferred recipients of organisations due. Their sending windows have changed."""
    parameters = {"org_ids": list(org_ids)}
    # First the campaign, then its recipients, because all code locks them in this order.
    await connection.execute(_WAKE, parameters)
    await connection.execute(_ADVANCE, parameters)


async def move(
    connection: AsyncConnection, org_id: UUID, merged_id: UUID, contact_id: UUID
) -> None:
    """Replace the deferred contact `merged_id` by `contact_id`, into which it was merged."""
    ids = {"org_id": org_id, "merged_id": merged_id, "contact_id": contact_id}
    await connection.execute(_LOCK_CAMPAIGNS, ids)
    await connection.execute(_MOVE, ids)
