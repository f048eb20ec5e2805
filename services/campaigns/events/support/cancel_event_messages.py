"""Cancel the messages of an event that are not sent yet."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import lifecycle
from services.campaigns.common.support.audit import audit
from services.campaigns.events.storage import event_messages


async def cancel_event_messages(
    connection: AsyncConnection, org_id: UUID, event_id: UUID
) -> Sequence[UUID]:
    """Cancel the running and paused messages of an event in this transaction.

    Pass the result to :func:`withdraw_event_messages` after the commit.
    """
    actor = identity.current().user_id
    cancelled = []
    for message_id in await event_messages.in_progress(connection, org_id, event_id):
        if await lifecycle.cancel(connection, org_id, message_id, event_id):
            await audit(connection, "campaign_cancelled", org_id, message_id, actor)
            cancelled.append(message_id)
    return cancelled


async def withdraw_event_messages(dispatch: Dispatch, cancelled: Sequence[UUID]) -> None:
    """Have messaging cancel the pending messages. Returns once that is done.

    Raises:
        Unavailable: Messaging can't be reached. Messages may still be sent until a job has told
            messaging, so the user must not be told that they are stopped.
    """
    for message_id in cancelled:
        await dispatch.withdraw(message_id)
