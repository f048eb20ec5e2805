"""Read and write the database rows of the files of incoming messages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.messaging.common.storage.files import Place
from services.messaging.inbox.domain.attachments import Attachments
from services.messaging.inbox.domain.media import MediaFailure, MediaFile, MediaStatus, WaitingFile
from services.messaging.inbox.storage.media_tables import message_media as media

_COLUMNS = (
    media.c.id,
    media.c.position,
    media.c.media_type,
    media.c.status,
    media.c.failure,
    media.c.size_bytes,
)

_WAITING = text("""
SELECT id, org_id, source_url, attempts FROM message_media
WHERE status = 'waiting' AND next_step_at <= now()
  AND NOT EXISTS (
    SELECT FROM left_alone WHERE job = 'fetch-media' AND item = message_media.id::text
  )
ORDER BY next_step_at LIMIT :limit
""")

HAS_WAITING = text("""
EXISTS (SELECT FROM message_media WHERE status = 'waiting' AND next_step_at <= now())
""")

_DELETED = text("""
SELECT id, org_id FROM message_media
WHERE status = 'deleted'
  AND NOT EXISTS (
    SELECT FROM left_alone WHERE job = 'forget-media' AND item = message_media.id::text
  )
ORDER BY id LIMIT :limit
""")

_STORED = text("""
UPDATE message_media SET status = 'stored', media_type = :media_type, size_bytes = :size_bytes
WHERE id = :id AND org_id = :org_id AND status = 'waiting'
RETURNING id
""")

_TRIED = text("""
UPDATE message_media
SET attempts = attempts + 1, next_step_at = now() + make_interval(secs => :seconds)
WHERE id = :id AND org_id = :org_id AND status = 'waiting'
""")

_FAILED = text("""
UPDATE message_media SET status = 'failed', failure = :failure
WHERE id = :id AND org_id = :org_id AND status = 'waiting'
""")

_DELETE = text("DELETE FROM message_media WHERE id = :id AND org_id = :org_id")


def media_path(folder: Place, org_id: UUID, media_id: UUID) -> Place:
    """Return the path of a file's content. `folder`: the folder that exports use too."""
    return folder / "media" / str(org_id) / str(media_id)


async def add(
    connection: AsyncConnection, org_id: UUID, message_id: UUID, attachments: Attachments
) -> None:
    """Store the files of a new message, so that they are fetched from Twilio."""
    rows = [
        {
            "id": new_id(),
            "org_id": org_id,
            "message_id": message_id,
            "position": position,
            "source_url": url,
            "media_type": attachments.type_at(position),
        }
        for position, url in enumerate(attachments.urls)
    ]
    if rows:
        await connection.execute(insert(media), rows)


async def of_message(
    connection: AsyncConnection, org_id: UUID, message_id: UUID
) -> Sequence[MediaFile]:
    """Return the files of a message, at most ten."""
    query = (
        select(*_COLUMNS)
        .where(
            media.c.org_id == org_id,
            media.c.message_id == message_id,
            media.c.status != "deleted",
        )
        .order_by(media.c.position)
    )
    return [_media_file(row._asdict()) for row in await connection.execute(query)]


async def find_stored(
    connection: AsyncConnection, org_id: UUID, media_id: UUID
) -> MediaFile | None:
    """Return a file whose content is stored, or None."""
    query = select(*_COLUMNS).where(
        media.c.org_id == org_id, media.c.id == media_id, media.c.status == "stored"
    )
    row = (await connection.execute(query)).first()
    return _media_file(row._asdict()) if row else None


async def waiting(connection: AsyncConnection, limit: int) -> Sequence[WaitingFile]:
    """Return up to `limit` files that must be fetched now, of any organisation."""
    rows = await connection.execute(_WAITING, {"limit": limit})
    return [WaitingFile(row.id, row.org_id, row.source_url, row.attempts) for row in rows]


async def mark_stored(
    connection: AsyncConnection, file: WaitingFile, media_type: str, size_bytes: int
) -> bool:
    """Record that the content of a file is stored. Returns False if the message was deleted."""
    parameters = {
        "id": file.id,
        "org_id": file.org_id,
        "media_type": media_type,
        "size_bytes": size_bytes,
    }
    return bool(await connection.scalar(_STORED, parameters))


async def mark_tried(connection: AsyncConnection, file: WaitingFile, seconds: float) -> None:
    """Count a failed attempt to fetch a file. The next one is due in `seconds`."""
    await connection.execute(_TRIED, {"id": file.id, "org_id": file.org_id, "seconds": seconds})


async def mark_failed(
    connection: AsyncConnection, file: WaitingFile, failure: MediaFailure
) -> None:
    """Record that a file will not be fetched, and why."""
    await connection.execute(_FAILED, {"id": file.id, "org_id": file.org_id, "failure": failure})


async def deleted(connection: AsyncConnection, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """Return up to `limit` organisation ids and ids of files whose messages were deleted."""
    rows = await connection.execute(_DELETED, {"limit": limit})
    return [(row.id, row.org_id) for row in rows]


async def delete(connection: AsyncConnection, org_id: UUID, media_id: UUID) -> None:
    """Delete the row of a file. The caller must have deleted the content."""
    await connection.execute(_DELETE, {"id": media_id, "org_id": org_id})


def _media_file(row: dict[str, Any]) -> MediaFile:
    failure, status = row.pop("failure"), MediaStatus(row.pop("status"))
    return MediaFile(status=status, failure=MediaFailure(failure) if failure else None, **row)
