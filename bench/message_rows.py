"""Insert a history of messages for an organisation by COPY, with the counts that depend on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

from bench.tenant import Tenant
from deploy.local.stack import Stack
from servicekit.ids import id_at, new_id

_STATEMENT_ROWS = 20_000
_BODY = "Hello, doors open at seven"
_COLUMNS = (
    "id, org_id, user_id, contact_id, campaign_id, to_number, from_number, body, direction, status,"
    " segments, price_cents, charged, error_code, next_step_at, created_at, accepted_at,"
    " delivered_at, status_updated_at, read_at"
)
_TABLES = ("sms_messages", "message_search", "message_threads", "usage_quarters")

# A tenth of the conversations are archived.
_THREADS = """
INSERT INTO message_threads
  (org_id, contact_id, phone, last_message, last_message_at, unread_count, archived_at)
SELECT DISTINCT ON (contact_id) org_id, contact_id, '+12000000000', body, created_at,
  count(*) FILTER (WHERE direction = 'in' AND read_at IS NULL) OVER (PARTITION BY contact_id),
  CASE WHEN right(contact_id::text, 1) IN ('3', 'b') THEN created_at END
FROM sms_messages WHERE org_id = %(org)s AND campaign_id IS NULL
ORDER BY contact_id, created_at DESC
"""
_CAMPAIGN = """
INSERT INTO campaign_counts
  (campaign_id, org_id, delivered, undelivered, failed, cancelled, spent_cents)
SELECT campaign_id, org_id, count(*) FILTER (WHERE status = 'delivered'),
  count(*) FILTER (WHERE status = 'undelivered'), count(*) FILTER (WHERE status = 'failed'),
  count(*) FILTER (WHERE status = 'cancelled'), sum(price_cents) FILTER (WHERE charged)
FROM sms_messages WHERE org_id = %(org)s AND campaign_id IS NOT NULL GROUP BY 1, 2
ON CONFLICT (campaign_id) DO UPDATE SET delivered = excluded.delivered,
  undelivered = excluded.undelivered, failed = excluded.failed, cancelled = excluded.cancelled,
  spent_cents = excluded.spent_cents
"""
# Counts of messages that the platform itself sent earlier are kept.
_USAGE = """
INSERT INTO usage_quarters
  (org_id, campaign_id, starts_at, sent, delivered, failed, received, spent_cents)
SELECT org_id, campaign_id, date_bin('15 minutes', created_at, 'epoch'),
  count(*) FILTER (WHERE status IN ('delivered', 'undelivered')),
  count(*) FILTER (WHERE status = 'delivered'),
  count(*) FILTER (WHERE status IN ('failed', 'undelivered')),
  count(*) FILTER (WHERE status = 'received'),
  coalesce(sum(price_cents) FILTER (WHERE charged), 0)
FROM sms_messages WHERE org_id = %(org)s GROUP BY 1, 2, 3
ON CONFLICT DO NOTHING
"""
_SPEND = """
INSERT INTO daily_spend (org_id, day, cents)
SELECT org_id, (created_at AT TIME ZONE 'UTC')::date, sum(price_cents)
FROM sms_messages WHERE org_id = %(org)s AND charged GROUP BY 1, 2
ON CONFLICT DO NOTHING
"""
_DONE = """
UPDATE sms_campaigns SET status = 'done', body = message, started_at = now(), next_plan_at = now(),
  planned_at = now(), finished_at = now()
