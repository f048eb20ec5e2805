"""What a campaign's figures mean.

Every recipient is in exactly one of pending, sent, refused, unknown, opted out, invalid and
cancelled, where *refused* are the texts that failed before a carrier had them. ``failed`` adds to
those the ones that a carrier or handset refused later, which are among ``sent`` too.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A campaign's messages, each in one of the states, and what is counted beside.

    ``stopped`` are those of ``failed`` that were stopped at the moment of sending, because the
    recipient had opted out meanwhile. ``blocked`` is why nothing of the organisation can be sent.
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
    def known(self) -> int:
        """Messages whose fate is known for good."""
        return self.delivered + self.all_failed


def metrics(outcomes: Outcomes, opted_out: int, invalid: int) -> dict[str, int | float]:
    """The figures of ``CampaignMetrics``, by field name.

    ``opted_out`` and ``invalid`` are the recipients that were passed over when planning.
    """
    passed_over = opted_out + outcomes.stopped
    accepted = outcomes.pending + outcomes.tried + outcomes.unknown + outcomes.cancelled
    return {
        "recipients": accepted + passed_over + invalid,
        "pending": outcomes.pending,
        "sent": outcomes.handed_over,
        "delivered": outcomes.delivered,
        "failed": outcomes.all_failed,
        "replied": outcomes.replied,
        "opted_out": passed_over,
        "invalid": invalid,
        "unknown": outcomes.unknown,
        "cancelled": outcomes.cancelled,
        "spent_cents": outcomes.spent_cents,
        "delivery_rate": _rate(outcomes.delivered, outcomes.handed_over),
        "fail_rate": _rate(outcomes.all_failed, outcomes.tried),
        "reply_rate": _rate(outcomes.replied, outcomes.delivered),
    }


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
