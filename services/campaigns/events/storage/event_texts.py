"""Read and write an event's own texts, which replace the platform's."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import settings_rows
from servicekit.db.versions import Versions
from services.campaigns.campaigns.domain.drafts import TextSource
from services.campaigns.events.domain.event_texts import EventText
from services.campaigns.events.storage.tables import event_texts as texts


async def of_event(
    connection: AsyncConnection, org_id: UUID, event_id: UUID
) -> Mapping[str, EventText]:
    """Return an event's own texts by type."""
    source = (texts.c.message, texts.c.template_id)
    query = select(texts.c.notification_type, *source, texts.c.version).where(
        texts.c.event_id == event_id, texts.c.org_id == org_id
    )
    own = [
        EventText(row.notification_type, row.message or row.template_id, row.version)
        for row in await connection.execute(query)
    ]
    return {text.notification_type: text for text in own}


async def lock(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, notification_type: str
) -> Versions:
    """Lock an event's own text for a type until the transaction ends. Returns its versions."""
    key: dict[str, UUID | str] = {"event_id": event_id, "notification_type": notification_type}
    return await settings_rows.lock(connection, texts, org_id, **key)


async def put(
    connection: AsyncConnection,
    org_id: UUID,
    event_id: UUID,
    notification_type: str,
    source: TextSource,
) -> EventText:
    """Set an event's own text for a type, and return it."""
    text = {
        "message": source if isinstance(source, str) else None,
        "template_id": None if isinstance(source, str) else source,
    }
    statement = (
        insert(texts)
        .values(org_id=org_id, event_id=event_id, notification_type=notification_type, **text)
        .on_conflict_do_update(
            constraint="pk_event_texts", set_=text, where=texts.c.org_id == org_id
        )
    )
    version = await connection.scalar(statement.returning(texts.c.version))
    return EventText(notification_type, source, version or 0)


async def remove(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, notification_type: str
) -> None:
    """Delete an event's own text for a type, if it has one."""
    await connection.execute(
        delete(texts).where(
            texts.c.event_id == event_id,
            texts.c.notification_type == notification_type,
            texts.c.org_id == org_id,
        )
    )
