"""Note by hand whether a contact may be texted: what somebody said not by STOP or START."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.contacts.storage import contacts, recipients
from services.contacts.storage.recipients import Status
from services.contacts.usecases.audit import Action, audit

_AUDITED: Mapping[Status, Action] = {
    "opted_out": "contact_opted_out",
    "opted_in": "contact_opted_in",
}


async def change_opt_status(
    database: Database, org_id: UUID, contact_id: UUID, status: Status
) -> RowMapping:
    """Note what a person said just now; the contact as the contract shows it. Audited.

    Raises ``NotFound`` or ``CrossOrgAccess``.
    """
    async with database.org(org_id) as connection:
        before = await contacts.lock(connection, org_id, contact_id)
        if before:
            said_at = datetime.now(UTC)
            await recipients.set_opt_status(connection, org_id, [before["phone"]], status, said_at)
            await audit(connection, _AUDITED[status], contact_id)
            return (await contacts.find_all(connection, org_id, [contact_id]))[0]
    raise await contacts.why_absent(database, org_id, [contact_id])
