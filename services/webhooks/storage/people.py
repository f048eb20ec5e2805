"""Erase a person from stored webhooks, from what customers' servers were told, and dead letters.

Neither table has an index on the organisation, so rows are read by their ids, a page at a time.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.removals import Person

FIRST = UUID(int=0)
PAGE = 5000
"""Rows that one call of `erase` reads."""

# A row of a page, and the id with which the next page begins.
_PAGE = """
WITH page AS MATERIALIZED (
  SELECT id FROM {table} WHERE id > :after ORDER BY id LIMIT {limit}
), changed AS (
  {change}
)
SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS last_id,
  (SELECT count(*) FROM page) AS rows, (SELECT count(*) FROM changed) AS changed,
  {open} AS is_open
"""

# Twilio's forms write + as %2B.
_NAMES_PERSON = """EXISTS (
  SELECT FROM unnest(CAST(:traces AS text[])) AS trace
  WHERE position(convert_to(trace, 'UTF8') IN payload) > 0
)"""

# The id at the provider stays, so that a repeated call is recognised.
_EMPTY_WEBHOOKS = """
  UPDATE webhook_logs SET payload = '', signature = NULL, error = NULL
  WHERE id IN (SELECT id FROM page) AND org_id = :org_id AND processed_at IS NOT NULL AND {named}
  RETURNING id
"""
_UNHANDLED_WEBHOOK = """EXISTS (
  SELECT FROM webhook_logs
  WHERE id IN (SELECT id FROM page) AND org_id = :org_id AND processed_at IS NULL AND {named}
)"""
_DELETE_LETTERS = """
  DELETE FROM webhook_dead_letters
  WHERE id IN (SELECT id FROM page) AND org_id = :org_id AND {named} RETURNING id
"""
_DELETE_EVENTS = """
  DELETE FROM webhook_events
  WHERE id IN (SELECT id FROM page) AND org_id = :org_id AND EXISTS (
    SELECT FROM unnest(CAST(:traces AS text[])) AS trace WHERE position(trace IN payload) > 0
  ) RETURNING id
"""

# A delivery belongs to an event, which is deleted first: so a crash leaves none with a person.
_DELETE_DELIVERIES = """
  DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM page) AND org_id = :org_id
    AND NOT EXISTS (SELECT FROM webhook_events AS event WHERE event.id = event_id) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one table that may name a person."""

    name: str
    statement: TextClause


@dataclass(frozen=True, slots=True)
class ErasedPage:
    """What was erased from a page of rows.

    Attributes:
        last_id: The id of the last row of the page; None if the table has no more rows.
        changed: How many rows were deleted or emptied.
        is_open: Whether a webhook about the person is not handled yet.
    """

    last_id: UUID | None
    changed: int
    is_open: bool


def _kind(name: str, table: str, change: str, is_open: str = "false") -> Kind:
    parts = {"change": change.format(named=_NAMES_PERSON), "open": is_open}
    return Kind(name, text(_PAGE.format(table=table, limit=PAGE, **parts)))


KINDS = (
    _kind(
        "webhooks",
        "webhook_logs",
        _EMPTY_WEBHOOKS,
        _UNHANDLED_WEBHOOK.format(named=_NAMES_PERSON),
    ),
    _kind("dead_letters", "webhook_dead_letters", _DELETE_LETTERS),
    _kind("customer_events", "webhook_events", _DELETE_EVENTS),
    _kind("deliveries", "webhook_deliveries", _DELETE_DELIVERIES),
)
"""The rows that may name a person, in the order in which they are erased."""


async def erase(
    connection: AsyncConnection, org_id: UUID, person: Person, kind: Kind, after: UUID
) -> ErasedPage:
    """Erase a person from the next page of rows after the id `after`."""
    encoded = [f"%2B{number.removeprefix('+')}" for number in person.numbers]
    traces = [*person.numbers, *encoded, *map(str, person.contact_ids)]
    values = {"org_id": org_id, "traces": traces, "after": after}
    row = (await connection.execute(kind.statement, values)).one()
    return ErasedPage(row.last_id, row.changed, row.is_open)
