"""Erase a person from events and from campaigns that are being sent."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.removals import Person

# The matches of an attendee are deleted too, by the foreign keys.
_DELETE_ATTENDEES = text("""
DELETE FROM event_attendees
WHERE org_id = :org_id
  AND (contact_id = ANY(CAST(:ids AS uuid[])) OR phone = ANY(CAST(:numbers AS text[])))
RETURNING event_id
""")

_DELETE_DEFERRED = text("""
DELETE FROM campaign_waiting WHERE org_id = :org_id AND contact_id = ANY(CAST(:ids AS uuid[]))
""")


async def erase(connection: AsyncConnection, org_id: UUID, person: Person) -> Mapping[str, int]:
    """Delete a person's attendees and deferred recipients. Returns the counts."""
    values = {"org_id": org_id, "ids": [*person.contact_ids], "numbers": [*person.numbers]}
    events = (await connection.scalars(_DELETE_ATTENDEES, values)).all()
    deferred = await connection.execute(_DELETE_DEFERRED, values)
    note(connection, *(Hint(org_id, Topic.EVENT, event_id) for event_id in sorted(set(events))))
    return {"attendees": len(events), "deferred_recipients": deferred.rowcount}
