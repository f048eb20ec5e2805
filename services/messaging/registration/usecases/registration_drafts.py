"""Drafts of registrations: kept step by step, and what is submitted in the end."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.messaging.registration.domain.forms import Details, Form, merged
from services.messaging.registration.storage import a2p_drafts as storage


class RegistrationDrafts:
    """Keeps drafts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, org_id: UUID, form: Form) -> RowMapping | None:
        """The organisation's draft of ``form``, if it has one."""
        async with self._database.org(org_id) as connection:
            return await storage.find(connection, org_id, form.kind)

    async def save(self, org_id: UUID, form: Form, given: Details) -> RowMapping:
        """Keep what is given besides what is kept; the draft.

        Raises ``InvalidInput`` with each fault of what is given.
        """
        filled_in = merged({}, given)
        form.check(filled_in, whole=False)
        async with self._database.org(org_id) as connection:
            return await storage.save(connection, org_id, form.kind, filled_in)

    async def whole(self, org_id: UUID, form: Form, given: Details) -> Details:
        """What is given, and what the draft holds besides.

        Raises ``InvalidInput`` with every fault and everything that is missing.
        """
        draft = await self.find(org_id, form)
        details = merged(draft["payload"] if draft else {}, given)
        form.check(details, whole=True)
        return details
