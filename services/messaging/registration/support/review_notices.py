"""Store a notice for members and an audit entry when a review has a result."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.notices import Notice, notify
from services.messaging.common.storage.customer_events import tell_registration_changed
from services.messaging.common.support.audit import audit
from services.messaging.registration.domain.review_notices import review_message


async def announce_result(
    connection: AsyncConnection, org_id: UUID, thing: str, entity_id: str, status: str
) -> None:
    """Store the notice and the audit entry for the result `status` of a review.

    `thing` is a2p_brand or a2p_campaign.
    """
    await audit(connection, f"{thing}_{status}", thing, entity_id)
    await tell_registration_changed(connection, org_id, thing, status)
    message = review_message(thing, status)
    if message:
        entity = ("registration", entity_id)
        await notify(
            connection, "messaging", Notice(org_id, "registration_changed", message, entity)
        )
