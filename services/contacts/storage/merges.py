"""Move the tags, list memberships and other data of a merged contact to the kept contact."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.db.versions import Versions
from servicekit.hints import Hint, Topic, note
from services.contacts.domain.merges import Details
from services.contacts.storage.tables import contacts
from smsblaster.contacts.v1 import events_pb2

# Sorted by phone, like every statement that locks several contacts, to avoid deadlocks.
_LOCK = (
    select(
        contacts.c.id,
        contacts.c.phone,
        contacts.c.first_name,
        contacts.c.last_name,
        contacts.c.email,
        contacts.c.time_zone,
        contacts.c.opted_out_at,
        contacts.c.deleted_at,
        contacts.c.merged_into,
        contacts.c.version,
        contacts.c.column_versions,
    )
    .order_by(contacts.c.phone)
    .with_for_update()
)

_TAGS = text("""
SELECT name FROM tags
WHERE org_id = :org_id AND id IN (
  SELECT tag_id FROM contact_tags WHERE org_id = :org_id AND contact_id = :contact_id
)
""")

_JOIN_LISTS = text("""
INSERT INTO contact_list_members (list_id, contact_id, org_id)
SELECT list_id, :kept_id, :org_id FROM contact_list_members
WHERE contact_id = :merged_id AND org_id = :org_id
ORDER BY list_id
ON CONFLICT DO NOTHING
""")

# Numbers are unique, so one contact has no number while the numbers are exchanged.
_PARK = text("UPDATE contacts SET phone = 'merged ' || id WHERE id = :id AND org_id = :org_id")
_SET_PHONE = text("UPDATE contacts SET phone = :phone WHERE id = :id AND org_id = :org_id")

# Opt statuses belong to numbers. ORDER BY makes Postgres delete both before it stores the first.
_SWAP_STATUSES = text("""
WITH taken AS (
  DELETE FROM contact_opt_status
  WHERE org_id = :org_id AND contact_id IN (:kept_id, :merged_id) RETURNING *
)
INSERT INTO contact_opt_status (contact_id, org_id, status, updated_at, source, held_at)
SELECT CASE contact_id WHEN :kept_id THEN CAST(:merged_id AS uuid) ELSE :kept_id END,
  org_id, status, updated_at, source, held_at
FROM taken ORDER BY contact_id
""")


@dataclass(frozen=True, slots=True)
class LockedForMerge:
    """One of the two contacts of a merge, locked by this transaction. It may be deleted."""

    phone: str
    details: Details
    is_opted_out: bool
    is_deleted: bool
    merged_into: UUID | None
    versions: Versions


async def lock(
    connection: AsyncConnection, org_id: UUID, kept_id: UUID, merged_id: UUID
) -> tuple[LockedForMerge | None, LockedForMerge | None]:
    """Lock both contacts of a merge.

    A contact that the organisation never had is returned as None.
    """
    wanted = contacts.c.id.in_([kept_id, merged_id])
    rows = await connection.execute(_LOCK.where(contacts.c.org_id == org_id, wanted))
    found = {
        row.id: LockedForMerge(
            row.phone,
            Details(row.first_name, row.last_name, row.email, row.time_zone),
            row.opted_out_at is not None,
            row.deleted_at is not None,
            row.merged_into,
            Versions(row.version, row.column_versions),
        )
        for row in rows
    }
    return found.get(kept_id), found.get(merged_id)


async def tags_of(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> tuple[str, ...]:
    """Return the names of a contact's tags."""
    rows = await connection.execute(_TAGS, {"org_id": org_id, "contact_id": contact_id})
    return tuple(rows.scalars())


async def join_lists(
    connection: AsyncConnection, org_id: UUID, kept_id: UUID, merged_id: UUID
) -> None:
    """Add the kept contact to the lists of the merged one."""
    await connection.execute(_JOIN_LISTS, _ids(org_id, kept_id, merged_id))


async def swap_phones(
    connection: AsyncConnection,
    org_id: UUID,
    kept: tuple[UUID, str],
    merged: tuple[UUID, str],
) -> None:
    """Exchange the phone numbers of two contacts, and the opt statuses that belong to the numbers.

    ``kept`` and ``merged`` are each the id and the phone number of a contact.
    """
    (kept_id, kept_phone), (merged_id, merged_phone) = kept, merged
    await connection.execute(_PARK, {"id": merged_id, "org_id": org_id})
    for contact_id, phone in ((kept_id, merged_phone), (merged_id, kept_phone)):
        values = {"id": contact_id, "org_id": org_id, "phone": phone}
        await connection.execute(_SET_PHONE, values)
    await connection.execute(_SWAP_STATUSES, _ids(org_id, kept_id, merged_id))


async def mark_merged(
    connection: AsyncConnection, org_id: UUID, kept_id: UUID, merged_id: UUID
) -> datetime:
    """Store which contact a deleted contact was merged into. Returns the time of the merge."""
    statement = (
        update(contacts)
        .where(contacts.c.id == merged_id, contacts.c.org_id == org_id)
        .values(merged_into=kept_id)
        .returning(func.clock_timestamp())
    )
    at: datetime = (await connection.execute(statement)).scalar_one()
    return at


async def announce_merged(
    connection: AsyncConnection,
    org_id: UUID,
    kept: tuple[UUID, str],
    merged_id: UUID,
    merged_at: datetime,
) -> None:
    """Tell other services and open browser pages that a contact was merged into ``kept``."""
    kept_id, phone = kept
    event = events_pb2.ContactsMerged(
        org_id=str(org_id), merged_id=str(merged_id), contact_id=str(kept_id), phone=phone
    )
    event.merged_at.FromDatetime(merged_at)
    await announce(connection, (subjects.CONTACTS_MERGED, event))
    note(connection, *(Hint(org_id, Topic.CONTACT, each) for each in (kept_id, merged_id)))


def _ids(org_id: UUID, kept_id: UUID, merged_id: UUID) -> dict[str, UUID]:
    return {"org_id": org_id, "kept_id": kept_id, "merged_id": merged_id}
