"""Read and write the attendees of events."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.db.versions import Versions
from servicekit.errors import Conflict, CrossOrgAccess, NotFound
from servicekit.ids import new_id
from services.campaigns.campaigns.domain.recipients import Recipient
from services.campaigns.common.storage.words import begin_with, words_of
from services.campaigns.events.storage.tables import event_attendees as attendees


@dataclass(frozen=True, slots=True)
class Attendee:
    """A person invited to an event. `phone` and `contact_id` are both set or both None."""

    id: UUID
    first_name: str
    last_name: str | None
    phone: str | None
    contact_id: UUID | None
    rsvp_status: str
    rsvp_at: datetime | None
    created_at: datetime
    deleted_at: datetime | None
    version: int
    column_versions: Mapping[str, int]

    @property
    def versions(self) -> Versions:
        """The attendee's version, and the version in which each column last changed."""
        return Versions(self.version, self.column_versions)


_COLUMNS = [attendees.c[field.name] for field in fields(Attendee)]

_FEWEST_DIGITS = 3
_NOT_ANSWERED = "pending"

# All statements that add several rows sort them by contact, so that they never deadlock.
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
    """An attendee to store. `phone` and `contact_id` are both set or both None."""

    first_name: str
    last_name: str | None
    phone: str | None
    rsvp_status: str
    contact_id: UUID | None = None


async def add(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, attendee: NewAttendee
) -> Attendee:
    """Store an attendee.

    Raises:
        Conflict: The contact attends the event already.
    """
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
        return Attendee(*(await connection.execute(statement)).one())
    except IntegrityError as error:
        raise _attends_already(error) from error


async def add_all(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, contacts: Sequence[Recipient]
) -> int:
    """Add contacts to an event. Returns the number of new attendees."""
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


@dataclass(frozen=True, slots=True)
class AttendeeFilter:
    """The attendees of an event to list. An empty field doesn't limit them."""

    event_id: UUID
    rsvp_status: str | None = None
    search: str = ""


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: AttendeeFilter,
    limit: int,
    before: UUID | None,
) -> Sequence[Attendee]:
    """Return up to `limit` attendees older than `before`, newest first."""
    query = (
        select(*_COLUMNS)
        .where(_of_event(org_id, wanted.event_id))
        .order_by(attendees.c.id.desc())
        .limit(limit)
    )
    if wanted.rsvp_status:
        query = query.where(attendees.c.rsvp_status == wanted.rsvp_status)
    if wanted.search.strip():
        query = query.where(_matches(wanted.search))
    if before:
        query = query.where(attendees.c.id < before)
    return [Attendee(*row) for row in await connection.execute(query)]


async def find(
    connection: AsyncConnection,
    org_id: UUID,
    event_id: UUID,
    attendee_id: UUID,
    also_deleted: bool = False,
    lock: bool = False,
) -> Attendee | None:
    """Return an attendee, or None if the event has none with this id.

    If `lock` is set, nobody can change the attendee until the transaction ends.
    """
    query = select(*_COLUMNS).where(
        attendees.c.id == attendee_id,
        attendees.c.event_id == event_id,
        attendees.c.org_id == org_id,
    )
    if not also_deleted:
        query = query.where(attendees.c.deleted_at.is_(None))
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).first()
    return Attendee(*row) if row else None


async def names(
    connection: AsyncConnection, org_id: UUID, attendee_ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """Return the full names of attendees by their ids, also of deleted ones."""
    name = func.concat_ws(" ", attendees.c.first_name, attendees.c.last_name)
    query = select(attendees.c.id, name).where(
        attendees.c.org_id == org_id, attendees.c.id.in_(attendee_ids)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def phones(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, attendee_ids: Collection[UUID]
) -> Mapping[UUID, str | None]:
    """Return the phone numbers of those `attendee_ids` that are attendees of the event, by id."""
    query = select(attendees.c.id, attendees.c.phone).where(
        _of_event(org_id, event_id), attendees.c.id.in_(attendee_ids)
    )
    return {row.id: row.phone for row in await connection.execute(query)}


async def change(
    connection: AsyncConnection,
    org_id: UUID,
    event_id: UUID,
    attendee_id: UUID,
    changes: Mapping[str, Any],
) -> Attendee | None:
    """Set columns of an attendee. Returns None if the event has none with this id.

    A new `rsvp_status` also sets the time of the attendee's answer.

    Raises:
        Conflict: The new contact attends the event already.
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
        row = (await connection.execute(statement)).first()
    except IntegrityError as error:
        raise _attends_already(error) from error
    return Attendee(*row) if row else None


async def delete(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, attendee_id: UUID
) -> bool:
    """Soft-delete an attendee. Returns False if the event has none with this id."""
    result = await connection.execute(
        update(attendees)
        .where(_is_attendee(org_id, event_id, attendee_id))
        .values(deleted_at=func.now())
    )
    return result.rowcount == 1


async def lock_among(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, attendee_ids: Sequence[UUID]
) -> set[UUID]:
    """Lock those of `attendee_ids` that are attendees of the event. Returns their ids."""
    query = (
        select(attendees.c.id)
        .where(_of_event(org_id, event_id), attendees.c.id == func.any(attendee_ids))
        .order_by(attendees.c.id)
        .with_for_update(read=True)
    )
    return set(await connection.scalars(query))


async def not_found(database: Database, org_id: UUID, attendee_ids: Sequence[UUID]) -> Exception:
    """Return the error for ids that the event has no attendees for. It names the first id."""
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


def _matches(search: str) -> ColumnElement[bool]:
    found = begin_with(words_of(attendees.c.first_name, attendees.c.last_name), search)
    digits = "".join(filter(str.isdigit, search))
    is_number = len(digits) >= _FEWEST_DIGITS and not any(map(str.isalpha, search))
    return or_(found, attendees.c.phone.contains(digits)) if is_number else found


def _attends_already(error: IntegrityError) -> Exception:
    if violated(error) == "uq_event_attendees_contact":
        return Conflict("The event already has an attendee with this number.", "attendee_exists")
    return error
