"""Messages whose search words may have been written by an earlier version."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

WORDS_VERSION = 3
"""The version of the rules for search words. Increase it when they change."""

_BEGIN = text("""
INSERT INTO message_search_renewals (words_version) VALUES (:version) ON CONFLICT DO NOTHING
""")
_POSITION = text("""
SELECT after_org_id, after_message_id FROM message_search_renewals
WHERE words_version = :version AND finished_at IS NULL
""")
_MOVE = text("""
UPDATE message_search_renewals SET after_org_id = :org_id, after_message_id = :message_id
WHERE words_version = :version
""")
_FINISH = text("""
UPDATE message_search_renewals SET finished_at = now() WHERE words_version = :version
""")

# The pages follow the primary key. The planner does not know that the policy admits every row.
_BY_KEY = text("""
SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true),
  set_config('enable_sort', 'off', true)
""")

# The words of texts in ASCII are the same in all versions.
_PAGE = text("""
WITH page AS MATERIALIZED (
  SELECT org_id, message_id FROM message_search
  WHERE (org_id, message_id) > (CAST(:org_id AS uuid), CAST(:message_id AS uuid))
  ORDER BY org_id, message_id LIMIT :length
)
SELECT page.org_id, page.message_id,
  coalesce(octet_length(body) <> length(body), false) AS not_ascii
FROM page LEFT JOIN sms_messages AS message
  ON message.org_id = page.org_id AND message.id = page.message_id
ORDER BY page.org_id, page.message_id
""")

_RENEW = text("""
UPDATE message_search AS found SET words = renewed.words
FROM (
  SELECT message.org_id, message.id, message_lexemes(
    right(message.org_id::text, 8) || left(message.direction, 1), message_words(message.body)
  ) AS words
  FROM unnest(CAST(:org_ids AS uuid[]), CAST(:message_ids AS uuid[])) AS old (org_id, id)
  JOIN sms_messages AS message ON message.org_id = old.org_id AND message.id = old.id
) AS renewed
WHERE found.org_id = renewed.org_id AND found.message_id = renewed.id
  AND found.words <> renewed.words
""")


@dataclass(frozen=True, slots=True)
class Position:
    """The message up to which the search words are updated."""

    org_id: UUID
    message_id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    """Messages whose search words may be out of date, and the position after them."""

    old: Sequence[Position]
    end: Position


async def position(connection: AsyncConnection) -> Position | None:
    """Return the position at which the update continues, or None if it is finished."""
    await connection.execute(_BEGIN, {"version": WORDS_VERSION})
    row = (await connection.execute(_POSITION, {"version": WORDS_VERSION})).one_or_none()
    return Position(row.after_org_id, row.after_message_id) if row else None


async def page(connection: AsyncConnection, after: Position, length: int) -> Page | None:
    """Read the next `length` messages of any organisation. Returns None if there are no more."""
    await connection.execute(_BY_KEY)
    values = {"org_id": after.org_id, "message_id": after.message_id, "length": length}
    rows = (await connection.execute(_PAGE, values)).all()
    if not rows:
        return None
    old = [Position(row.org_id, row.message_id) for row in rows if row.not_ascii]
    return Page(old, Position(rows[-1].org_id, rows[-1].message_id))


async def renew(connection: AsyncConnection, messages: Sequence[Position]) -> None:
    """Compute the search words of `messages` again, and store those that differ."""
    await connection.execute(_BY_KEY)
    values = {
        "org_ids": [message.org_id for message in messages],
        "message_ids": [message.message_id for message in messages],
    }
    await connection.execute(_RENEW, values)


async def move(connection: AsyncConnection, to: Position) -> None:
    """Store that the search words of all messages up to `to` are updated."""
    values = {"version": WORDS_VERSION, "org_id": to.org_id, "message_id": to.message_id}
    await connection.execute(_MOVE, values)


async def finish(connection: AsyncConnection) -> None:
    """Store that the search words of all messages are updated."""
    await connection.execute(_FINISH, {"version": WORDS_VERSION})
