"""Plans: who works through a running campaign's list, and how far it has come.

A planner holds a campaign by a lease: a token of its own in the row, good until a time by the
database's clock. Whatever it writes is guarded by that token and by the campaign still running,
so that a planner that was too slow, or whose campaign was paused, or who asked before the sending
windows were changed, changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Interval,
    RowMapping,
    Update,
    and_,
    cast,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.campaigns.campaigns.domain.recipients import Attendees, Audience, Retry
from services.campaigns.campaigns.domain.states import FINISH, PAUSE, Transition
from services.campaigns.campaigns.storage import deferred, holds
from services.campaigns.campaigns.storage.campaigns import UNLEASED
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.common.domain.metrics import Outcomes
from services.campaigns.common.domain.terms import Terms

# A row that another has locked is being worked on anyway.
_ADVANCE = text("""
UPDATE sms_campaigns SET next_plan_at = now() WHERE id IN (
  SELECT campaign.id
  FROM unnest(CAST(:org_ids AS uuid[]), CAST(:ids AS uuid[])) AS moved (org_id, id)
  JOIN sms_campaigns AS campaign
    ON campaign.id = moved.id AND campaign.org_id = moved.org_id
  WHERE campaign.status = 'running' AND campaign.next_plan_at > now()
  FOR UPDATE OF campaign SKIP LOCKED
)
""")


@dataclass(frozen=True, slots=True)
class Lease:
    """A running campaign in the hands of one planner.

    ``user_id`` pays; ``cursor`` is the last contact that was dealt with; ``planned`` says that
    the audience is worked through. ``failure_rate`` is the campaign's own limit, ``judged`` what
    had been tried, had failed and was known when it was last paused for it. ``terms`` were
    confirmed for it; None for a campaign older than they are. ``change`` is the number of the last
    change that messaging is told of.
    """

    token: UUID
    campaign_id: UUID
    org_id: UUID
    user_id: UUID
    audience: Audience
    body: str
    cursor: UUID | None
    planned: bool
    failure_rate: float | None
    judged: tuple[int, int, int]
    terms: Terms | None
    change: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What a chunk adds.

    ``cursor`` is the last contact of the audience in it, None where its recipients had waited for
    their windows: those are ``awaited``. ``late`` are those that are to wait, and until when.
    """

    cursor: UUID | None
    awaited: Sequence[UUID]
    late: Mapping[UUID, datetime]


