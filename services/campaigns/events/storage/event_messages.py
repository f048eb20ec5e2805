"""Read and write event messages, which are campaigns for the attendees of an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.campaigns.campaigns.domain.payers import payer_id
from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED
from services.campaigns.campaigns.domain.recipients import Attendees
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.campaigns.storage.campaigns import NAME_LENGTH, is_campaign
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.storage.planner import wake_planner

_COLUMNS: list[ColumnElement[Any]] = [
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
    campaigns.c.payer_id,
]
_OPEN = ("running", "paused")


@dataclass(frozen=True, slots=True)
class EventMessage:
    """An event message. `recipients` attendees have a phone number, `without_phone` have none."""

    id: UUID
    org_id: UUID
    event_id: UUID
    notification_type: str
    status: Status
    status_reason: str | None
    recipients: int
    without_phone: int
    opted_out_count: int
    invalid_count: int
    hold_change: int
    message: str
    question_set_id: UUID | None
    created_by: UUID
    created_at: datetime
    finished_at: datetime | None
    payer_id: UUID | None

    @property
    def paid_by(self) -> UUID | None:
        """Who pays for the message: a user, or the organisation's id for its own balance.

        None for a message of a removed member: the user who resumes it decides who pays.
        """
        if self.status_reason == MEMBER_REMOVED:
            return None
        return self.payer_id or self.created_by


@dataclass(frozen=True, slots=True)
class NewEventMessage:
    """An event message to store.

    `operation_id` is the same when the client repeats the request, and None if the request can't be
    repeated. `recipients` is the count of attendees with a phone number, `without_phone` of those
    without. `terms` are confirmed for the message.
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
) -> EventMessage | None:
    """Store a running event message. Returns None if the same request has created one already."""
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
            payer_id=payer_id(new.terms, org_id, user_id),
            tell_hold_until=func.now(),
        )
        .on_conflict_do_nothing()
        .returning(*_COLUMNS)
    )
    row = (await connection.execute(statement)).first()
    wake_planner(connection)
    return EventMessage(*row) if row else None


async def of_operation(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, operation_id: UUID | None
) -> EventMessage | None:
    """Return the event message that an earlier attempt of this request created, if any."""
    if operation_id is None:
        return None
    query = select(*_COLUMNS).where(
        campaigns.c.org_id == org_id,
        campaigns.c.event_id == event_id,
        campaigns.c.operation_id == operation_id,
    )
    row = (await connection.execute(query)).first()
    return EventMessage(*row) if row else None


async def is_in_progress(connection: AsyncConnection, org_id: UUID, new: NewEventMessage) -> bool:
    """Return whether the same message to the same attendees is still in progress."""
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
) -> Sequence[EventMessage]:
    """Return up to `limit` messages of an event older than `before`, newest first."""
    query = (
        select(*_COLUMNS)
        .where(campaigns.c.org_id == org_id, campaigns.c.event_id == event_id)
        .order_by(campaigns.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(campaigns.c.id < before)
    return [EventMessage(*row) for row in await connection.execute(query)]


async def find(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, message_id: UUID
) -> EventMessage | None:
    """Return an event message, or None if the event has none with this id."""
    query = select(*_COLUMNS).where(is_campaign(org_id, message_id, event_id))
    row = (await connection.execute(query)).first()
    return EventMessage(*row) if row else None


async def in_progress(connection: AsyncConnection, org_id: UUID, event_id: UUID) -> Sequence[UUID]:
    """Return the ids of an event's messages that are running or paused."""
    query = select(campaigns.c.id).where(
        campaigns.c.org_id == org_id,
        campaigns.c.event_id == event_id,
        campaigns.c.status.in_(_OPEN),
    )
    return (await connection.execute(query)).scalars().all()


async def latest_at(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, notification_type: str
) -> datetime | None:
    """Return the time at which the latest message of a type was created, or None."""
    latest: datetime | None = await connection.scalar(
        select(func.max(campaigns.c.created_at)).where(
            campaigns.c.org_id == org_id,
            campaigns.c.event_id == event_id,
            campaigns.c.notification_type == notification_type,
        )
    )
    return latest
