"""Change whether contacts may be texted, by hand or by a STOP or START."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from servicekit import identity
from servicekit.audit import Act, record
from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.contacts.domain.opt_proof import Proof
from services.contacts.storage import contacts, opt_status
from services.contacts.storage.opt_status import OptKeyword, Status
from services.contacts.storage.rows import Contact, Recipient

_ACTIONS: Mapping[Status, str] = {
    "opted_out": "contact_opted_out",
    "opted_in": "contact_opted_in",
}


class ChangeOptStatus:
    """Applies opt-outs and opt-ins. Creates missing contacts for STOP and START."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_hand(
        self, org_id: UUID, contact_id: UUID, status: Status, given: Proof | None = None
    ) -> Contact:
        """Opt a contact in or out for a user, with an audit entry.

        ``given`` is what the user knows about what the person wrote or agreed to. Raises
        ``NotFound`` or ``CrossOrgAccess``, and ``InvalidInput`` if the proof has a future time.
        """
        actor = identity.current().user_id
        proof = replace(given or Proof(), user_id=actor)
        async with self._database.org(org_id) as connection:
            if proof.said_at and proof.said_at > await clock.now(connection):
                raise InvalidInput.of("saidAt", "can't be in the future")
            before = await contacts.lock(connection, org_id, contact_id)
            if before:
                if status == "opted_out":
                    await opt_status.opt_out_now(
                        connection, org_id, [before.phone], "manual", proof
                    )
                else:
                    await opt_status.opt_in(connection, org_id, before.phone, proof)
                act = Act(org_id, actor, _ACTIONS[status], ("contact", str(contact_id)))
                await record(connection, "contacts", act)
                return (await contacts.find_all(connection, org_id, [contact_id]))[0]
        raise await contacts.not_found(self._database, org_id, [contact_id])

    async def by_keyword(
        self,
        org_id: UUID,
        phones: Sequence[str],
        keyword: OptKeyword | None,
        words: str | None = None,
    ) -> Sequence[Recipient]:
        """Apply a person's STOP or START to ``phones`` and return their contacts.

        If ``keyword`` is None, the time of the STOP is not known, and the phone numbers are opted
        out from now on. ``words`` is the text that the person sent.
        """
        proof = Proof(words=words)
        async with self._database.org(org_id) as connection:
            if keyword is None:
                return await opt_status.opt_out_now(connection, org_id, phones, "message", proof)
            return await opt_status.apply_keyword(connection, org_id, phones, keyword, proof)