async def lease(connection: AsyncConnection, limit: int, seconds: float) -> Sequence[Lease]:
    """Lease up to ``limit`` campaigns of all organisations that are due, for ``seconds``.

    Those whose turn has been due the longest come first; those that others hold are passed over.
    """
    free = (
        select(campaigns.c.id)
        .where(campaigns.c.status == "running", campaigns.c.next_plan_at <= func.now(), UNLEASED)
        .order_by(campaigns.c.next_plan_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(campaigns)
        .where(campaigns.c.id.in_(free))
        .values(lease_token=new_id(), lease_until=_in(seconds))
        .returning(campaigns)
    )
    return [_lease(row) for row in (await connection.execute(statement)).mappings()]


def _lease(row: RowMapping) -> Lease:
    return Lease(
        token=row["lease_token"],
        campaign_id=row["id"],
        org_id=row["org_id"],
        user_id=row["payer_id"] or row["created_by"],
        audience=audience_of(row),
        body=row["body"],
        cursor=row["cursor_contact_id"],
        planned=row["planned_at"] is not None,
        failure_rate=row["pause_at_failure_rate"],
        judged=(row["judged_tried"], row["judged_failed"], row["judged_known"]),
        terms=Terms.of_stored(row["terms"]),
        change=row["hold_change"],
    )


def audience_of(row: RowMapping) -> Audience:
    """Whom the campaign of ``row`` is for."""
    return Audience(row["id"], _whom(row))


def _whom(row: RowMapping) -> UUID | Retry | Attendees:
    if row["retry_of"]:
        return Retry(row["retry_of"], row["retry_root"], row["retryable_only"])
    if row["event_id"] is None:
        list_id: UUID = row["list_id"]
        return list_id
    return Attendees(
        event_id=row["event_id"],
        notification_type=row["notification_type"],
        chosen=row["attendee_ids"],
        part=row["attendee_audience"],
        variables=row["variables"],
    )


async def save_progress(
    connection: AsyncConnection, held: Lease, progress: Progress, seconds: float
) -> bool:
    """Store ``progress`` and renew the lease for ``seconds``; whether to go on.

    A campaign that was paused meanwhile keeps the progress too: its chunk is handed over, and would
    only come again. False then, and where the lease is lost.
    """
    status = await connection.scalar(
        update(campaigns)
        .where(_is_mine(held), campaigns.c.status.in_(("running", "paused")))
        .values(
            cursor_contact_id=func.coalesce(progress.cursor, campaigns.c.cursor_contact_id),
            lease_until=_in(seconds),
        )
        .returning(campaigns.c.status)
    )
    if status is not None:
        await deferred.settle(
            connection, held.org_id, held.campaign_id, progress.awaited, progress.late
        )
    return bool(status == "running")


async def complete(connection: AsyncConnection, held: Lease) -> bool:
    """Note that the list is worked through; False where the lease is lost."""
    return await _did(connection, _while_running(held).values(planned_at=func.now()))


async def stop(
    connection: AsyncConnection, held: Lease, transition: Transition, reason: str | None
) -> int | None:
    """Carry out ``transition`` for ``reason`` and end the lease; None where it is lost.

    The number of the change is what messaging is to be told with.
    """
    finished_at = func.now() if transition == FINISH else None
    changes = {"finished_at": finished_at, **holds.to_be_told()}
    stopped = await _stop(connection, held, transition, reason, changes)
    if stopped and transition.target != "paused":
        await deferred.delete_all(connection, held.org_id, held.campaign_id)
    return stopped


async def pause_for_failures(
    connection: AsyncConnection, held: Lease, reason: str, outcomes: Outcomes
) -> int | None:
    """Pause a campaign with what is pending, judged by ``outcomes``; answers as ``stop``."""
    judged = {
        "judged_tried": outcomes.tried,
        "judged_failed": outcomes.all_failed,
        "judged_known": outcomes.known,
    }
    return await _stop(connection, held, PAUSE, reason, judged | holds.changed(held=True))


async def _stop(
    connection: AsyncConnection,
    held: Lease,
    transition: Transition,
    reason: str | None,
    changes: Mapping[str, object],
) -> int | None:
    statement = _while_running(held).values(
        status=transition.target,
        status_reason=reason,
        updated_at=func.now(),
        lease_token=None,
        lease_until=None,
        **changes,
    )
    change: int | None = await connection.scalar(statement.returning(campaigns.c.hold_change))
    return change


async def give_back(connection: AsyncConnection, held: Lease, seconds: float) -> None:
    """End the lease, if it is not lost; the campaign's next turn is due in ``seconds``."""
    await connection.execute(
        update(campaigns)
        .where(_is_mine(held))
        .values(lease_token=None, lease_until=None, next_plan_at=_in(seconds))
    )


async def advance(connection: AsyncConnection, campaign_ids: Iterable[tuple[UUID, UUID]]) -> None:
    """Make the turns of campaigns, each named by its organisation's id and its own, due now."""
    named = list(campaign_ids)
    await connection.execute(
        _ADVANCE, {"org_ids": [org_id for org_id, _ in named], "ids": [own for _, own in named]}
    )


def _while_running(held: Lease) -> Update:
    return update(campaigns).where(_is_mine(held), campaigns.c.status == "running")


def _is_mine(held: Lease) -> ColumnElement[bool]:
    return and_(
        campaigns.c.id == held.campaign_id,
        campaigns.c.org_id == held.org_id,
        campaigns.c.lease_token == held.token,
    )


async def _did(connection: AsyncConnection, statement: Update) -> bool:
    return (await connection.execute(statement)).rowcount == 1


def _in(seconds: float) -> ColumnElement[datetime]:
    return func.now() + cast(literal(timedelta(seconds=seconds)), Interval)
