"""Read the requests, messages and webhooks that the simulator has stored: its record."""

import sqlite3
from dataclasses import dataclass
from typing import Any

import orjson

from simulator.forms import Form
from simulator.store import Store

MESSAGES = (
    'SELECT id, sid, account_sid, to_number AS "to", from_number AS "from", body, '
    "messaging_service_sid, status_callback, direction, status, error_code, num_segments, "
    "media_urls, requested_at, request_id FROM messages "
    "WHERE id > ?1 AND (?2 IS NULL OR account_sid = ?2) AND (?3 IS NULL OR to_number = ?3) "
    "ORDER BY id LIMIT ?4"
)
COUNTS = (
    "SELECT account_sid, direction, status, count(*) AS messages, "
    "sum(num_segments) AS segments FROM messages GROUP BY account_sid, direction, status"
)
REPEATED = (
    "SELECT to_number, body, count(*) AS times FROM messages WHERE direction = 'outbound-api' "
    "GROUP BY to_number, body HAVING times > 1"
)
CREATE_REQUESTS = (
    "SELECT count(*) FROM requests WHERE method = 'POST' AND path LIKE '%/Messages.json'"
)


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """A filter for messages, which are listed oldest first. A field that is None does not filter.

    Attributes:
        since_id: Only messages after this id.
    """

    account_sid: str | None
    to: str | None
    since_id: int
    limit: int


class Record:
    """Reads the simulator's record.

    Args:
        store: The simulator's database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def messages(self, wanted: MessageFilter) -> list[dict[str, Any]]:
        """Return up to `wanted.limit` recorded messages, inbound ones too, the oldest first."""
        params = (wanted.since_id, wanted.account_sid, wanted.to, wanted.limit)
        rows = [dict(row) for row in self._store.query(MESSAGES, params)]
        return [{**row, "media_urls": orjson.loads(row["media_urls"])} for row in rows]

    def requests(self, host: str | None, path_prefix: str, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` recorded requests, newest first."""
        sql = (
            "SELECT * FROM requests WHERE (?1 IS NULL OR host = ?1) "
            "AND substr(path, 1, length(?2)) = ?2 ORDER BY id DESC LIMIT ?3"
        )
        rows = self._store.query(sql, (host, path_prefix, limit))
        return [_with_params(row) for row in rows]

    def callbacks(self, sid: str | None, limit: int) -> list[dict[str, Any]]:
        """Return recorded attempts to deliver webhooks, in the order in which they were made."""
        sql = "SELECT * FROM callbacks WHERE (?1 IS NULL OR sid = ?1) ORDER BY id LIMIT ?2"
        return [_with_params(row) for row in self._store.query(sql, (sid, limit))]

    def summary(self) -> dict[str, Any]:
        """Count the recorded messages, the requests that create them, and the duplicates.

        Messages are counted by account and status. A duplicate has the recipient and the text of an
        earlier message.
        """
        groups = [dict(row) for row in self._store.query(COUNTS)]
        accepted = sum(g["messages"] for g in groups if g["direction"] == "outbound-api")
        repeated = [dict(row) for row in self._store.query(REPEATED)]
        return {
            "created": self._store.query(CREATE_REQUESTS)[0][0],
            "accepted": accepted,
            "duplicates": sum(row["times"] - 1 for row in repeated),
            "duplicate_examples": repeated[:20],
            "groups": groups,
        }


def _with_params(row: sqlite3.Row) -> dict[str, Any]:
    """Return a row with `params` as JSON. A form body becomes an object, a key per parameter."""
    shown = dict(row)
    try:
        shown["params"] = orjson.loads(row["params"])
    except orjson.JSONDecodeError:
        shown["params"] = dict(Form(bytes(row["params"]).decode("utf-8", "replace")).pairs)
    return shown