WHERE id = %s
"""


@dataclass(frozen=True, slots=True)
class History:
    """Half a year of an organisation's messages, of which half are one campaign's.

    ``contact_id`` is the contact with the longest conversation: one in a hundred of the messages
    outside of the campaign.
    """

    tenant: Tenant
    count: int
    began: datetime
    campaign_id: str
    contact_id: UUID

    def when(self, number: int) -> datetime:
        """Return the creation time of the ``number``-th message.

        The second and the third quarter of the messages are the campaign's, which sent them within
        two days. The other messages are spread over the rest of the half-year.
        """
        quarters = number / self.count * 4
        if quarters < 1:
            days = quarters * 89
        else:
            days = 89 + (quarters - 1) if quarters < 3 else 91 + (quarters - 3) * 89
        return self.began + timedelta(days=days)


def bring_in(stack: Stack, tenant: Tenant, count: int) -> History:
    """Insert ``count`` messages for an organisation."""
    contacts = tenant.post("/api/contact-lists", {"name": f"Everybody of {count}"})
    draft = {"name": f"Doors open {count}", "message": _BODY, "listId": contacts["id"]}
    campaign = tenant.post("/api/campaigns", draft)
    began = datetime.now(UTC) - timedelta(days=180)
    history = History(tenant, count, began, campaign["id"], new_id())
    with psycopg.connect(stack.postgres.url("campaigns")) as connection:
        connection.execute("SELECT set_config('app.scope', 'system', true)")
        connection.execute(_DONE, (history.campaign_id,))
    with psycopg.connect(stack.postgres.url("messaging"), autocommit=True) as connection:
        connection.execute("SELECT set_config('app.scope', 'system', false)")
        for start in range(0, count, _STATEMENT_ROWS):
            with connection.cursor().copy(f"COPY sms_messages ({_COLUMNS}) FROM STDIN") as copy:
                copy.write("".join(_lines(history, start, min(start + _STATEMENT_ROWS, count))))
        for statement in (_THREADS, _CAMPAIGN, _USAGE, _SPEND):
            connection.execute(statement, {"org": tenant.org_id})
        for table in _TABLES:
            connection.execute(f"VACUUM ANALYZE {table}".encode())
    return history


def _lines(history: History, start: int, end: int) -> Iterator[str]:
    tenant = history.tenant
    for number in range(start, end):
        at = history.when(number)
        of_campaign = history.count <= number * 4 < history.count * 3
        incoming = not of_campaign and number // 7 % 4 == 1
        status, code = ("received", None) if incoming else fate(number)
        text, is_read = at.isoformat(), number * 10 < history.count * 9
        person = _person(history, number, of_campaign)
        there, here = f"+1{2_000_000_000 + person}", "+15005550006"
        cells = (
            id_at(at),
            tenant.org_id,
            r"\N" if incoming else tenant.user_id,
            UUID(int=history.contact_id.int + person),
            history.campaign_id if of_campaign else r"\N",
            here if incoming else there,
            there if incoming else here,
            _body(number, history.count),
            "in" if incoming else "out",
            status,
            1,
            0 if incoming else 2,
            "f" if incoming or status in ("failed", "cancelled") else "t",
            r"\N" if code is None else code,
            "infinity",
            text,
            text if status in ("delivered", "undelivered") else r"\N",
            text if status == "delivered" else r"\N",
            text,
            text if incoming and is_read else r"\N",
        )
        yield "\t".join(map(str, cells)) + "\n"


def _person(history: History, number: int, of_campaign: bool) -> int:
    if of_campaign:
        return number - history.count // 4
    return 0 if number % 100 == 3 else number % (history.count // 20)


def fate(number: int) -> tuple[str, int | None]:
    """Return status and error code of the message ``number``.

    Of all messages, 3 % are undelivered, 1 % failed, and one in 2,000 is cancelled.
    """
    if number % 2000 == 11:
        return "cancelled", None
    if number % 100 == 50:
        return "failed", 21610 if number % 300 == 50 else 30007
    return ("undelivered", 30003) if number % 33 == 5 else ("delivered", None)


def _body(number: int, count: int) -> str:
    """Return the text of the message ``number``.

    Some of its words are in all texts, some in a third, some in one of 100,000.
    """
    season = ("summer", "winter", "spring")[number % 3]
    age = " vintage" if number * 3 < count else ""
    rare = " zephyrine" if number % 100_000 == 2007 else ""
    return f"{_BODY}, {season} party number{number % 9973}{age}{rare}"
