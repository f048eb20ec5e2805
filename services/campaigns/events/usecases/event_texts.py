"""What an event's notifications say: its own text for a type, or the platform's."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.campaigns.campaigns.domain.drafts import TextSource
from services.campaigns.campaigns.support.campaign_text import TemplateGone, draft_text
from services.campaigns.events.domain.event_texts import DEFAULTS
from services.campaigns.events.storage import event_texts
from services.campaigns.templates.storage import templates


@dataclass(frozen=True, slots=True)
class EventText:
    """What an event's notifications of a type say; ``is_default``: the event has no own text."""

    notification_type: str
    source: TextSource
    is_default: bool


async def texts_of(database: Database, event: RowMapping) -> Sequence[EventText]:
    """The texts of an event, one for each type, in the order of the types."""
    async with database.org(event["org_id"]) as connection:
        own = await event_texts.of_event(connection, event["org_id"], event["id"])
    return [
        EventText(kind, own.get(kind, text), kind not in own) for kind, text in DEFAULTS.items()
    ]


async def set_text(
    database: Database, event: RowMapping, notification_type: str, source: TextSource | None
) -> EventText:
    """Give an event a text of its own; None has the platform's hold again.

    Raises ``InvalidInput`` for a placeholder that is not well formed, and ``CrossOrgAccess`` or
    ``NotFound`` for the template.
    """
    org_id, event_id = event["org_id"], event["id"]
    try:
        async with database.org(org_id) as connection:
            if source is None:
                await event_texts.remove(connection, org_id, event_id, notification_type)
                return EventText(notification_type, DEFAULTS[notification_type], is_default=True)
            await draft_text(connection, org_id, source, strict=False)
            await event_texts.put(connection, org_id, event_id, notification_type, source)
    except TemplateGone as gone:
        raise await templates.not_found(database, org_id, gone.template_id) from None
    return EventText(notification_type, source, is_default=False)
