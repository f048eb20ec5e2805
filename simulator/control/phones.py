"""People's phones: the ones with the latest texts, and their conversations."""

from dataclasses import dataclass

from simulator.store import Store
from simulator.twilio.message_rows import of_row
from simulator.twilio.models import Message

LATEST = """
SELECT person, count(*) AS texts, max(id) AS last_id FROM (
    SELECT id, CASE direction WHEN 'inbound' THEN from_number ELSE to_number END AS person
    FROM messages ORDER BY id DESC LIMIT 2000
) GROUP BY person ORDER BY last_id DESC LIMIT ?
"""
CONVERSATION = """
SELECT * FROM (
    SELECT * FROM messages WHERE to_number = ?1 AND direction <> 'inbound'
    UNION ALL
    SELECT * FROM messages WHERE from_number = ?1 AND direction = 'inbound'
) ORDER BY id DESC LIMIT 100
"""
RECENT = "SELECT * FROM messages ORDER BY id DESC LIMIT ?"
STATUSES = "SELECT status, count(*) AS texts FROM messages GROUP BY status"


@dataclass(frozen=True, slots=True)
class Phone:
    """A person's phone number, and how many of the latest 2,000 texts are theirs."""

    number: str
    texts: int


def latest(store: Store, limit: int) -> list[Phone]:
    """Return the phones of the latest 2,000 texts. The phone with the newest text is first."""
    return [Phone(row["person"], row["texts"]) for row in store.query(LATEST, (limit,))]


def conversation(store: Store, number: str) -> list[Message]:
    """Return the last hundred texts from and to a person, oldest first."""
    return [of_row(row) for row in reversed(store.query(CONVERSATION, (number,)))]


def recent(store: Store, limit: int) -> list[Message]:
    """Return up to `limit` texts of all people, newest first."""
    return [of_row(row) for row in store.query(RECENT, (limit,))]


def by_status(store: Store) -> dict[str, int]:
    """Return how many texts have each status."""
    return {row["status"]: row["texts"] for row in store.query(STATUSES)}
