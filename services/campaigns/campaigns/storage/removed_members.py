"""Campaigns of members who were removed from their organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, case, func, literal, null, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.identity import CLOCK_TOLERANCE_SECONDS
from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED
from services.campaigns.campaigns.domain.states import EDITABLE
from services.campaigns.campaigns.storage import holds
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns

# Another database tells when somebody was removed.
_TOLERANCE = timedelta(seconds=CLOCK_TOLERANCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Removal:
    """A member who was removed, and when."""

    org_id: UUID
    user_id: UUID
    at: datetime


def confirmed_by(user_id: UUID) -> dict[str, object]:
    """The columns to set where a user starts, schedules or resumes a campaign.

    One of a removed member is theirs to pay for from then on.
    """
    return {
        "confirmed_by": user_id,
        "confirmed_at": func.now(),
        "payer_id": case(
            (campaigns.c.status_reason == MEMBER_REMOVED, user_id), else_=campaigns.c.payer_id
        ),
        "status_reason": None,
    }


async def take_back(connection: AsyncConnection, removal: Removal) -> Sequence[tuple[UUID, str]]:
    """Make drafts of what the member had scheduled, and pause what was running.

    What they did after the removal, active again, stays; so does what somebody else took over.
    Returns the campaigns, each with its status now.
    """
    confirmed_at = func.coalesce(campaigns.c.confirmed_at, campaigns.c.created_at)
    is_draft = campaigns.c.status.in_(EDITABLE)
    theirs = and_(
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
    statement = (
        update(campaigns)
        .where(theirs)
        .values(
            status=case((is_draft, literal("draft")), else_=literal("paused")),
            status_reason=MEMBER_REMOVED,
            updated_at=func.now(),
            schedule_at=None,
            body=case((is_draft, null()), else_=campaigns.c.body),
            terms=case((is_draft, null()), else_=campaigns.c.terms),
            lease_token=None,
            lease_until=None,
            **{**holds.changed(held=True), "held": ~is_draft},
        )
        .returning(campaigns.c.id, campaigns.c.status)
    )
    return [(row.id, row.status) for row in await connection.execute(statement)]
