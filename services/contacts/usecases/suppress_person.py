"""Opt a person out before the person is erased."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.removals import Person
from services.contacts.domain.opt_proof import Proof
from services.contacts.storage import opt_status, people
from services.contacts.storage.people import KnownAs


class SuppressPerson:
    """Opts out all numbers of a person, so that nothing is sent while the person is erased."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def suppress(self, org_id: UUID, phone: str) -> KnownAs:
        """Opt a person out, and return all contacts and phone numbers of the person. Idempotent."""
        async with self._database.org(org_id) as connection:
            known = await people.find(connection, org_id, Person([phone], ()))
            phones = sorted({phone, *known.phones})
            proof = Proof(user_id=identity.current().user_id)
            await opt_status.opt_out_now(connection, org_id, phones, "manual", proof)
            return await people.find(connection, org_id, Person(phones, ()))
