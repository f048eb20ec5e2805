"""Ask for the erasure of a person."""

from contextlib import suppress

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import Identity
from servicekit.phone_text import InvalidPhone, dialled
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
            InvalidInput: It is not a phone number with a country code.
        """
        number = _number(phone)
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            erasure, is_new = await erasures.add(connection, org_id, user_id, number)
            if is_new:
                entity = ("erasure", str(erasure.id))
                entry = AuditEntry(org_id, user_id, "person_erasure_requested", *entity)
                await audit.record(connection, [entry])
        return erasure


def _number(written: str) -> str:
    """Return the standard form of a phone number, which may be written with spaces and brackets."""
    with suppress(InvalidPhone):
        if is_e164(number := dialled(written)):
            return canonical(number)
    raise InvalidInput.of(
        "phone", "must be a phone number with its country code, such as +15551234567"
    )
