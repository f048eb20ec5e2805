"""Recipients that wait for their sending window: the planner has passed them in the list."""

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

# A turn that is under way may have asked before the change: it loses its lease, so that neither who
# it was told to let wait nor when it wants to come again is noted.
_WAKE = text("""
UPDATE sms_campaigns
SET next_plan_at = least(next_plan_at, now()), lease_token = NULL, lease_until = NULL
WHERE id IN (
  SELECT id FROM sms_campaigns
  WHERE org_id = ANY(CAST(:org_ids AS uuid[])) AND status IN ('running', 'paused')
  ORDER BY id FOR UPDATE
)
""")


async def due(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID, limit: int
) -> Sequence[UUID]:
    """Up to ``limit`` contacts of a campaign whose windows have opened, the earliest first."""
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
    """Seconds until the next window of a campaign's recipients opens; None where nobody waits."""
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
    late: Mapping[UUID, datetime],
) -> None:
    """Forget the contacts ``done``, and keep those of ``late``, each until its time."""
    gone = [contact_id for contact_id in done if contact_id not in late]
    if gone:
        await connection.execute(
            delete(deferred).where(
                deferred.c.org_id == org_id,
                deferred.c.campaign_id == campaign_id,
                deferred.c.contact_id.in_(gone),
            )
        )
    if late:
        parameters = {"contact_ids": list(late), "times": list(late.values())}
        await connection.execute(_ADD, {"org_id": org_id, "campaign_id": campaign_id, **parameters})


async def delete_all(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> None:
    """Let nobody wait for a campaign any more."""
    await connection.execute(
        delete(deferred).where(deferred.c.org_id == org_id, deferred.c.campaign_id == campaign_id)
    )


async def advance(connection: AsyncConnection, org_ids: Iterable[UUID]) -> None:
    """Ask anew for whoever waits in these organisations: their windows have changed."""
    parameters = {"org_ids": list(org_ids)}
    # The campaign first, then who waits for it: as everybody locks them.
    await connection.execute(_WAKE, parameters)
    await connection.execute(_ADVANCE, parameters)
