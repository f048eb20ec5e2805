"""Move the invitations of a merged contact to the contact that is kept."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note

# If both contacts are invited to an event, the invitation of the kept contact stays. If it has no
# answer, it gets the answer of the other invitation. The other invitation is deleted.
_ANSWER = text("""
UPDATE event_attendees AS kept SET rsvp_status = merged.rsvp_status, rsvp_at = merged.rsvp_at
FROM event_attendees AS merged
WHERE kept.org_id = :org_id AND kept.contact_id = :contact_id AND kept.deleted_at IS NULL
  AND kept.rsvp_status = 'pending'
  AND merged.org_id = :org_id AND merged.contact_id = :merged_id AND merged.deleted_at IS NULL
  AND merged.event_id = kept.event_id AND merged.rsvp_status <> 'pending'
""")
_DELETE_DOUBLES = text("""
UPDATE event_attendees AS merged SET deleted_at = now()
WHERE org_id = :org_id AND contact_id = :merged_id AND deleted_at IS NULL AND EXISTS (
  SELECT FROM event_attendees AS kept
  WHERE kept.event_id = merged.event_id AND kept.org_id = :org_id
    AND kept.contact_id = :contact_id AND kept.deleted_at IS NULL
)
""")
_MOVE = text("""
UPDATE event_attendees SET contact_id = :contact_id, phone = :phone
WHERE org_id = :org_id AND contact_id = :merged_id AND deleted_at IS NULL
RETURNING event_id
""")


async def move_attendees(
    connection: AsyncConnection, org_id: UUID, merged_id: UUID, contact_id: UUID, phone: str
) -> None:
    """Move the attendees of the merged contact to `contact_id`, whose phone number is `phone`."""
    ids = {"org_id": org_id, "merged_id": merged_id, "contact_id": contact_id}
    for statement in (_ANSWER, _DELETE_DOUBLES):
        await connection.execute(statement, ids)
    moved = await connection.execute(_MOVE, {**ids, "phone": phone})
    events = sorted(set(moved.scalars()))
    note(connection, *(Hint(org_id, Topic.EVENT, event_id) for event_id in events))
