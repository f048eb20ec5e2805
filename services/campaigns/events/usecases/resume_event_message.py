"""Go on with a paused notification of an event."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.usecases.pause_campaign import resume_campaign
from services.campaigns.common.storage import clock
from services.campaigns.events.domain.event_rules import require_notifiable
from services.campaigns.events.storage import event_messages
from services.campaigns.events.support.load_event import load_event


async def resume_event_message(
    database: Database, dispatch: Dispatch, event_id: UUID, notification_id: UUID
) -> RowMapping:
    """The notification as it goes on.

    Raises ``NotFound``, ``CrossOrgAccess``, ``Forbidden``, and ``Conflict`` where it is not paused
    or nobody may be texted about the event any more.
    """
    event = await load_event(database, event_id, "curate")
    async with database.org(event["org_id"]) as connection:
        require_notifiable(
            event["status"], event["ends_at"] or event["date"], await clock.now(connection)
        )
    await resume_campaign(database, dispatch, event["org_id"], notification_id, event_id)
    return await event_messages.get(database, event["org_id"], event_id, notification_id)
