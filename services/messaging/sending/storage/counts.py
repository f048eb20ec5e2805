"""Running counts, of campaigns and of usage: moved in the transaction that moves the messages."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import RowMapping, and_, func, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import campaign_counts
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.skips import SkipReason, count_of
from services.messaging.sending.domain.statuses import happened
from services.messaging.sending.storage.recount import make_missing, recount
from services.messaging.sending.storage.usage import UsageTally

_MOVABLE = (
    "pending",
    "queued",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "unknown",
    "replied",
    "opted_out",
    "cancelled",
    "spent_cents",
    "skipped_opted_out",
    "skipped_invalid",
)

_NEW = insert(campaign_counts)
_ADD = _NEW.on_conflict_do_update(
    index_elements=[campaign_counts.c.campaign_id],
    set_={name: campaign_counts.c[name] + _NEW.excluded[name] for name in _MOVABLE},
).returning(
    campaign_counts.c.campaign_id,
    campaign_counts.c.org_id,
    literal_column("old IS NULL").label("made"),
)

_BEGIN = _NEW.on_conflict_do_nothing().returning(
    campaign_counts.c.campaign_id, campaign_counts.c.org_id
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

# A held message is due at the end of time; its place in the queue is by id once it is let go.
_HOLD_MESSAGES = text("""
UPDATE sms_messages SET next_step_at = 'infinity'
WHERE org_id = :org_id AND campaign_id = :campaign_id AND status = 'pending'
""")

# Only what is held: being told again and again must not put off what has been let go.
_LET_GO_MESSAGES = text("""
UPDATE sms_messages SET next_step_at = now()
WHERE org_id = :org_id AND campaign_id = :campaign_id AND status = 'pending' AND charged
  AND next_step_at = 'infinity'
""")


@dataclass(frozen=True, slots=True)
class Hold:
    """Whether a campaign's pending messages are held back, or let go.

    ``running``: whether it is being sent, though all of it may wait. ``change``: the number of the
    change that this is; None where it holds whatever came before.
    """

    held: bool
    running: bool
    change: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """A message that went from one status to another. None: it is new, or it is gone."""

    org_id: UUID
    campaign_id: UUID | None
    was: str | None
    now: str | None

    @property
    def failed(self) -> bool:
        """Whether this move made a message one that failed."""
        return self.now == "failed" != self.was


class Tally:
    """Collects what is to be added to the counts of campaigns, and to those of usage."""

    def __init__(self) -> None:
        self._added: dict[tuple[UUID, UUID], Counter[str]] = {}
        self._usage = UsageTally()

    def add(self, org_id: UUID, campaign_id: UUID | None, name: str, number: int = 1) -> None:
        """Add ``number`` to a count of a campaign, if there is one, and of the usage."""
        self._usage.add(org_id, campaign_id, name, number)
        self._count(org_id, campaign_id, name, number)

    def _count(self, org_id: UUID, campaign_id: UUID | None, name: str, number: int) -> None:
        if campaign_id:
            self._added.setdefault((campaign_id, org_id), Counter())[name] += number

    def skip(self, payer: Payer, added: Mapping[SkipReason, int], sign: int = 1) -> None:
        """Count recipients whom the payer's campaign passes over; a ``sign`` of -1: no longer."""
        for reason, number in added.items():
            self._count(payer.org_id, payer.campaign_id, count_of(reason), sign * number)

    def move(self, moves: Iterable[Move]) -> None:
        """Count messages out of their old status and into their new one."""
        for move in moves:
            if move.was:
                self._count(move.org_id, move.campaign_id, _counted_as(move.was), -1)
            if move.now:
                self._count(move.org_id, move.campaign_id, _counted_as(move.now), 1)
            for name in happened(move.was, move.now):
                self._usage.add(move.org_id, move.campaign_id, name, 1)

    @property
    def campaigns(self) -> list[tuple[UUID, UUID]]:
        """The campaigns concerned, each with its organisation, in the order to lock them in."""
        return sorted((key for key in self._added), key=lambda key: key[0].bytes)

    async def write(self, connection: AsyncConnection) -> None:
        """Add everything to the counts. The last thing to do in a transaction: the rows are hot."""
        rows = []
        for campaign_id, org_id in self.campaigns:
            added = self._added[campaign_id, org_id]
            row: dict[str, object] = {name: added[name] for name in _MOVABLE}
            rows.append({"campaign_id": campaign_id, "org_id": org_id, **row})
        if rows:
            counted = await connection.execute(_ADD, rows)
            made = [(row.campaign_id, row.org_id) for row in counted if row.made]
            await recount(connection, made)
        await self._usage.write(connection)


async def hold(connection: AsyncConnection, org_id: UUID, campaign_id: UUID, wanted: Hold) -> int:
    """Hold back a campaign's pending messages, or let them go; how many messages that moved.

    Nothing happens where a later change is known.
    """
    parameters = {"org_id": org_id, "campaign_id": campaign_id}
    made = await connection.scalar(_HOLD, {**parameters, **asdict(wanted)})
    if made is None:
        return 0
    if made:
        await recount(connection, [(campaign_id, org_id)])
    statement = _HOLD_MESSAGES if wanted.held else _LET_GO_MESSAGES
    return (await connection.execute(statement, parameters)).rowcount


async def begin(connection: AsyncConnection, campaigns: Iterable[tuple[UUID, UUID]]) -> None:
    """Give each of ``campaigns``, an id and its organisation's, counts, if it has none yet."""
    rows = [{"campaign_id": own, "org_id": org_id} for own, org_id in sorted(campaigns)]
    if rows:
        made = await connection.execute(_BEGIN, rows)
        await recount(connection, [(row.campaign_id, row.org_id) for row in made])


async def held_among(
    connection: AsyncConnection, org_id: UUID, campaign_ids: Collection[UUID]
) -> set[UUID]:
    """Return those of the organisation's campaigns that are on hold."""
    rows = await connection.execute(
        select(campaign_counts.c.campaign_id).where(
            campaign_counts.c.org_id == org_id,
            campaign_counts.c.campaign_id == func.any(list(campaign_ids)),
            campaign_counts.c.held,
        )
    )
    return set(rows.scalars())


async def lock(connection: AsyncConnection, payer: Payer) -> bool:
    """Lock the counts of the campaign that is paid for, if any; return whether it is held back.

    They stay locked until the transaction ends, so that neither a hold nor another chunk with the
    same recipients slips in between.
    """
    if payer.campaign_id is None:
        return False
    held = await _lock(connection, payer)
    if held is None:  # the first that is heard of the campaign: there must be a row to lock
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
) -> Sequence[RowMapping]:
    """The counts of those campaigns that have any; rows that were lost are made again."""
    query = select(campaign_counts).where(
        campaign_counts.c.org_id == org_id, campaign_counts.c.campaign_id.in_(campaign_ids)
    )
    rows = (await connection.execute(query)).mappings().all()
    missing = set(campaign_ids) - {row["campaign_id"] for row in rows}
    if missing and await make_missing(connection, org_id, missing):
        rows = (await connection.execute(query)).mappings().all()
    return rows


async def has_running(connection: AsyncConnection, org_id: UUID) -> bool:
    """Whether any campaign of the organisation is being sent, or has messages on their way."""
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


def _counted_as(status: str) -> str:
    # What is in a sender's hands still counts as pending: one hot update less per batch.
    return "pending" if status == "sending" else status
