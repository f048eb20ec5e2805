"""The metrics of a campaign.

Each processed recipient is in exactly one of pending, sent, refused, unknown, opted out, invalid
and cancelled. *Refused* messages failed before a carrier had them. *Failed* messages are the
refused ones and those that a carrier or handset rejected later, which also count as sent.
"""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Counts of a campaign's recipients, read at one moment.

    `skipped_opted_out` and `skipped_invalid` recipients have no message. `stopped` counts the
    failed messages whose recipient opted out before the message was sent. `opt_outs` recipients
    answered their message with an opt-out. `blocked` says why the organisation can't send anything.
    """

    pending: int = 0
    queued: int = 0
    sent: int = 0
    delivered: int = 0
    undelivered: int = 0
    failed: int = 0
    unknown: int = 0
    replied: int = 0
    stopped: int = 0
    cancelled: int = 0
    spent_cents: int = 0
    blocked: str | None = None
    skipped_opted_out: int = 0
    skipped_invalid: int = 0
    opt_outs: int = 0

    def with_earlier(self, opted_out: int, invalid: int) -> Self:
        """Return the counts plus recipients that were skipped before messaging counted them."""
        return replace(
            self,
            skipped_opted_out=self.skipped_opted_out + opted_out,
            skipped_invalid=self.skipped_invalid + invalid,
        )

    @property
    def unsettled(self) -> int:
        """Messages that the provider may not have yet."""
        return self.pending + self.unknown

    @property
    def handed_over(self) -> int:
        """Accepted messages, except those that failed before a carrier got them."""
        return self.queued + self.sent + self.delivered + self.undelivered

    @property
    def refused(self) -> int:
        """Messages that failed before a carrier had them, except for opted-out recipients."""
        return self.failed - self.stopped

    @property
    def tried(self) -> int:
        """Messages that were sent or refused."""
        return self.handed_over + self.refused

    @property
    def processed(self) -> int:
        """Recipients with a message, and those that were skipped."""
        accepted = self.pending + self.tried + self.unknown + self.cancelled
        return accepted + self.opted_out + self.skipped_invalid

    @property
    def all_failed(self) -> int:
        """Messages that failed, before or after a carrier got them."""
        return self.refused + self.undelivered

    @property
    def opted_out(self) -> int:
        """Recipients who opted out before their message was sent."""
        return self.skipped_opted_out + self.stopped

    @property
    def known(self) -> int:
        """Messages whose result is final."""
        return self.delivered + self.all_failed


def metrics(outcomes: Outcomes) -> dict[str, int | float]:
    """Return the values of ``CampaignMetrics`` by field name."""
    return {
        "recipients": outcomes.processed,
        "pending": outcomes.pending,
        "sent": outcomes.handed_over,
        "delivered": outcomes.delivered,
        "failed": outcomes.all_failed,
        "refused": outcomes.refused,
        "replied": outcomes.replied,
        "opted_out": outcomes.opted_out,
        "opt_outs": outcomes.opt_outs,
        "invalid": outcomes.skipped_invalid,
        "unknown": outcomes.unknown,
        "cancelled": outcomes.cancelled,
        "spent_cents": outcomes.spent_cents,
        "delivery_rate": _rate(outcomes.delivered, outcomes.handed_over),
        "fail_rate": _rate(outcomes.all_failed, outcomes.tried),
        "reply_rate": _rate(outcomes.replied, outcomes.delivered),
    }


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
