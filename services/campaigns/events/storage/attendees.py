"""Attendees of events."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    case,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.errors import Conflict, CrossOrgAccess, NotFound
from servicekit.ids import new_id
from services.campaigns.campaigns.domain.recipients import Recipient
from services.campaigns.events.storage.event_tables import event_attendees as attendees

_COLUMNS = (
    attendees.c.id,
    attendees.c.first_name,
    attendees.c.last_name,
    attendees.c.phone,
    attendees.c.contact_id,
    attendees.c.rsvp_status,
    attendees.c.rsvp_at,
    attendees.c.created_at,
)

_NOT_ANSWERED = "pending"

# In the order of contacts, as by every statement that adds several: so they never deadlock.
_ADD_ALL = text("""
INSERT INTO event_attendees
  (id, org_id, event_id, contact_id, first_name, last_name, phone, rsvp_status)
SELECT uuidv7(), :org_id, :event_id, contact_id, first_name, nullif(last_name, ''), phone, 'pending'
FROM unnest(
  CAST(:contact_ids AS uuid[]), CAST(:first_names AS text[]),
  CAST(:last_names AS text[]), CAST(:phones AS text[])
) AS contact (contact_id, first_name, last_name, phone)
ORDER BY contact_id
ON CONFLICT (event_id, contact_id) WHERE deleted_at IS NULL AND contact_id IS NOT NULL DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class NewAttendee:
    """An attendee to store; ``phone`` and ``contact_id`` go together."""

    first_name: str
    last_name: str | None
    phone: str | None
    rsvp_status: str
    contact_id: UUID | None = None


async def add(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, attendee: NewAttendee
) -> RowMapping:
    """Store an attendee. Raises ``Conflict`` where the contact attends the event already."""
    statement = (
        insert(attendees)
        .values(
            id=new_id(),
            org_id=org_id,
            event_id=event_id,
            contact_id=attendee.contact_id,
            first_name=attendee.first_name,
            last_name=attendee.last_name,
            phone=attendee.phone,
            rsvp_status=attendee.rsvp_status,
            rsvp_at=None if attendee.rsvp_status == _NOT_ANSWERED else func.now(),
        )
        .returning(*_COLUMNS)
    )
    try:
        return (await connection.execute(statement)).mappings().one()
    except IntegrityError as error:
        raise _attends_already(error) from error


async def add_all(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, contacts: Sequence[Recipient]
) -> int:
    """Have ``contacts`` attend an event; how many did not yet."""
    result = await connection.execute(
        _ADD_ALL,
        {
            "org_id": org_id,
            "event_id": event_id,
            "contact_ids": [contact.contact_id for contact in contacts],
            "first_names": [contact.values["firstName"] for contact in contacts],
            "last_names": [contact.values["lastName"] for contact in contacts],
            "phones": [contact.phone for contact in contacts],
        },
    )
    return result.rowcount


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    event_id: UUID,
    rsvp_status: str | None,
    limit: int,
    before: UUID | None,
) -> Sequence[RowMapping]:
    """``limit`` attendees of an event, the latest added first, added before ``before``.

    Those with ``rsvp_status`` alone where that is given.
    """
    query = (
        select(*_COLUMNS)
        .where(_of_event(org_id, event_id))
        .order_by(attendees.c.id.desc())
        .limit(limit)
    )
    if rsvp_status:
        query = query.where(attendees.c.rsvp_status == rsvp_status)
    if before:
        query = query.where(attendees.c.id < before)
    return (await connection.execute(query)).mappings().all()


async def get(database: Database, org_id: UUID, event_id: UUID, attendee_id: UUID) -> RowMapping:
    """An attendee of an event. Raises ``CrossOrgAccess`` or ``NotFound``."""
    query = select(*_COLUMNS).where(_is_attendee(org_id, event_id, attendee_id))
    async with database.org(org_id) as connection:
        row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise await absence(database, org_id, [attendee_id])
    return row


async def get_ever(
    database: Database, org_id: UUID, event_id: UUID, attendee_id: UUID
) -> RowMapping:
    """An attendee of an event, or one who was, with ``deleted_at``. Raises as ``get``."""
    query = select(*_COLUMNS, attendees.c.deleted_at).where(
        attendees.c.id == attendee_id,
        attendees.c.event_id == event_id,
        attendees.c.org_id == org_id,
    )
    async with database.org(org_id) as connection:
        row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise await absence(database, org_id, [attendee_id])
    return row


async def names(
    connection: AsyncConnection, org_id: UUID, attendee_ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """First and last names of attendees, deleted ones too, by their ids."""
    name = func.concat_ws(" ", attendees.c.first_name, attendees.c.last_name)
    query = select(attendees.c.id, name).where(
        attendees.c.org_id == org_id, attendees.c.id.in_(attendee_ids)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def change(
    connection: AsyncConnection,
    org_id: UUID,
    event_id: UUID,
    attendee_id: UUID,
    changes: Mapping[str, Any],
) -> RowMapping | None:
    """Set columns of an attendee; None where the event has none with this id.

    A ``rsvp_status`` other than before is an answer of now. Raises ``Conflict`` where the new
    contact attends already.
    """
    values = dict(changes)
    if "rsvp_status" in changes:
        same = attendees.c.rsvp_status == changes["rsvp_status"]
        values["rsvp_at"] = case((same, attendees.c.rsvp_at), else_=func.now())
    statement = (
        update(attendees)
        .where(_is_attendee(org_id, event_id, attendee_id))
        .values(values)
        .returning(*_COLUMNS)
    )
    try:
        return (await connection.execute(statement)).mappings().first()
    except IntegrityError as error:
        raise _attends_already(error) from error


async def delete(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, attendee_id: UUID
) -> bool:
    """Soft-delete an attendee; False where the event has none with this id."""
    result = await connection.execute(
        update(attendees)
        .where(_is_attendee(org_id, event_id, attendee_id))
        .values(deleted_at=func.now())
    )
    return result.rowcount == 1


async def lock_among(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, attendee_ids: Sequence[UUID]
) -> set[UUID]:
    """Those of ``attendee_ids`` that attend the event, and do until this transaction ends."""
    query = (
        select(attendees.c.id)
        .where(_of_event(org_id, event_id), attendees.c.id == func.any(attendee_ids))
        .order_by(attendees.c.id)
        .with_for_update(read=True)
    )
    return set(await connection.scalars(query))


async def absence(database: Database, org_id: UUID, attendee_ids: Sequence[UUID]) -> Exception:
    """The error for ids that are no attendees of the event (any more); it names the first."""
    elsewhere = and_(attendees.c.id == func.any(attendee_ids), attendees.c.org_id != org_id)
    error = await database.not_found(attendees, elsewhere, "attendee")
    if isinstance(error, CrossOrgAccess):
        return error
    return NotFound(f"The event has no attendee {attendee_ids[0]}.", "attendee_not_found")


def _is_attendee(org_id: UUID, event_id: UUID, attendee_id: UUID) -> ColumnElement[bool]:
    return and_(attendees.c.id == attendee_id, _of_event(org_id, event_id))


def _of_event(org_id: UUID, event_id: UUID) -> ColumnElement[bool]:
    return and_(
        attendees.c.event_id == event_id,
        attendees.c.org_id == org_id,
        attendees.c.deleted_at.is_(None),
    )


def _attends_already(error: IntegrityError) -> Exception:
    if violated(error) == "uq_event_attendees_contact":
        return Conflict("An attendee of the event has this number.", "attendee_exists")
    return error
