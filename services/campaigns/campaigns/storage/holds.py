"""Holds: what messaging is to be told about campaigns that start, pause, go on, or end.

Calls that tell it can overtake each other or get lost. So each change has a number, by which
messaging ignores an older one that comes late, and the present state is told again and again for a
while after each change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns

# Twice as long as any call takes.
_TELL_FOR = timedelta(seconds=20)
_BATCH = 100

_DUE = text("""NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'tell-holds' AND item = sms_campaigns.id::text
)""")


@dataclass(frozen=True, slots=True)
class Hold:
    """Whether a campaign's pending texts are held back, and until when that is told.

    ``withdrawn``: they are taken back for good. ``running``: the campaign is being sent.
    ``change`` is the number of the change that this is.
    """

    org_id: UUID
    campaign_id: UUID
    held: bool
    withdrawn: bool
    running: bool
    change: int
    tell_until: datetime


def changed(held: bool) -> dict[str, object]:
    """The columns to set where a campaign's texts are held back or let go."""
    return {
        "held": held,
        "tell_hold_until": func.now() + _TELL_FOR,
        "hold_change": campaigns.c.hold_change + 1,
    }


def to_be_told() -> dict[str, object]:
    """The columns to set where a campaign starts or stops being sent.

    Once is enough, since nobody else tells of it; a change that is still told again stays so.
    """
    return {
        "tell_hold_until": func.greatest(campaigns.c.tell_hold_until, func.now()),
        "hold_change": campaigns.c.hold_change + 1,
    }


def taken_back(where: ColumnElement[bool]) -> dict[str, object]:
    """The columns to set where campaigns are deleted: those ``where`` holds are taken back."""
    until = func.now() + _TELL_FOR
    return {"tell_hold_until": case((where, until), else_=campaigns.c.tell_hold_until)}


async def to_tell(connection: AsyncConnection) -> Sequence[Hold]:
    """Holds of all organisations that messaging is to be told, those told the longest first."""
    rows = await connection.execute(
        select(
            campaigns.c.org_id,
            campaigns.c.id,
            campaigns.c.held,
            or_(campaigns.c.status == "cancelled", campaigns.c.deleted_at.is_not(None)),
            campaigns.c.status == "running",
            campaigns.c.hold_change,
            campaigns.c.tell_hold_until,
        )
        .where(campaigns.c.tell_hold_until.is_not(None), _DUE)
        .order_by(campaigns.c.tell_hold_until)
        .limit(_BATCH)
    )
    return [Hold(*row) for row in rows]


async def told(connection: AsyncConnection, hold: Hold) -> None:
    """Note that messaging was told; the matter is closed once it has been told long enough."""
    await connection.execute(
        update(campaigns)
        .where(
            campaigns.c.id == hold.campaign_id,
            campaigns.c.org_id == hold.org_id,
            campaigns.c.tell_hold_until == hold.tell_until,
            campaigns.c.tell_hold_until <= func.now(),
        )
        .values(tell_hold_until=None)
    )
