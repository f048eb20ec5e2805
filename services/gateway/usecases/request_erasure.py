"""Ask for the erasure of a person."""

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import Identity
from servicekit.phones import canonical, is_e164
from services.gateway.storage import audit, erasures
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.erasures import Erasure


class RequestErasure:
    """Stores what the job `erase-people` then does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def request(self, caller: Identity, phone: str) -> Erasure:
        """Store an erasure, or return the unfinished one of the same number.

        Raises:
            InvalidInput: The number is not in E.164.
        """
        if not is_e164(phone.strip()):
            raise InvalidInput.of(
                "phone", "must be a phone number with its country code, such as +15551234567"
            )
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            erasure, is_new = await erasures.add(
                connection, org_id, user_id, canonical(phone.strip())
            )
            if is_new:
                entity = ("erasure", str(erasure.id))
                entry = AuditEntry(org_id, user_id, "person_erasure_requested", *entity)
                await audit.record(connection, [entry])
        return erasure
