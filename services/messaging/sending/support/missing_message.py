"""The error for a message id that the organisation does not own."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, NotFound
from services.messaging.sending.storage import messages


async def message_not_found(database: Database, org_id: UUID, message_id: UUID) -> Exception:
    """Return `CrossOrgAccess` for another organisation's message, else `NotFound`."""
    async with database.system() as connection:
        if await messages.belongs_to_another(connection, org_id, message_id):
            return CrossOrgAccess()
    return NotFound("There is no such message.", "message_not_found")
