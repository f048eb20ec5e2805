"""Set the text of an event's messages of one type."""

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from services.campaigns.campaigns.domain.drafts import TextSource
from services.campaigns.campaigns.support.campaign_text import TemplateGone, draft_text
from services.campaigns.events.domain.event_texts import DEFAULTS, EventText
from services.campaigns.events.storage import event_texts
from services.campaigns.events.storage.events import Event
from services.campaigns.templates.storage import templates


class SetEventText:
    """Stores an event's own texts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(
        self,
        event: Event,
        notification_type: str,
        source: TextSource | None,
        if_version: int | None = None,
    ) -> EventText:
        """Set the event's own text. If `source` is None, the platform's text is used again.

        Raises:
            InvalidInput: A placeholder is malformed.
            CrossOrgAccess: The template belongs to another organisation.
            NotFound: The template doesn't exist.
            PreconditionFailed: The text has changed since the version `if_version`.
        """
        try:
            async with self._database.org(event.org_id) as connection:
                own = (connection, event.org_id, event.id, notification_type)
                require_version(await event_texts.lock(*own), if_version)
                if source is None:
                    await event_texts.remove(*own)
                    return EventText(notification_type, DEFAULTS[notification_type])
                await draft_text(connection, event.org_id, source, strict=False)
                return await event_texts.put(*own, source)
        except TemplateGone as gone:
            raise await templates.not_found(
                self._database, event.org_id, gone.template_id
            ) from None
