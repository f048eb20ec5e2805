"""Find messages by their words, newest first, in bounded time for any words.

No single method is always fast. Scanning from the newest message is fast for common words and very
slow for rare ones. The index is fast for rare words and very slow for millions of matches. So a
search scans some messages first and then uses the index for older ones, with a time limit.
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
# message_plain splits long words into pieces of this length.
_PIECE_CHARACTERS = 40

_PLAIN = text("SELECT message_plain(search_fold(:body)) AS folded, message_plain(:body) AS before")

# If the scan reads all `length` messages, the last one is where the next scan starts.
_SCAN = """
WITH scanned AS MATERIALIZED ({messages} ORDER BY message_id DESC LIMIT :length)
SELECT
  ARRAY(SELECT message_id FROM scanned WHERE hit ORDER BY message_id DESC LIMIT :limit) AS found,
  (SELECT message_id FROM scanned ORDER BY message_id DESC OFFSET :length - 1 LIMIT 1) AS last
"""
_MESSAGES = """
  SELECT message_id, words @@ CAST(:query AS tsquery) AS hit FROM message_search
  WHERE org_id = :org_id AND message_id < :before AND message_id >= :since
"""
_SCANS = {
    "": text(_SCAN.format(messages=_MESSAGES)),
    "in": text(_SCAN.format(messages=f"{_MESSAGES} AND incoming")),
    "out": text(_SCAN.format(messages=f"{_MESSAGES} AND NOT incoming")),
}

_MESSAGES_OF_CONTACT = """
  SELECT id AS message_id, (
    SELECT words @@ CAST(:query AS tsquery) FROM message_search
    WHERE org_id = :org_id AND message_id = message.id
  ) AS hit
  FROM sms_messages AS message
  WHERE org_id = :org_id AND contact_id = :contact_id AND id < :before AND id >= :since
"""
_SCAN_CONTACT = text(_SCAN.format(messages=_MESSAGES_OF_CONTACT))

# A scan follows the primary key. The planner doesn't know that !- in the policy matches every row:
# it expects few rows, and would collect and sort them all.
_BY_KEY = text("""
SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true),
  set_config('enable_sort', 'off', true)
""")

# The row-level policy of message_search reads app.search and does the search (see the migration).
_BY_WORDS = text("""
SELECT set_config('app.search', :query, true), set_config('enable_bitmapscan', 'on', true),
  set_config('enable_sort', 'on', true), set_config('statement_timeout', :milliseconds, true)
""")
_RESTORE_TIME_LIMIT = text("SELECT set_config('statement_timeout', :milliseconds, true)")

# OFFSET 0 makes Postgres collect what the index finds and sort it, instead of scanning in order.
_BY_INDEX = text("""
SELECT message_id FROM (
  SELECT message_id FROM message_search
  WHERE org_id = :org_id AND message_id < :before AND message_id >= :since
  OFFSET 0
) AS found
ORDER BY message_id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class SearchWords:
    """The words to search for, in both forms in which messages may have stored words.

    `old_form` is what older releases stored, which could not search every script.
    """

    folded: Sequence[str]
    old_form: Sequence[str]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Which messages to search, and for what: a Postgres `tsquery`.

    An empty direction means both.
    """

    tsquery: str
    contact_id: UUID | None = None
    direction: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def oldest(self) -> UUID:
        """The lowest id that a matching message can have."""
        return first_id_at(self.since) if self.since else _FIRST

    @property
    def beyond(self) -> UUID:
        """An id above all ids that a matching message can have."""
        return first_id_at(self.until) if self.until else _LAST


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The ids of the messages that a scan found, newest first.

    `last_scanned` is the oldest message that was scanned. It is None if no messages are left.
    """

    found: Sequence[UUID]
    last_scanned: UUID | None


async def words_of(connection: AsyncConnection, body: str) -> SearchWords:
    """Split `body` into words as the database does. Long words are cut."""
    plain = (await connection.execute(_PLAIN, {"body": body})).one()
    folded = [word[:_PIECE_CHARACTERS] for word in plain.folded.split()]
    return SearchWords(
        [piece for word in folded for piece in pieces_of(word)],
        [word[:_PIECE_CHARACTERS] for word in plain.before.split()],
    )


async def scan(
    connection: AsyncConnection,
    org_id: UUID,
    query: SearchQuery,
    before: UUID,
    limit: int,
    length: int,
) -> ScanResult:
    """Return up to `limit` matches among the `length` messages before `before`, newest first."""
    statement = _SCAN_CONTACT if query.contact_id else _SCANS[query.direction]
    parameters = {
        "org_id": org_id,
        "query": query.tsquery,
        "before": before,
        "since": query.oldest,
        "length": length,
        "limit": limit,
        **({"contact_id": query.contact_id} if query.contact_id else {}),
    }
    await connection.execute(_BY_KEY)
    row = (await connection.execute(statement, parameters)).one()
    return ScanResult(row.found, row.last)


async def by_index(
    connection: AsyncConnection, org_id: UUID, query: SearchQuery, before: UUID, limit: int
) -> Sequence[UUID] | None:
    """Return up to `limit` matches before `before`, newest first, found in the index.

    Returns None if the index has too many matches.
    """
    try:
        async with connection.begin_nested():
            await connection.execute(
                _BY_WORDS, {"query": query.tsquery, "milliseconds": _INDEX_MILLISECONDS}
            )
            rows = await connection.execute(
                _BY_INDEX,
                {"org_id": org_id, "before": before, "since": query.oldest, "limit": limit},
            )
            found = rows.scalars().all()
            usual = limits.current().settings()["statement_timeout"]
            await connection.execute(_RESTORE_TIME_LIMIT, {"milliseconds": usual})
            return found
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _GIVEN_UP:
            return None
        raise
