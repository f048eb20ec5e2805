"""Note by hand whether a contact may be texted: what somebody said not by STOP or START."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.audit import Act, record
from servicekit.db.database import Database
from services.contacts.storage import contacts, recipients
from services.contacts.storage.recipients import Status

_ACTIONS: Mapping[Status, str] = {
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
            said_at = await recipients.said_by_hand_at(connection, org_id, contact_id, status)
            await recipients.set_opt_status(
                connection, org_id, [before["phone"]], status, said_at, "manual"
            )
            actor = identity.current().user_id
            act = Act(org_id, actor, _ACTIONS[status], ("contact", str(contact_id)))
            await record(connection, "event.contacts.audit", act)
            return (await contacts.find_all(connection, org_id, [contact_id]))[0]
    raise await contacts.why_absent(database, org_id, [contact_id])
