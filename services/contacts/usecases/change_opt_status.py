"""Note by hand whether a contact may be texted: what somebody said not by STOP or START."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.audit import Act, record
from servicekit.db.database import Database
from services.contacts.storage import contacts, opt_status
from services.contacts.storage.opt_status import Status

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
            if status == "opted_out":
                await opt_status.opt_out_now(connection, org_id, [before["phone"]], "manual")
            else:
                await opt_status.opt_in(connection, org_id, before["phone"])
            actor = identity.current().user_id
            act = Act(org_id, actor, _ACTIONS[status], ("contact", str(contact_id)))
            await record(connection, "contacts", act)
            return (await contacts.find_all(connection, org_id, [contact_id]))[0]
    raise await contacts.why_absent(database, org_id, [contact_id])
