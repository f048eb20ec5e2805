"""Check what must be true after a campaign was disturbed by a fault.

It checks the same claims as the demo, and others that only the databases can show: every message
has the provider's status, and no work is left over.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.local.testkit.books import check
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.simulator_client import ProviderText
from deploy.local.topology import SERVICES
from tests.fixtures.platform import Platform

_SHOWN = 10
_OURS = {"accepted": "queued", "queued": "queued"}

_MESSAGES = """
SELECT id::text, status, provider_sid, error_code, charged, refund_due
FROM sms_messages WHERE direction = 'out' AND org_id = %s
"""
_COUNTS = """
SELECT counts.campaign_id, counts.pending, counts.queued, counts.sent, counts.delivered,
  counts.undelivered, counts.failed, counts.unknown, counts.spent_cents,
  count(*) FILTER (WHERE status IN ('pending', 'sending')) AS is_pending,
  count(*) FILTER (WHERE status = 'queued') AS is_queued,
  count(*) FILTER (WHERE status = 'sent') AS is_sent,
  count(*) FILTER (WHERE status = 'delivered') AS is_delivered,
  count(*) FILTER (WHERE status = 'undelivered') AS is_undelivered,
  count(*) FILTER (WHERE status = 'failed') AS is_failed,
  count(*) FILTER (WHERE status = 'unknown') AS is_unknown,
  coalesce(sum(price_cents) FILTER (WHERE status <> 'failed'), 0)::bigint AS is_spent_cents
FROM campaign_counts AS counts JOIN sms_messages AS message USING (campaign_id)
WHERE counts.org_id = %s GROUP BY counts.campaign_id
"""
# A row for each time that a campaign counts a person. Two rows mean that it counts them twice.
_COUNTED = """
SELECT campaign_id, contact_id::text FROM sms_messages
WHERE org_id = %s AND campaign_id IS NOT NULL AND charged AND direction = 'out'
UNION ALL
SELECT campaign_id, contact_id::text FROM campaign_skips WHERE org_id = %s
"""
_FIGURES = """
SELECT campaign_id, pending + queued + sent + delivered + undelivered + failed + unknown + cancelled
  + skipped_opted_out + skipped_invalid AS recipients
FROM campaign_counts WHERE org_id = %s
"""
_DONE = """
SELECT id AS campaign_id, list_id FROM sms_campaigns
WHERE org_id = %s AND status = 'done' AND list_id IS NOT NULL AND retry_of IS NULL
"""
_LISTED = "SELECT list_id, contact_id::text FROM contact_list_members WHERE org_id = %s"
_BALANCES = """
SELECT user_id, balance_cents, (
  SELECT coalesce(sum(CASE type WHEN 'credit' THEN amount_cents ELSE -amount_cents END), 0)
  FROM billing_transactions AS entry WHERE entry.user_id = balance.user_id
)::bigint AS sum_cents
FROM user_balances AS balance WHERE org_id = %s
"""
_UNHANDLED = """
SELECT count(*) AS n FROM webhook_logs
WHERE (processed_at IS NULL OR NOT success) AND (org_id = %s OR org_id IS NULL)
"""

_DEAD_LETTERS = """
SELECT count(*) AS n FROM webhook_dead_letters
WHERE resolved_at IS NULL AND (org_id = %s OR org_id IS NULL)
"""


@dataclass(frozen=True)
class Verdict:
    """The differences that were found. It is true if there are none."""

    faults: Sequence[str]

    def __bool__(self) -> bool:
        return not self.faults

    def __repr__(self) -> str:
        return "\n".join(["contradicted:", *self.faults[:_SHOWN]])


def audit(platform: Platform, organisation: Organisation) -> Verdict:
    """Return the differences from what must be true, as they are now.

    While work is left over, the rest is not checked: it takes long, and is not right yet.
    """
    org_id = organisation.org_id
    leftovers = _leftovers(platform, org_id)
    if leftovers:
        return Verdict(leftovers)
    books = organisation.books()
    faults = [
        *(str(claim) for claim in check(books) if not claim.holds),
        *_messages(platform.rows("messaging", _MESSAGES, org_id), books.texts),
        *(
            f"counts differ: {row}"
            for row in platform.rows("messaging", _COUNTS, org_id)
            if not _agree(row)
        ),
        *_people(platform, org_id),
        *(
            f"balance differs: {row}"
            for row in platform.rows("billing", _BALANCES, org_id)
            if row["balance_cents"] != row["sum_cents"]
        ),
        *_leftovers(platform, org_id),
    ]
    return Verdict(faults)


def _messages(rows: Sequence[Mapping[str, object]], accepted: Sequence[ProviderText]) -> list[str]:
    """Return the messages whose status at the platform differs from the provider's record."""
    texts = {str(text.message_id): text for text in accepted}
    found = []
    for row in rows:
        text = texts.pop(str(row["id"]), None)
        wanted = _OURS.get(text.status, text.status) if text else "failed"
        if row["status"] != wanted or row["refund_due"] or not row["charged"]:
            found.append(f"the provider says {wanted} of {row}")
        if text and (row["provider_sid"], row["error_code"]) != (text.sid, text.error_code):
            found.append(f"the provider says {text.sid}, {text.error_code} of {row}")
    return found + [f"we do not know of {text}" for text in texts.values()]


def _people(platform: Platform, org_id: str) -> list[str]:
    """Return the campaigns whose counts are wrong or count a person twice or not at all."""
    counted: defaultdict[object, list[object]] = defaultdict(list)
    for row in platform.rows("messaging", _COUNTED, org_id, org_id):
        counted[row["campaign_id"]].append(row["contact_id"])
    listed: defaultdict[object, set[object]] = defaultdict(set)
    for row in platform.rows("contacts", _LISTED, org_id):
        listed[row["list_id"]].add(row["contact_id"])
    found = [
        f"campaign {row['campaign_id']} has {row['recipients']} recipients,"
        f" counts {len(counted[row['campaign_id']])} people"
        for row in platform.rows("messaging", _FIGURES, org_id)
        if row["recipients"] != len(counted[row["campaign_id"]])
    ]
    twice = [id_ for id_, people in counted.items() if len(people) != len(set(people))]
    missed = [
        f"campaign {row['campaign_id']} is done, but not with {left}"
        for row in platform.rows("campaigns", _DONE, org_id)
        if (left := listed[row["list_id"]] - set(counted[row["campaign_id"]]))
    ]
    return found + [f"campaign {id_} counts somebody twice" for id_ in twice] + missed


def _agree(row: Mapping[str, object]) -> bool:
    return all(row[name.removeprefix("is_")] == row[name] for name in row if name[:3] == "is_")


def _leftovers(platform: Platform, org_id: str) -> list[str]:
    """Describe the bus events, jobs and webhooks that should have been handled and are not."""
    counts = {
        f"{service}: rows in the outbox": platform.rows(
            service, "SELECT count(*) AS n FROM outbox WHERE published_at IS NULL"
        )
        for service in SERVICES
    }
    counts["dead letters"] = platform.rows("webhooks", _DEAD_LETTERS, org_id)
    counts["webhooks that nobody handled"] = platform.rows("webhooks", _UNHANDLED, org_id)
    return [f"{name}: {rows[0]['n']}" for name, rows in counts.items() if rows[0]["n"]]
