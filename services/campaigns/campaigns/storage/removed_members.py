"""Unschedule or pause the campaigns of removed members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, case, func, literal, null, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.identity import CLOCK_TOLERANCE_SECONDS
from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED
from services.campaigns.campaigns.domain.states import EDITABLE
from services.campaigns.campaigns.storage import holds
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns

# The time of the removal is from the clock of another database.
_TOLERANCE = timedelta(seconds=CLOCK_TOLERANCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Removal:
    """The removal of a member from an organisation."""

    org_id: UUID
    user_id: UUID
    at: datetime


def confirmed_by(user_id: UUID) -> dict[str, object]:
    """Return the columns to set when a user starts, schedules or resumes a campaign.

    The user takes over a campaign of a removed member and pays for it from then on.
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
    """Turn the member's scheduled campaigns into drafts and pause the running ones.

    Campaigns stay as they are when somebody else took them over, or when the member became active
    again and confirmed them after the removal. Returns each campaign with its new status.
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
    taken = [(row.id, row.status) for row in await connection.execute(statement)]
    note(connection, *(Hint(removal.org_id, Topic.CAMPAIGN, id_) for id_, _ in taken))
    return taken
