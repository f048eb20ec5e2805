"""Holds: the states that messaging must be told when campaigns start, pause, resume or end.

Calls to messaging can overtake each other or get lost. So each change has a sequence number, with
which messaging can ignore an older change that arrives late, and a job repeats the current state
for a while after each change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns

# Twice the time that a call can take.
_TELL_FOR = timedelta(seconds=20)
_BATCH = 100

_DUE = text("""NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'tell-holds' AND item = sms_campaigns.id::text
)""")

HAS_CHANGED = exists().where(campaigns.c.tell_hold_until.is_not(None))
"""SQL condition: messaging must be told about a change of a campaign."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The state of a campaign that messaging must be told about.

    `held`: its pending messages are held. `withdrawn`: they are cancelled. `running`: the campaign
    is being sent. `change` is the sequence number of the change. The job repeats the call until
    `tell_until`.
    """

    org_id: UUID
    campaign_id: UUID
    held: bool
    withdrawn: bool
    running: bool
    change: int
    tell_until: datetime


def changed(held: bool) -> dict[str, object]:
    """Return the columns to set when a campaign's messages are held or released."""
    return {
        "held": held,
        "tell_hold_until": func.now() + _TELL_FOR,
        "hold_change": campaigns.c.hold_change + 1,
    }


def to_be_told() -> dict[str, object]:
    """Return the columns to set when a campaign starts or stops being sent.

    A job then tells messaging once. If the job still repeats an earlier change, it now repeats this
    one instead, until the same time.
    """
    return {
        "tell_hold_until": func.greatest(campaigns.c.tell_hold_until, func.now()),
        "hold_change": campaigns.c.hold_change + 1,
    }


def withdrawn(where: ColumnElement[bool]) -> dict[str, object]:
    """Return the columns to set when campaigns are deleted.

    For the campaigns that match `where`, a job then repeatedly tells messaging for some time to
    cancel their pending messages.
    """
    until = func.now() + _TELL_FOR
    return {"tell_hold_until": case((where, until), else_=campaigns.c.tell_hold_until)}


async def to_tell(connection: AsyncConnection) -> Sequence[Hold]:
    """Return the holds that messaging must be told about, of all organisations, oldest first."""
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
    """Store that messaging was told about `hold`. The call is not repeated after `tell_until`."""
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
