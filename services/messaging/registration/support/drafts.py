"""Combine a draft with the fields in a request into the details that are submitted."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.registration.domain.forms import Details, Form, merged
from services.messaging.registration.storage import a2p_drafts


async def complete_details(database: Database, org_id: UUID, form: Form, given: Details) -> Details:
    """Return the organisation's draft of a form, with the fields in ``given`` replaced.

    Raises:
        InvalidInput: A field is invalid or missing. The error names every such field.
    """
    async with database.org(org_id) as connection:
        draft = await a2p_drafts.find(connection, org_id, form.kind)
    details = merged(draft.payload if draft else {}, given)
    form.check(details, whole=True)
    return details
