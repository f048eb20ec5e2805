"""What a campaign's figures mean.

Every recipient that was dealt with is in exactly one of pending, sent, refused, unknown, opted out,
invalid and cancelled, where *refused* are the texts that failed before a carrier had them.
``failed`` adds to those the ones that a carrier or handset refused later, which are among ``sent``
too.
"""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A campaign's recipients, each in one of the states, and what is counted beside.

    ``skipped_opted_out`` and ``skipped_invalid`` are recipients who were passed over and have no
    message. ``stopped`` are those of ``failed`` that were stopped at the moment of sending, because
    the recipient had opted out meanwhile. ``blocked`` is why nothing of the organisation can be
    sent. All figures were read at one moment.
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

    def with_earlier(self, opted_out: int, invalid: int) -> Self:
        """Add the recipients who were passed over before messaging counted them."""
        return replace(
            self,
            skipped_opted_out=self.skipped_opted_out + opted_out,
            skipped_invalid=self.skipped_invalid + invalid,
        )

    @property
    def unsettled(self) -> int:
        """Messages of which it is not known yet whether the provider has them."""
        return self.pending + self.unknown

    @property
    def handed_over(self) -> int:
        """Messages that the provider took and did not give up before a carrier had them."""
        return self.queued + self.sent + self.delivered + self.undelivered

    @property
    def refused(self) -> int:
        """Messages that no carrier ever had, other than those of recipients that opted out."""
        return self.failed - self.stopped

    @property
    def tried(self) -> int:
        """Messages that were handed over or refused."""
        return self.handed_over + self.refused

    @property
    def all_failed(self) -> int:
        """Messages that were refused by anyone on their way."""
        return self.refused + self.undelivered

    @property
    def opted_out(self) -> int:
        """Recipients who got no text because they had opted out, up to the moment of sending."""
        return self.skipped_opted_out + self.stopped

    @property
    def known(self) -> int:
        """Messages whose fate is known for good."""
        return self.delivered + self.all_failed


def metrics(outcomes: Outcomes) -> dict[str, int | float]:
    """Return the figures of ``CampaignMetrics``, by field name."""
    accepted = outcomes.pending + outcomes.tried + outcomes.unknown + outcomes.cancelled
    return {
        "recipients": accepted + outcomes.opted_out + outcomes.skipped_invalid,
        "pending": outcomes.pending,
        "sent": outcomes.handed_over,
        "delivered": outcomes.delivered,
        "failed": outcomes.all_failed,
        "refused": outcomes.refused,
        "replied": outcomes.replied,
        "opted_out": outcomes.opted_out,
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
