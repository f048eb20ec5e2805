"""Notifications: campaigns whose audience is an event's attendees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.campaigns.domain.recipients import Attendees
from services.campaigns.campaigns.storage.campaigns import NAME_LENGTH, is_campaign, not_found
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.common.domain.terms import Terms

_COLUMNS = (
    campaigns.c.id,
    campaigns.c.org_id,
    campaigns.c.event_id,
    campaigns.c.notification_type,
    campaigns.c.status,
    campaigns.c.status_reason,
    campaigns.c.recipient_count.label("recipients"),
    campaigns.c.without_phone_count.label("without_phone"),
    campaigns.c.opted_out_count,
    campaigns.c.invalid_count,
    campaigns.c.hold_change,
    campaigns.c.body.label("message"),
    campaigns.c.question_set_id,
    campaigns.c.created_by,
    campaigns.c.created_at,
    campaigns.c.finished_at,
)
_OPEN = ("running", "paused")


@dataclass(frozen=True, slots=True)
class NewEventMessage:
    """A notification to send off. ``operation_id`` is the client's operation, if it has one.

    ``recipients`` of the attendees have a number, ``without_phone`` have none. ``terms`` are
    confirmed for it.
    """

    name: str
    text: str
    attendees: Attendees
    recipients: int
    without_phone: int
    question_set_id: UUID | None
    operation_id: UUID | None
    terms: Terms


async def add(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, new: NewEventMessage
) -> RowMapping | None:
    """Store a notification that runs; None where the operation has made one already."""
    statement = (
        insert(campaigns)
        .values(
            id=new_id(),
            org_id=org_id,
            name=new.name[:NAME_LENGTH],
            message=new.text,
            body=new.text,
            status="running",
            created_by=user_id,
            started_at=func.now(),
            next_plan_at=func.now(),
            event_id=new.attendees.event_id,
            notification_type=new.attendees.notification_type,
            attendee_ids=new.attendees.chosen,
            attendee_audience=new.attendees.part,
            variables=dict(new.attendees.variables),
            question_set_id=new.question_set_id,
            recipient_count=new.recipients,
            without_phone_count=new.without_phone,
            operation_id=new.operation_id,
            terms=new.terms.to_store(),
            tell_hold_until=func.now(),
        )
        .on_conflict_do_nothing()
        .returning(*_COLUMNS)
    )
    return (await connection.execute(statement)).mappings().first()


async def of_operation(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, operation_id: UUID | None
) -> RowMapping | None:
    """The notification that a client's operation has made; None where there is none."""
    if operation_id is None:
        return None
    query = select(*_COLUMNS).where(
        campaigns.c.org_id == org_id,
        campaigns.c.event_id == event_id,
        campaigns.c.operation_id == operation_id,
    )
    return (await connection.execute(query)).mappings().first()


async def is_under_way(connection: AsyncConnection, org_id: UUID, new: NewEventMessage) -> bool:
    """Whether one that says the same to the same attendees is not over yet."""
    wanted = new.attendees
    query = select(campaigns.c.id).where(
        campaigns.c.org_id == org_id,
        campaigns.c.event_id == wanted.event_id,
        campaigns.c.status.in_(_OPEN),
        campaigns.c.notification_type == wanted.notification_type,
        campaigns.c.body == new.text,
        campaigns.c.variables == dict(wanted.variables),
        campaigns.c.attendee_audience == wanted.part,
        campaigns.c.attendee_ids.is_not_distinct_from(wanted.chosen),
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def page(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """``limit`` notifications of an event, newest first, older than ``before``."""
    query = (
        select(*_COLUMNS)
        .where(campaigns.c.org_id == org_id, campaigns.c.event_id == event_id)
        .order_by(campaigns.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(campaigns.c.id < before)
    return (await connection.execute(query)).mappings().all()


async def get(
    database: Database, org_id: UUID, event_id: UUID, notification_id: UUID
) -> RowMapping:
    """A notification of an event. Raises ``CrossOrgAccess`` or ``NotFound``."""
    async with database.org(org_id) as connection:
        query = select(*_COLUMNS).where(is_campaign(org_id, notification_id, event_id))
        row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise await not_found(database, org_id, notification_id, "notification")
    return row


async def open_ones(connection: AsyncConnection, org_id: UUID, event_id: UUID) -> Sequence[UUID]:
    """The notifications of an event that are running or paused."""
    query = select(campaigns.c.id).where(
        campaigns.c.org_id == org_id,
        campaigns.c.event_id == event_id,
        campaigns.c.status.in_(_OPEN),
    )
    return (await connection.execute(query)).scalars().all()


async def latest_at(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, notification_type: str
) -> datetime | None:
    """When the latest notification of a type was sent off; None before the first."""
    latest: datetime | None = await connection.scalar(
        select(func.max(campaigns.c.created_at)).where(
            campaigns.c.org_id == org_id,
            campaigns.c.event_id == event_id,
            campaigns.c.notification_type == notification_type,
        )
    )
    return latest
