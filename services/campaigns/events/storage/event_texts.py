"""Read and write an event's own texts, which replace the platform's."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.domain.drafts import TextSource
from services.campaigns.events.storage.tables import event_texts as texts


async def of_event(
    connection: AsyncConnection, org_id: UUID, event_id: UUID
) -> Mapping[str, TextSource]:
    """Return an event's own texts by type."""
    query = select(texts.c.notification_type, texts.c.message, texts.c.template_id).where(
        texts.c.event_id == event_id, texts.c.org_id == org_id
    )
    rows = await connection.execute(query)
    return {row.notification_type: row.message or row.template_id for row in rows}


async def put(
    connection: AsyncConnection,
    org_id: UUID,
    event_id: UUID,
    notification_type: str,
    source: TextSource,
) -> None:
    """Set an event's own text for a type."""
    text = {
        "message": source if isinstance(source, str) else None,
        "template_id": None if isinstance(source, str) else source,
    }
    await connection.execute(
        insert(texts)
        .values(org_id=org_id, event_id=event_id, notification_type=notification_type, **text)
        .on_conflict_do_update(
            constraint="pk_event_texts", set_=text, where=texts.c.org_id == org_id
        )
    )


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
