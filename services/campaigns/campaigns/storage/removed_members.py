"""Unschedule or pause the campaigns of removed members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, literal, literal_column, null, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.tokens import CLOCK_TOLERANCE_SECONDS
from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED
from services.campaigns.campaigns.domain.states import EDITABLE, PAUSE
from services.campaigns.campaigns.storage import holds
from services.campaigns.campaigns.storage.customer_events import tell_stopped
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns

# The time of the removal is from another database, whose clock may differ by this much.
_TOLERANCE = timedelta(seconds=CLOCK_TOLERANCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Removal:
    """The removal of a member from an organisation."""

    org_id: UUID
    user_id: UUID
    at: datetime


def confirmed_by(user_id: UUID, payer_id: UUID | None) -> dict[str, object]:
    """Return the columns to set when a user starts or schedules a campaign.

    `payer_id` pays for the campaign from then on. If it is None, the campaign keeps its payer.
    """
    columns: dict[str, object] = {
        "confirmed_by": user_id,
        "confirmed_at": func.now(),
        "status_reason": None,
    }
    return columns | ({"payer_id": payer_id} if payer_id else {})


def resumed_by(user_id: UUID, payer_id: UUID | None) -> dict[str, object]:
    """Return the columns to set when a user resumes a campaign.

    The campaign keeps its payer. Only a campaign of a removed member gets a new payer: `payer_id`,
    or the user if `payer_id` is None.
    """
    taken_over = campaigns.c.status_reason == MEMBER_REMOVED
    payer = case((taken_over, payer_id or user_id), else_=campaigns.c.payer_id)
    return {**confirmed_by(user_id, None), "payer_id": payer}


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A campaign of a removed member that was unscheduled or paused.

    `was_confirmed` is False if it was still a draft. `was_running` is False if it was paused
    already or had not started.
    """

    id: UUID
    name: str
    status: str
    was_confirmed: bool
    version: int
    was_running: bool


async def take_back(connection: AsyncConnection, removal: Removal) -> Sequence[TakenBack]:
    """Turn the member's scheduled campaigns into drafts and pause the running ones.

    Campaigns are not changed if somebody else took them over, or if the member came back and
    confirmed them after the removal. Returns the campaigns with their new status.
    """
    is_draft = campaigns.c.status.in_(EDITABLE)
    statement = (
        update(campaigns)
        .where(_left_by(removal))
        .values(
            status=case((is_draft, literal("draft")), else_=literal("paused")),
            status_reason=MEMBER_REMOVED,
            updated_at=func.now(),
            schedule_at=None,
            body=case((is_draft, null()), else_=campaigns.c.body),
            terms=case((is_draft, null()), else_=campaigns.c.terms),
            cents_per_mms=case((is_draft, null()), else_=campaigns.c.cents_per_mms),
            lease_token=None,
            lease_until=None,
            **{**holds.changed(held=True), "held": ~is_draft},
        )
        .returning(
            campaigns.c.id,
            campaigns.c.name,
            campaigns.c.status,
            or_(~is_draft, campaigns.c.confirmed_by.is_not(None)),
            campaigns.c.version,
            literal_column("old.status = 'running'"),
        )
    )
    taken = [TakenBack(*row) for row in await connection.execute(statement)]
    note(connection, *(Hint(removal.org_id, Topic.CAMPAIGN, one.id, one.version) for one in taken))
    stopped = [one.id for one in taken if one.was_running]
    await tell_stopped(connection, removal.org_id, stopped, PAUSE)
    return taken


def _left_by(removal: Removal) -> ColumnElement[bool]:
    confirmed_at = func.coalesce(campaigns.c.confirmed_at, campaigns.c.created_at)
    return and_(
        campaigns.c.org_id == removal.org_id,
        campaigns.c.deleted_at.is_(None),
        campaigns.c.status.in_([*EDITABLE, "running", "paused"]),
        func.coalesce(campaigns.c.status_reason, "") != MEMBER_REMOVED,
        or_(
            func.coalesce(campaigns.c.payer_id, campaigns.c.created_by) == removal.user_id,
            campaigns.c.confirmed_by == removal.user_id,
        ),
        confirmed_at <= removal.at + _TOLERANCE,
    )
