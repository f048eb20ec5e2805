"""Update a contact: its columns, its number with what was said about it, its tags."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.phones import canonical
from services.contacts.domain.contacts import ContactChange
from services.contacts.storage import contacts, tags


async def update_contact(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, change: ContactChange
) -> RowMapping | None:
    """Change a contact; as the contract shows it then, or None where it is not there.

    An opt-out stays with the number that it was said from: a contact that gets another number
    may be texted there, and whoever adds the old number again finds the opt-out.

    Raises ``Conflict`` for a number that another contact has.
    """
    before = await contacts.lock(connection, org_id, contact_id)
    if before is None:
        return None
    columns: dict[str, object] = dict(change.columns)
    moves = "phone" in columns and columns["phone"] != canonical(before["phone"])
    if moves:
        columns["opted_out_at"] = None
    if columns:
        await contacts.change(connection, org_id, contact_id, columns)
    if moves:
        await contacts.leave_opt_status(connection, org_id, contact_id, before)
    if change.tags is not None:
        await tags.replace(connection, org_id, contact_id, change.tags)
    return await contacts.find(connection, org_id, contact_id)
