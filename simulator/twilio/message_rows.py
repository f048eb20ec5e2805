"""Read and write messages in the database."""

import secrets
import sqlite3
from dataclasses import dataclass

import orjson

from simulator.clock import now_ms
from simulator.store import SqlValue, Store, Write
from simulator.twilio.models import Message

MAX_ID = 2**63 - 1
INSERT = (
    "INSERT INTO messages (id, sid, account_sid, direction, from_number, to_number, body, "
    "messaging_service_sid, status_callback, status, error_code, num_segments, media_urls, price, "
    "requested_at, updated_at, sent_at, send_at, request_id) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
UPDATE = (
    "UPDATE messages SET from_number = ?, body = ?, status = ?, error_code = ?, price = ?, "
    "updated_at = ?, sent_at = ? WHERE id = ?"
)
DELETE = "UPDATE messages SET deleted = 1 WHERE id = ?"
UNFINISHED = (
    "SELECT * FROM messages WHERE direction <> 'inbound' "
    "AND status IN ('scheduled', 'accepted', 'queued') ORDER BY id"
)
ONE = "SELECT * FROM messages WHERE id = ? AND sid = ? AND account_sid = ? AND deleted = 0"


def insertion(message: Message) -> Write:
    """Return the database write that stores a new message."""
    return (
        INSERT,
        (
            message.id,
            message.sid,
            message.account_sid,
            message.direction,
            message.from_number,
            message.to_number,
            message.body,
            message.messaging_service_sid,
            message.status_callback,
            message.status,
            message.error_code,
            message.num_segments,
            orjson.dumps(message.media_urls).decode() if message.media_urls else "[]",
            message.price,
            message.requested_at,
            message.updated_at,
            message.sent_at,
            message.send_at,
            message.request_id,
        ),
    )


def change(message: Message) -> Write:
    """Return the database write that stores the changed fields of a message."""
    return (
        UPDATE,
        (
            message.from_number,
            message.body,
            message.status,
            message.error_code,
            message.price,
            message.updated_at,
            message.sent_at,
            message.id,
        ),
    )


def deletion(message: Message) -> Write:
    """Return the database write that marks a message as deleted.

    Twilio's API no longer shows the message. The simulator's database keeps its row.
    """
    return (DELETE, (message.id,))


def of_row(row: sqlite3.Row) -> Message:
    """Return a message from its row."""
    fields = {key: row[key] for key in row.keys() if key != "deleted"}  # noqa: SIM118 - not a dict
    fields["media_urls"] = tuple(orjson.loads(row["media_urls"]))
    return Message(**fields)


def find(store: Store, account_sid: str, sid: str) -> Message | None:
    """Return an account's message by its SID, or None."""
    try:
        number = int(sid[18:], 16)
    except ValueError:
        return None
    if number > MAX_ID:  # a SID that was never assigned
        return None
    rows = store.query(ONE, (number, sid, account_sid))
    return of_row(rows[0]) if rows else None


def unfinished(store: Store) -> list[Message]:
    """Return the outbound messages that were not final when the simulator stopped."""
    return [of_row(row) for row in store.query(UNFINISHED)]


@dataclass(frozen=True, slots=True)
class Search:
    """The filters of a list of messages, newest first.

    Attributes:
        sent_from: Earliest time at which a message was sent, in milliseconds. For a message that
            was not sent, the time of its request counts.
        sent_until: Latest time, in milliseconds.
        before_id: Only messages older than this one.
    """

    account_sid: str
    to_number: str | None = None
    from_number: str | None = None
    sent_from: int | None = None
    sent_until: int | None = None
    before_id: int | None = None

    def run(self, store: Store, limit: int, offset: int) -> list[Message]:
        """Return up to `limit` messages that match, after the first `offset` of them."""
        conditions = {
            "account_sid = ?": self.account_sid,
            "to_number = ?": self.to_number,
            "from_number = ?": self.from_number,
            "coalesce(sent_at, requested_at) >= ?": self.sent_from,
            "coalesce(sent_at, requested_at) <= ?": self.sent_until,
            "id < ?": self.before_id,
        }
        used = {text: value for text, value in conditions.items() if value is not None}
        sql = (
            "SELECT * FROM messages WHERE deleted = 0 AND "  # noqa: S608 - constant conditions
            + " AND ".join(used)
            + " ORDER BY id DESC LIMIT ? OFFSET ?"
        )
        params: list[SqlValue] = [*used.values(), limit, offset]
        return [of_row(row) for row in store.query(sql, params)]


def new_message_sid(number: int, prefix: str) -> str:
    """Return a SID whose last 16 digits are the row id `number` of the message."""
    return f"{prefix}{secrets.token_hex(8)}{number:016x}"


def touch(message: Message, status: str) -> None:
    """Set a message's status and the time of its last change."""
    message.status = status
    message.updated_at = now_ms()
