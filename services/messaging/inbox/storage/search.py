"""Finding messages by their words, newest first, in bounded time whatever the words are.

No single way is safe. Walking from the newest is fast for common words and takes for ever for a
rare one; the index finds a rare one at once and takes for ever to collect millions of hits. So
whoever searches walks a stretch first, and asks the index only for what is older, with a time
limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import limits
from servicekit.folding import pieces_of
from servicekit.ids import first_id_at

_LAST = UUID(int=2**128 - 1)
_FIRST = UUID(int=0)
_GIVEN_UP = "57014"  # SQLSTATE query_canceled
_INDEX_MILLISECONDS = "500"
# message_plain takes words of some texts apart into pieces so long.
_PIECE_CHARACTERS = 40

_PLAIN = text("SELECT message_plain(search_fold(:body)) AS folded, message_plain(:body) AS before")

# Of a stretch that is as long as it may be, the last message tells where to go on.
_WALK = """
WITH stretch AS MATERIALIZED ({stretch} ORDER BY message_id DESC LIMIT :length)
SELECT
  ARRAY(SELECT message_id FROM stretch WHERE hit ORDER BY message_id DESC LIMIT :limit) AS found,
  (SELECT message_id FROM stretch ORDER BY message_id DESC OFFSET :length - 1 LIMIT 1) AS last
"""
_STRETCH = """
  SELECT message_id, words @@ CAST(:query AS tsquery) AS hit FROM message_search
  WHERE org_id = :org_id AND message_id < :before AND message_id >= :since
"""
_WALKS = {
    "": text(_WALK.format(stretch=_STRETCH)),
    "in": text(_WALK.format(stretch=f"{_STRETCH} AND incoming")),
    "out": text(_WALK.format(stretch=f"{_STRETCH} AND NOT incoming")),
}

_STRETCH_OF_CONTACT = """
  SELECT id AS message_id, (
    SELECT words @@ CAST(:query AS tsquery) FROM message_search
    WHERE org_id = :org_id AND message_id = message.id
  ) AS hit
  FROM sms_messages AS message
  WHERE org_id = :org_id AND contact_id = :contact_id AND id < :before AND id >= :since
"""
_WALK_CONTACT = text(_WALK.format(stretch=_STRETCH_OF_CONTACT))

# A walk follows the primary key. The planner does not know that !- in the policy admits every row:
# it expects few, and would collect and sort them all.
_BY_KEY = text("""
SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true),
  set_config('enable_sort', 'off', true)
""")

# Read by the policy of message_search, which does the search (see the migration).
_BY_WORDS = text("""
SELECT set_config('app.search', :query, true), set_config('enable_bitmapscan', 'on', true),
  set_config('enable_sort', 'on', true), set_config('statement_timeout', :milliseconds, true)
""")
_RESTORE_TIME_LIMIT = text("SELECT set_config('statement_timeout', :milliseconds, true)")

# OFFSET 0: all that the index finds, sorted then; not a walk in order that looks for them.
_BY_INDEX = text("""
SELECT message_id FROM (
  SELECT message_id FROM message_search
  WHERE org_id = :org_id AND message_id < :before AND message_id >= :since
  OFFSET 0
) AS found
ORDER BY message_id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Words:
    """What to search for, as the words of texts are kept.

    ``folded`` are those of today; ``before`` those of texts that were stored before words of every
    script were found.
    """

    folded: Sequence[str]
    before: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sought:
    """What to search for: a tsquery, and within which messages. Empty direction: both."""

    query: str
    contact_id: UUID | None = None
    direction: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def oldest(self) -> UUID:
        """No message before this id is wanted."""
        return first_id_at(self.since) if self.since else _FIRST

    @property
    def beyond(self) -> UUID:
        """Only messages before this id are wanted."""
        return first_id_at(self.until) if self.until else _LAST


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a walk found, newest first, and the oldest message that it came to.

    ``last`` is None where the walk came to the end.
    """

    found: Sequence[UUID]
    last: UUID | None


async def words_of(connection: AsyncConnection, body: str) -> Words:
    """Take ``body`` apart as the database does with a text; of long words their beginnings."""
    plain = (await connection.execute(_PLAIN, {"body": body})).one()
    folded = [word[:_PIECE_CHARACTERS] for word in plain.folded.split()]
    return Words(
        [piece for word in folded for piece in pieces_of(word)],
        [word[:_PIECE_CHARACTERS] for word in plain.before.split()],
    )


async def walk(
    connection: AsyncConnection, org_id: UUID, sought: Sought, before: UUID, limit: int, length: int
) -> Stretch:
    """The newest ``limit`` matches among the ``length`` messages before ``before``."""
    statement = _WALK_CONTACT if sought.contact_id else _WALKS[sought.direction]
    parameters = {
        "org_id": org_id,
        "query": sought.query,
        "before": before,
        "since": sought.oldest,
        "length": length,
        "limit": limit,
        **({"contact_id": sought.contact_id} if sought.contact_id else {}),
    }
    await connection.execute(_BY_KEY)
    row = (await connection.execute(statement, parameters)).one()
    return Stretch(row.found, row.last)


async def by_index(
    connection: AsyncConnection, org_id: UUID, sought: Sought, before: UUID, limit: int
) -> Sequence[UUID] | None:
    """The newest ``limit`` matches before ``before``; None where there are too many to collect."""
    try:
        async with connection.begin_nested():
            await connection.execute(
                _BY_WORDS, {"query": sought.query, "milliseconds": _INDEX_MILLISECONDS}
            )
            rows = await connection.execute(
                _BY_INDEX,
                {"org_id": org_id, "before": before, "since": sought.oldest, "limit": limit},
            )
            found = rows.scalars().all()
            usual = limits.current().settings()["statement_timeout"]
            await connection.execute(_RESTORE_TIME_LIMIT, {"milliseconds": usual})
            return found
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _GIVEN_UP:
            return None
        raise
