"""Add an attendee to an event, change one, or take one off it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, normalise
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.events.storage import attendees, matches
from services.campaigns.events.storage.attendees import NewAttendee


async def add_attendee(
    database: Database, contacts: Contacts, event: RowMapping, attendee: NewAttendee
) -> RowMapping:
    """Have ``attendee``, whose number is as a person writes it, attend ``event``.

    Raises ``InvalidInput`` invalid_number, ``Conflict`` where the number's contact attends
    already, and ``Unavailable``.
    """
    name = (attendee.first_name, attendee.last_name)
    attendee = replace(attendee, **await _reach(contacts, attendee.phone, name))
    async with database.org(event["org_id"]) as connection:
        return await attendees.add(connection, event["org_id"], event["id"], attendee)


async def change_attendee(
    database: Database,
    contacts: Contacts,
    event: RowMapping,
    attendee_id: UUID,
    fields: Mapping[str, Any],
) -> RowMapping:
    """Set those columns of an attendee that are in ``fields``; an empty phone takes it away.

    Raises as ``add_attendee``, and ``CrossOrgAccess`` or ``NotFound``.
    """
    org_id, event_id = event["org_id"], event["id"]
    before = await attendees.get(database, org_id, event_id, attendee_id)
    if not fields:
        return before
    changes = dict(fields)
    if "phone" in fields:
        after = {**before, **fields}
        changes |= await _reach(contacts, after["phone"], (after["first_name"], after["last_name"]))
    async with database.org(org_id) as connection:
        row = await attendees.change(connection, org_id, event_id, attendee_id, changes)
    if row is None:
        raise await attendees.not_found(database, org_id, [attendee_id])
    return row


async def delete_attendee(database: Database, event: RowMapping, attendee_id: UUID) -> None:
    """Take an attendee off ``event``, and their matches back.

    Raises ``CrossOrgAccess`` or ``NotFound``.
    """
    org_id = event["org_id"]
    async with database.org(org_id) as connection:
        deleted = await attendees.delete(connection, org_id, event["id"], attendee_id)
        if deleted:
            await matches.delete_for(connection, org_id, attendee_id)
    if not deleted:
        raise await attendees.not_found(database, org_id, [attendee_id])


async def _reach(
    contacts: Contacts, raw: str | None, name: tuple[str, str | None]
) -> Mapping[str, Any]:
    """The columns that say how to reach somebody whose number a person writes as ``raw``.

    Where nobody had the number before, the new contact is called as the attendee is.
    """
    if not raw:
        return {"phone": None, "contact_id": None}
    try:
        phone = normalise(raw).e164
    except InvalidPhone as error:
        raise InvalidInput.of("phone", error.message, "invalid_number") from None
    return {"phone": phone, "contact_id": await contacts.ensure(phone, *name)}
