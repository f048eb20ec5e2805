"""The campaigns that run, wait or need a decision: some of each kind, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns

LEFT = "left"
"""The `kind` of a draft whose owner was removed from the organisation."""


@dataclass(frozen=True, slots=True)
class Current:
    """A campaign that runs, waits or needs a decision.

    `kind` is its status, or `LEFT` for a draft that a removed member left. `total` counts the
    campaigns of this kind.
    """

    kind: str
    total: int
    id: UUID
    name: str
    status: str
    status_reason: str | None
    schedule_at: datetime | None
    started_at: datetime | None
    all_processed: bool
    opted_out_count: int
    invalid_count: int


async def current(connection: AsyncConnection, org_id: UUID, each: int) -> Sequence[Current]:
    """Return up to `each` campaigns of every kind, that is of every status and of `LEFT`.

    Scheduled campaigns are sorted by their start, the earliest first, all others newest first.
    """
    is_left = and_(campaigns.c.status == "draft", campaigns.c.status_reason == MEMBER_REMOVED)
    kind = case((is_left, LEFT), else_=campaigns.c.status)
    place = func.row_number().over(
        partition_by=kind, order_by=(campaigns.c.schedule_at, campaigns.c.id.desc())
    )
    found = (
        select(
            kind.label("kind"),
            func.count().over(partition_by=kind).label("total"),
            campaigns.c.id,
            campaigns.c.name,
            campaigns.c.status,
            campaigns.c.status_reason,
            campaigns.c.schedule_at,
            campaigns.c.started_at,
            campaigns.c.planned_at.is_not(None).label("all_processed"),
            campaigns.c.opted_out_count,
            campaigns.c.invalid_count,
            place.label("place"),
        )
        .where(
            campaigns.c.org_id == org_id,
            campaigns.c.deleted_at.is_(None),
            campaigns.c.notification_type.is_(None),
            or_(campaigns.c.status.in_(("running", "paused", "scheduled")), is_left),
        )
        .subquery()
    )
    columns = [column for column in found.c if column.name != "place"]
    query = select(*columns).where(found.c.place <= each).order_by(found.c.kind, found.c.place)
    return [Current(*row) for row in await connection.execute(query)]
