"""Find the contact that a merged contact became part of, so that its stored rows can be moved.

A service that stores ids of contacts consumes ``event.contacts.merged``, keeps each merge in its
table ``contact_merges``, and moves its rows in several short transactions. Events may arrive in any
order. If A was merged into B and B later into C, the rows of A go to B while only the first merge
is known, and to C once both are known. Each transaction begins with ``begin``: it makes merges of
an organisation wait for each other, and finds the contact that gets the rows.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus.consumer import Incoming
from smsblaster.contacts.v1.events_pb2 import ContactsMerged

DDL = """
CREATE TABLE contact_merges (
  org_id uuid NOT NULL,
  merged_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  phone text NOT NULL,
  -- By the clock of the contacts service, which orders merges.
  merged_at timestamptz NOT NULL,
  moved_at timestamptz,
  CONSTRAINT pk_contact_merges PRIMARY KEY (org_id, merged_id, merged_at)
);
"""
"""SQL for a migration: creates the table of merges, isolated by organisation."""

_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('merges of ' || :org_id, 0))")

_STORE = text("""
INSERT INTO contact_merges (org_id, merged_id, contact_id, phone, merged_at)
VALUES (:org_id, :merged_id, :contact_id, :phone, :merged_at)
ON CONFLICT DO NOTHING
""")

# Follows only later merges, because a merged contact can be restored, and other contacts can then
# be merged into it.
_TARGET = text("""
WITH RECURSIVE path AS (
  SELECT contact_id, phone, merged_at FROM contact_merges
  WHERE org_id = :org_id AND merged_id = :merged_id AND merged_at = :merged_at
    AND moved_at IS NULL
  UNION ALL
  SELECT later.contact_id, later.phone, later.merged_at
  FROM path CROSS JOIN LATERAL (
    SELECT contact_id, phone, merged_at FROM contact_merges
    WHERE org_id = :org_id AND merged_id = path.contact_id AND merged_at > path.merged_at
    ORDER BY merged_at LIMIT 1
  ) AS later
)
SELECT contact_id, phone FROM path ORDER BY merged_at DESC LIMIT 1
""")

_DONE = text("""
UPDATE contact_merges SET moved_at = now()
WHERE org_id = :org_id AND merged_id = :merged_id AND merged_at = :merged_at
""")

_DELETE = text("""
DELETE FROM contact_merges
WHERE org_id = :org_id AND moved_at IS NOT NULL
  AND (merged_id = ANY(CAST(:ids AS uuid[])) OR contact_id = ANY(CAST(:ids AS uuid[])))
""")
_UNFINISHED = text("""
SELECT EXISTS (
  SELECT FROM contact_merges WHERE org_id = :org_id AND moved_at IS NULL
    AND (merged_id = ANY(CAST(:ids AS uuid[])) OR contact_id = ANY(CAST(:ids AS uuid[])))
)
""")


def table(metadata: MetaData) -> Table:
    """Return the table of merges, as a part of the service's ``metadata``."""
    return Table(
        "contact_merges",
        metadata,
        Column("org_id", Uuid, primary_key=True),
        Column("merged_id", Uuid, primary_key=True),
        Column("contact_id", Uuid, nullable=False),
        Column("phone", Text, nullable=False),
        Column("merged_at", DateTime(timezone=True), primary_key=True),
        Column("moved_at", DateTime(timezone=True)),
    )


@dataclass(frozen=True, slots=True)
class ContactMerge:
    """A merge of the contact ``merged_id`` into ``contact_id``, whose phone number is ``phone``."""

    org_id: UUID
    merged_id: UUID
    contact_id: UUID
    phone: str
    merged_at: datetime

    @classmethod
    def parse(cls, payload: bytes) -> "ContactMerge":
        """Read a bus event. Raises ``ValueError`` or ``DecodeError`` if it is malformed."""
        event = ContactsMerged.FromString(payload)
        return cls(
            UUID(event.org_id),
            UUID(event.merged_id),
            UUID(event.contact_id),
            event.phone,
            event.merged_at.ToDatetime(UTC),
        )

    @property
    def key(self) -> dict[str, object]:
        """The primary key of the stored merge."""
        return {
            "org_id": self.org_id,
            "merged_id": self.merged_id,
            "merged_at": self.merged_at,
        }


@dataclass(frozen=True, slots=True)
class Target:
    """The contact that gets the rows of a merged contact, with its own phone number."""

    contact_id: UUID
    phone: str


async def begin(connection: AsyncConnection, merge: ContactMerge) -> Target | None:
    """Store a merge and return the contact that gets the rows, or None if all rows have been moved.

    Until this transaction ends, no other transaction moves rows for the organisation's merges.
    """
    await connection.execute(_ALONE, {"org_id": str(merge.org_id)})
    kept = {"contact_id": merge.contact_id, "phone": merge.phone}
    await connection.execute(_STORE, {**merge.key, **kept})
    row = (await connection.execute(_TARGET, merge.key)).one_or_none()
    return Target(row.contact_id, row.phone) if row else None


async def finish(connection: AsyncConnection, merge: ContactMerge) -> None:
    """Record that all rows have been moved, so that a repeated event changes nothing."""
    await connection.execute(_DONE, merge.key)


async def delete_of(connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]) -> bool:
    """Delete the merges of contacts that are erased. Returns False if rows must still be moved."""
    values = {"org_id": org_id, "ids": [*contact_ids]}
    await connection.execute(_DELETE, values)
    return not await connection.scalar(_UNFINISHED, values)


class ContactsMergedConsumer:
    """Consumes ``event.contacts.merged``.

    It needs no inbox: a repeated event finds its merge stored.

    ``move`` moves the service's rows of the merged contact.
    """

    def __init__(self, move: Callable[[ContactMerge], Awaitable[None]]) -> None:
        self._move = move

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Move the rows of all merged contacts in ``batch``."""
        for incoming in batch:
            await self._move(ContactMerge.parse(incoming.payload))
