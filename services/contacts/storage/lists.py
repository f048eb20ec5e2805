"""Contact lists and their members. Member counts follow by triggers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.errors import Conflict
from servicekit.ids import new_id
from services.contacts.storage.tables import contact_list_members as members
from services.contacts.storage.tables import contact_lists as lists
from services.contacts.storage.tables import contacts

_ADD_MEMBERS = text("""
INSERT INTO contact_list_members (list_id, contact_id, org_id)
SELECT :list_id, contact_id, :org_id FROM unnest(CAST(:contact_ids AS uuid[])) AS contact_id
ORDER BY contact_id
ON CONFLICT DO NOTHING
""")


async def add(connection: AsyncConnection, org_id: UUID, name: str) -> RowMapping:
    """Create a list. Raises ``Conflict`` for a name that is taken."""
    statement = insert(lists).values(id=new_id(), org_id=org_id, name=name).returning(*lists.c)
    with _taken_name_refused():
        return (await connection.execute(statement)).mappings().one()


async def rename(
    connection: AsyncConnection, org_id: UUID, list_id: UUID, name: str
) -> RowMapping | None:
    """Rename a list; None where it is not there. Raises ``Conflict`` for a name that is taken."""
    statement = update(lists).where(_one(org_id, list_id)).values(name=name).returning(*lists.c)
    with _taken_name_refused():
        return (await connection.execute(statement)).mappings().first()


async def remove(connection: AsyncConnection, org_id: UUID, list_id: UUID) -> bool:
    """Delete a list and its memberships; False where it is not there."""
    result = await connection.execute(delete(lists).where(_one(org_id, list_id)))
    return result.rowcount == 1


async def find(connection: AsyncConnection, org_id: UUID, list_id: UUID) -> RowMapping | None:
    """A list; None where it is not there."""
    return (await connection.execute(select(lists).where(_one(org_id, list_id)))).mappings().first()


async def lock_existing(connection: AsyncConnection, org_id: UUID, list_id: UUID) -> bool:
    """Keep a list from being deleted until this transaction ends; False where it is not there."""
    query = (
        select(lists.c.id).where(_one(org_id, list_id)).with_for_update(read=True, key_share=True)
    )
    return await connection.scalar(query) is not None


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """``limit`` lists of the organisation, newest first, older than ``before``."""
    query = select(lists).where(lists.c.org_id == org_id).order_by(lists.c.id.desc()).limit(limit)
    if before:
        query = query.where(lists.c.id < before)
    return (await connection.execute(query)).mappings().all()


async def add_members(
    connection: AsyncConnection, org_id: UUID, list_id: UUID, contact_ids: Sequence[UUID]
) -> int:
    """Put contacts, which this transaction has locked, on a list; how many were not on it."""
    result = await connection.execute(
        _ADD_MEMBERS, {"org_id": org_id, "list_id": list_id, "contact_ids": list(contact_ids)}
    )
    return result.rowcount


async def remove_members(
    connection: AsyncConnection, org_id: UUID, list_id: UUID, contact_ids: Sequence[UUID]
) -> int:
    """Take contacts off a list; how many were on it."""
    result = await connection.execute(
        delete(members).where(
            members.c.list_id == list_id,
            members.c.org_id == org_id,
            members.c.contact_id == func.any(contact_ids),
        )
    )
    return result.rowcount


async def unknown_contacts(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
) -> Sequence[UUID]:
    """Those of ``contact_ids`` that are no contacts of the organisation, deleted ones neither."""
    own = select(contacts.c.id).where(
        contacts.c.id == func.any(contact_ids), contacts.c.org_id == org_id
    )
    known = set((await connection.execute(own)).scalars())
    return [contact_id for contact_id in contact_ids if contact_id not in known]


async def why_absent(database: Database, org_id: UUID, list_id: UUID) -> Exception:
    """Why the organisation does not see a list: the error to raise."""
    elsewhere = and_(lists.c.id == list_id, lists.c.org_id != org_id)
    return await database.not_found(lists, elsewhere, "contact list")


@contextmanager
def _taken_name_refused() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if violated(error) != "uq_contact_lists_org_id_name":
            raise
        raise Conflict("Another list has this name.", "name_taken") from None


def _one(org_id: UUID, list_id: UUID) -> ColumnElement[bool]:
    return and_(lists.c.id == list_id, lists.c.org_id == org_id)
