"""Take back what is not sent yet of an event's notifications."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import lifecycle
from services.campaigns.common.support.audit import audit
from services.campaigns.events.storage import event_messages


async def cancel_open_messages(
    connection: AsyncConnection, org_id: UUID, event_id: UUID
) -> Sequence[UUID]:
    """Cancel, in this transaction, the event's notifications that are running or paused.

    Hand the result to :func:`withdraw` once the transaction has committed.
    """
    actor = identity.current().user_id
    cancelled = []
    for notification_id in await event_messages.open_ones(connection, org_id, event_id):
        if await lifecycle.cancel(connection, org_id, notification_id, event_id):
            await audit(connection, "campaign_cancelled", org_id, notification_id, actor)
            cancelled.append(notification_id)
    return cancelled


async def withdraw_messages(dispatch: Dispatch, cancelled: Sequence[UUID]) -> None:
    """Have messaging take back what is pending of them; in force when this returns.

    Raises ``Unavailable`` when messaging is away: senders may go on until it is there and a job has
    told it, so nobody is answered that the texts are stopped.
    """
    for notification_id in cancelled:
        await dispatch.withdraw(notification_id)
