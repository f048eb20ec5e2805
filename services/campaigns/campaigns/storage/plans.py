"""Leases of running campaigns, and how far each has been planned.

A planner leases a campaign: its token is stored in the row and valid until a time by the database's
clock. Each write requires the token and that the campaign still runs. So a planner changes nothing
when it was too slow, when its campaign was paused, or when the sending windows changed meanwhile.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Interval,
    Row,
    Update,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.campaigns.campaigns.domain.recipients import Audience
from services.campaigns.campaigns.domain.states import FINISH, PAUSE, Transition
from services.campaigns.campaigns.storage import deferred, holds
from services.campaigns.campaigns.storage.campaigns import UNLEASED
from services.campaigns.campaigns.storage.customer_events import tell_stopped
from services.campaigns.campaigns.storage.rows import audience_of
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.common.domain.metrics import Outcomes
from services.campaigns.common.domain.terms import Terms

# Skips a locked row, because a planner that has locked it works on the campaign already.
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


# Of a campaign with pictures, the database moves `next_plan_at` to a column that the release before
# doesn't read (decision 0055).
_NEXT_TURN_AT = func.least(campaigns.c.next_plan_at, campaigns.c.pictures_plan_at)
_IS_DUE = or_(
    campaigns.c.next_plan_at <= func.now(),
    campaigns.c.pictures_plan_at <= func.now(),
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease of a running campaign.

    `payer_id` pays for it: a user, or the organisation. `actor_id` is the user who started it.
    `cursor` is the last contact that was planned, and `planned` is True if the whole audience was
    planned. `failure_rate` is the limit of this campaign; `at_last_pause` are the counts of tried,
    failed and known messages when it last paused at the limit. A campaign from before terms were
    stored has no `terms`. `change` is the sequence number of the last change that messaging must
    know. `sampled_at` is when its sent messages were last counted for the pace. `traceparent` is
    the trace of its start, if that is sampled.
    """

    token: UUID
    campaign_id: UUID
    org_id: UUID
    payer_id: UUID
    actor_id: UUID
    name: str
    audience: Audience
    body: str
    media_urls: Sequence[str]
    reference: str | None
    metadata: Mapping[str, str] | None
    cursor: UUID | None
    planned: bool
    failure_rate: float | None
    at_last_pause: tuple[int, int, int]
    terms: Terms | None
    change: int
    sampled_at: datetime | None
    leased_at: datetime
    traceparent: str | None

    @property
    def trace_to_continue(self) -> str | None:
        """The trace of the start, for the first turn. With all turns, it would be endless."""
        return self.traceparent if self.cursor is None and not self.planned else None

    @property
    def lacks_mms_prices(self) -> bool:
        """Whether the campaign has pictures but no confirmed price for them.

        In the previous release, users confirmed campaigns without a price of pictures.
        """
        return bool(self.media_urls) and not (self.terms and self.terms.cents_per_mms)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress that a submitted chunk makes.

    Attributes:
        cursor: The last contact of the chunk. None if its recipients had been deferred before.
        resumed: The recipients of the chunk that had been deferred before.
        deferred: The recipients to defer now, each with the time at which its sending window opens.
    """

    cursor: UUID | None
    resumed: Sequence[UUID]
    deferred: Mapping[UUID, datetime]


async def lease(connection: AsyncConnection, limit: int, seconds: float) -> Sequence[Lease]:
    """Lease up to `limit` due campaigns of all organisations for `seconds`.

    The campaign that has been due the longest comes first. Campaigns that other planners have
    leased are skipped.
    """
    free = (
        select(campaigns.c.id)
        .where(campaigns.c.status == "running", _IS_DUE, UNLEASED)
        .order_by(_NEXT_TURN_AT)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # Postgres may run a subquery again for each row, and then lock other rows each time. It
        # runs a CTE only once.
        .cte("free")
    )
    statement = (
        update(campaigns)
        .where(campaigns.c.id.in_(select(free.c.id)))
        .values(lease_token=new_id(), lease_until=_in(seconds))
        .returning(campaigns, func.now().label("leased_at"))
    )
    return [_lease(row) for row in await connection.execute(statement)]


def _lease(row: Row[*tuple[Any, ...]]) -> Lease:
    return Lease(
        token=row.lease_token,
        campaign_id=row.id,
        org_id=row.org_id,
        payer_id=row.payer_id or row.created_by,
        actor_id=row.confirmed_by or row.created_by,
        name=row.name,
        audience=audience_of(row),
        body=row.body,
        media_urls=row.media_urls,
        reference=row.reference,
        metadata=row.metadata,
        cursor=row.cursor_contact_id,
        planned=row.planned_at is not None,
        failure_rate=row.pause_at_failure_rate,
        at_last_pause=(row.judged_tried, row.judged_failed, row.judged_known),
        terms=Terms.of_stored(row.terms, row.cents_per_mms),
        change=row.hold_change,
        sampled_at=row.sampled_at,
        leased_at=row.leased_at,
        traceparent=row.traceparent,
    )


async def save_progress(
    connection: AsyncConnection, leased: Lease, progress: Progress, seconds: float
) -> bool:
    """Store `progress` and renew the lease for `seconds`. Returns whether the turn may continue.

    The progress is also stored when the campaign was paused meanwhile, because messaging already
    has the chunk. Returns False then, and when the lease is lost.
    """
    status = await connection.scalar(
        update(campaigns)
        .where(_is_mine(leased), campaigns.c.status.in_(("running", "paused")))
        .values(
            cursor_contact_id=func.coalesce(progress.cursor, campaigns.c.cursor_contact_id),
            lease_until=_in(seconds),
        )
        .returning(campaigns.c.status)
    )
    if status is not None:
        await deferred.settle(
            connection, leased.org_id, leased.campaign_id, progress.resumed, progress.deferred
        )
    return bool(status == "running")


async def complete(connection: AsyncConnection, leased: Lease) -> bool:
    """Store that the whole audience is planned. Returns False when the lease is lost."""
    return await _did(connection, _while_running(leased).values(planned_at=func.now()))


async def stop(
    connection: AsyncConnection, leased: Lease, transition: Transition, reason: str | None
) -> int | None:
    """Carry out `transition` for `reason` and end the lease.

    Returns the sequence number of this change, for the call to messaging, or None when the lease is
    lost.
    """
    finished_at = func.now() if transition == FINISH else None
    changes = {"finished_at": finished_at, **holds.to_be_told()}
    stopped = await _stop(connection, leased, transition, reason, changes)
    if stopped and transition.target != "paused":
        await deferred.delete_all(connection, leased.org_id, leased.campaign_id)
    return stopped


async def pause_for_failures(
    connection: AsyncConnection, leased: Lease, reason: str, outcomes: Outcomes
) -> int | None:
    """Pause a campaign, hold its messages and store `outcomes`. Returns the same as `stop`."""
    counts = {
        "judged_tried": outcomes.tried,
        "judged_failed": outcomes.all_failed,
        "judged_known": outcomes.known,
    }
    return await _stop(connection, leased, PAUSE, reason, counts | holds.changed(held=True))


async def _stop(
    connection: AsyncConnection,
    leased: Lease,
    transition: Transition,
    reason: str | None,
    changes: Mapping[str, object],
) -> int | None:
    statement = _while_running(leased).values(
        status=transition.target,
        status_reason=reason,
        updated_at=func.now(),
        lease_token=None,
        lease_until=None,
        **changes,
    )
    returned = statement.returning(campaigns.c.hold_change, campaigns.c.version)
    row = (await connection.execute(returned)).one_or_none()
    version = row.version if row else None
    note(connection, Hint(leased.org_id, Topic.CAMPAIGN, leased.campaign_id, version))
    if row:
        await tell_stopped(connection, leased.org_id, [leased.campaign_id], transition)
    return row.hold_change if row else None


async def give_back(connection: AsyncConnection, leased: Lease, seconds: float) -> None:
    """End the lease unless it is lost. The next turn of the campaign is due in `seconds`."""
    await connection.execute(
        update(campaigns)
        .where(_is_mine(leased))
        .values(lease_token=None, lease_until=None, next_plan_at=_in(seconds))
    )


async def advance(connection: AsyncConnection, campaign_ids: Iterable[tuple[UUID, UUID]]) -> None:
    """Make campaigns due now. `campaign_ids` are pairs of organisation id and campaign id."""
    named = list(campaign_ids)
    await connection.execute(
        _ADVANCE, {"org_ids": [org_id for org_id, _ in named], "ids": [own for _, own in named]}
    )


def _while_running(leased: Lease) -> Update:
    return update(campaigns).where(_is_mine(leased), campaigns.c.status == "running")


def _is_mine(leased: Lease) -> ColumnElement[bool]:
    return and_(
        campaigns.c.id == leased.campaign_id,
        campaigns.c.org_id == leased.org_id,
        campaigns.c.lease_token == leased.token,
    )


async def _did(connection: AsyncConnection, statement: Update) -> bool:
    return (await connection.execute(statement)).rowcount == 1


def _in(seconds: float) -> ColumnElement[datetime]:
    return func.now() + cast(literal(timedelta(seconds=seconds)), Interval)
