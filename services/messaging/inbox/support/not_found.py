"""Errors for conversations that do not exist."""

from uuid import UUID

from servicekit.errors import NotFound
from services.messaging.common.providers.recipients import Recipients


async def conversation_not_found(
    recipients: Recipients, org_id: UUID, contact_id: UUID
) -> NotFound:
    """Return the error for a contact who has no conversation.

    Raises:
        NotFound: There is no such contact.
        CrossOrgAccess: The contact belongs to another organisation.
    """
    await recipients.find(org_id, contact_id)
    return NotFound("There is no conversation with this contact.", "thread_not_found")
