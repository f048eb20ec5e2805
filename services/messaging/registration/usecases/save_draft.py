"""Save a registration's form step by step before it is submitted."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from services.messaging.registration.domain.forms import Details, Form, merged
from services.messaging.registration.storage import a2p_drafts
from services.messaging.registration.storage.a2p_drafts import Draft


class SaveDraft:
    """Save drafts of registrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(
        self, org_id: UUID, form: Form, given: Details, if_version: int | None = None
    ) -> Draft:
        """Merge the given fields into the organisation's draft of a form.

        Raises:
            InvalidInput: A given field is invalid. Missing fields are accepted.
            PreconditionFailed: Somebody changed the draft since the version ``if_version``.
        """
        filled_in = merged({}, given)
        form.check(filled_in, whole=False)
        async with self._database.org(org_id) as connection:
            require_version(await a2p_drafts.lock(connection, org_id, form.kind), if_version)
            return await a2p_drafts.save(connection, org_id, form.kind, filled_in)
