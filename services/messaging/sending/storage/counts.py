"""Read, create and lock the running counts of campaigns, and hold their messages."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import campaign_counts
from services.messaging.sending.domain.campaign_counts import CampaignCounts
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.storage.recount import make_missing, recount

_COLUMNS = [campaign_counts.c[field.name] for field in fields(CampaignCounts)]

_BEGIN = (
    insert(campaign_counts)
    .on_conflict_do_nothing()
    .returning(campaign_counts.c.campaign_id, campaign_counts.c.org_id)
)

_HOLD = text("""
INSERT INTO campaign_counts (campaign_id, org_id, held, running, hold_change)
VALUES (:campaign_id, :org_id, :held, :running, coalesce(:change, 0))
ON CONFLICT (campaign_id) DO UPDATE SET held = excluded.held OR campaign_counts.withdrawn,
  running = excluded.running AND NOT campaign_counts.withdrawn,
  hold_change = greatest(campaign_counts.hold_change, excluded.hold_change)
WHERE CAST(:change AS bigint) IS NULL OR campaign_counts.hold_change <= :change
RETURNING old IS NULL AS made
""")

# A held message is due at infinity. Once it is released, its id decides its place in the queue.
_HOLD_MESSAGES = text("""
UPDATE sms_messages SET next_step_at = 'infinity'
WHERE org_id = :org_id AND campaign_id = :campaign_id AND status = 'pending'
""")

# Only held messages, because a repeated release must not delay those released before.
_RELEASE_MESSAGES = text("""
UPDATE sms_messages SET next_step_at = now()
WHERE org_id = :org_id AND campaign_id = :campaign_id AND status = 'pending' AND charged
  AND next_step_at = 'infinity'
""")


@dataclass(frozen=True, slots=True)
class Hold:
    """A request to hold a campaign's pending messages (`held`), or to release them.

    `running`: whether the campaign is being sent, even if all its messages are deferred. `change`
    numbers the requests of a campaign. A request is ignored if one with a higher number was applied
    before. A request without a number (None) is always applied.
    """

    held: bool
    running: bool
    change: int | None


async def hold(connection: AsyncConnection, org_id: UUID, campaign_id: UUID, wanted: Hold) -> int:
    """Hold or release a campaign's pending messages. Returns how many messages changed.

    Nothing happens if a request with a higher `change` was applied before.
    """
    parameters = {"org_id": org_id, "campaign_id": campaign_id}
    made = await connection.scalar(_HOLD, {**parameters, **asdict(wanted)})
    if made is None:
        return 0
    if made:
        await recount(connection, [(campaign_id, org_id)])
    statement = _HOLD_MESSAGES if wanted.held else _RELEASE_MESSAGES
    return (await connection.execute(statement, parameters)).rowcount


async def begin(connection: AsyncConnection, campaigns: Iterable[tuple[UUID, UUID]]) -> None:
    """Create the counts of campaigns that have none yet.

    `campaigns`: the id of each campaign and of its organisation.
    """
    rows = [{"campaign_id": own, "org_id": org_id} for own, org_id in sorted(campaigns)]
    if rows:
        made = await connection.execute(_BEGIN, rows)
        await recount(connection, [(row.campaign_id, row.org_id) for row in made])


async def held_among(
    connection: AsyncConnection, org_id: UUID, campaign_ids: Collection[UUID]
) -> set[UUID]:
    """Return those of `campaign_ids` whose campaigns are held."""
    rows = await connection.execute(
        select(campaign_counts.c.campaign_id).where(
            campaign_counts.c.org_id == org_id,
            campaign_counts.c.campaign_id == func.any(list(campaign_ids)),
            campaign_counts.c.held,
        )
    )
    return set(rows.scalars())


async def lock(connection: AsyncConnection, payer: Payer) -> bool:
    """Lock the counts of the payer's campaign, if there is one.

    Returns whether the campaign is held. The counts stay locked until the transaction ends, so that
    neither a hold nor another chunk with the same recipients comes in between.
    """
    if payer.campaign_id is None:
        return False
    held = await _lock(connection, payer)
    if held is None:  # a new campaign: create a row to lock
        await begin(connection, [(payer.campaign_id, payer.org_id)])
        held = await _lock(connection, payer)
    return bool(held)


async def _lock(connection: AsyncConnection, payer: Payer) -> bool | None:
    held: bool | None = await connection.scalar(
        select(campaign_counts.c.held)
        .where(
            campaign_counts.c.campaign_id == payer.campaign_id,
            campaign_counts.c.org_id == payer.org_id,
        )
        .with_for_update()
    )
    return held


async def of_campaigns(
    connection: AsyncConnection, org_id: UUID, campaign_ids: Sequence[UUID]
) -> Sequence[CampaignCounts]:
    """Return the counts of the campaigns that have any. Lost rows are created again."""
    query = select(*_COLUMNS).where(
        campaign_counts.c.org_id == org_id, campaign_counts.c.campaign_id.in_(campaign_ids)
    )
    found = [CampaignCounts(*row) for row in await connection.execute(query)]
    missing = set(campaign_ids) - {each.campaign_id for each in found}
    if missing and await make_missing(connection, org_id, missing):
        found = [CampaignCounts(*row) for row in await connection.execute(query)]
    return found


async def has_running(connection: AsyncConnection, org_id: UUID) -> bool:
    """Whether any campaign of the organisation is being sent or has messages that are due."""
    found = await connection.scalar(
        select(campaign_counts.c.campaign_id)
        .where(
            campaign_counts.c.org_id == org_id,
            or_(
                campaign_counts.c.running,
                and_(campaign_counts.c.pending > 0, campaign_counts.c.held.is_(False)),
            ),
        )
        .limit(1)
    )
    return found is not None
