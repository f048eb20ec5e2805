"""Count usage for each quarter of an hour, organisation and campaign.

The counts change in the transaction that changes the messages, so that no report has to count the
messages themselves.
"""

from collections import Counter
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.history_tables import USAGE_COUNTS

_ADD = text("""
INSERT INTO usage_quarters AS usage
  (org_id, campaign_id, starts_at, sent, delivered, failed, received, replied, opted_out,
   spent_cents)
VALUES (:org_id, :campaign_id, date_bin('15 minutes', now(), 'epoch'), :sent, :delivered, :failed,
  :received, :replied, :opted_out, :spent_cents)
ON CONFLICT ON CONSTRAINT uq_usage_quarters DO UPDATE SET
  sent = usage.sent + excluded.sent,
  delivered = usage.delivered + excluded.delivered,
  failed = usage.failed + excluded.failed,
  received = usage.received + excluded.received,
  replied = usage.replied + excluded.replied,
  opted_out = usage.opted_out + excluded.opted_out,
  spent_cents = usage.spent_cents + excluded.spent_cents
""")


class UsageTally:
    """Collects changes of the usage of organisations and campaigns."""

    def __init__(self) -> None:
        self._added: dict[tuple[UUID, UUID | None], Counter[str]] = {}

    def add(self, org_id: UUID, campaign_id: UUID | None, name: str, number: int) -> None:
        """Add `number` to the usage count `name`.

        Does nothing if `name` is another kind of count.
        """
        if name in USAGE_COUNTS and number:
            self._added.setdefault((org_id, campaign_id), Counter())[name] += number

    async def write(self, connection: AsyncConnection) -> None:
        """Add the collected counts to the rows of the current quarter of an hour.

        Rows are always written in the same order, so that transactions wait for each other and
        never deadlock.
        """
        rows = [
            {"org_id": org_id, "campaign_id": campaign_id}
            | {name: self._added[org_id, campaign_id][name] for name in USAGE_COUNTS}
            for org_id, campaign_id in sorted(self._added, key=str)
        ]
        if rows:
            await connection.execute(_ADD, rows)
