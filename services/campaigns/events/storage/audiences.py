"""Read the attendees that get an event message, in the order of their contacts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.domain.recipients import Attendees
from services.campaigns.events.domain.attendees import AttendeeDetails
from services.campaigns.events.storage.tables import event_attendees, event_matches

_matched = event_attendees.alias("matched")

_OTHER = case(
    (event_matches.c.attendee_id == event_attendees.c.id, event_matches.c.matched_attendee_id),
    else_=event_matches.c.attendee_id,
)


async def count(connection: AsyncConnection, org_id: UUID, attendees: Attendees) -> tuple[int, int]:
    """Return how many of `attendees` have a phone number, and how many don't."""
    row = (
        await connection.execute(
            select(func.count(event_attendees.c.phone), func.count()).where(
                _among(org_id, attendees)
            )
        )
    ).one()
    return row[0], row[1] - row[0]


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    attendees: Attendees,
    after: UUID | None,
    limit: int,
) -> Sequence[AttendeeDetails]:
    """Return up to `limit` of `attendees` after the contact `after`, in the order of contacts."""
    query = _with_matches(org_id).where(
        _among(org_id, attendees), event_attendees.c.contact_id.is_not(None)
    )
    if after:
        query = query.where(event_attendees.c.contact_id > after)
    query = query.order_by(event_attendees.c.contact_id).limit(limit)
    return [AttendeeDetails(*row) for row in await connection.execute(query)]


async def of_contacts(
    connection: AsyncConnection, org_id: UUID, attendees: Attendees, contact_ids: Sequence[UUID]
) -> Sequence[AttendeeDetails]:
    """Return those of `attendees` whose contact is in `contact_ids`."""
    query = _with_matches(org_id).where(
        _among(org_id, attendees), event_attendees.c.contact_id.in_(contact_ids)
    )
    return [AttendeeDetails(*row) for row in await connection.execute(query)]


async def accepted_since(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, since: datetime | None
) -> int:
    """Count the attendees who accepted the invitation.

    With `since`, only those who accepted after this time are counted.
    """
    query = (
        select(func.count())
        .select_from(event_attendees)
        .where(_of_event(org_id, event_id), event_attendees.c.rsvp_status == "yes")
    )
    if since is not None:
        query = query.where(event_attendees.c.rsvp_at > since)
    return await connection.scalar(query) or 0


def _with_matches(org_id: UUID) -> Select[tuple[Any, ...]]:
    """Return the query for attendees with the names of the attendees whom they should meet."""
    names = func.concat_ws(" ", _matched.c.first_name, _matched.c.last_name)
    matches = (
        select(func.array_agg(aggregate_order_by(names, event_matches.c.id)))
        .where(_is_match(org_id), _matched.c.id == _OTHER, _matched.c.org_id == org_id)
        .correlate(event_attendees)
        .scalar_subquery()
    )
    return select(
        event_attendees.c.id,
        event_attendees.c.contact_id,
        event_attendees.c.phone,
        event_attendees.c.first_name,
        event_attendees.c.last_name,
        event_attendees.c.rsvp_status,
        matches.label("matches"),
    )


def _among(org_id: UUID, attendees: Attendees) -> ColumnElement[bool]:
    conditions = [_of_event(org_id, attendees.event_id)]
    if attendees.chosen is not None:
        conditions.append(event_attendees.c.id.in_(attendees.chosen))
    if attendees.part == "not_answered":
        conditions.append(event_attendees.c.rsvp_status == "pending")
    elif attendees.part == "coming":
        conditions.append(event_attendees.c.rsvp_status == "yes")
    elif attendees.part == "matched":
        conditions.append(exists().where(_is_match(org_id)))
    return and_(*conditions)


def _is_match(org_id: UUID) -> ColumnElement[bool]:
    mine = event_attendees.c.id
    return and_(
        event_matches.c.org_id == org_id,
        or_(event_matches.c.attendee_id == mine, event_matches.c.matched_attendee_id == mine),
    )


def _of_event(org_id: UUID, event_id: UUID) -> ColumnElement[bool]:
    return and_(
        event_attendees.c.event_id == event_id,
        event_attendees.c.org_id == org_id,
        event_attendees.c.deleted_at.is_(None),
    )
