"""What a campaign's figures mean.

Every recipient is in exactly one of pending, sent, refused, unknown, opted out and invalid, where
*refused* are the texts that failed before a carrier had them. ``failed`` adds to those the
ones that a carrier or handset refused later, which are among ``sent`` too.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A campaign's messages, each in one of the states, and what is counted beside.

    ``stopped`` are those of ``failed`` that were stopped at the moment of sending, because the
    recipient had opted out meanwhile.
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
    spent_cents: int = 0

    @property
    def unsettled(self) -> int:
        """Messages of which it is not known yet whether the provider has them."""
        return self.pending + self.unknown


def metrics(outcomes: Outcomes, opted_out: int, invalid: int) -> dict[str, int | float]:
    """The figures of ``CampaignMetrics``, by field name.

    ``opted_out`` and ``invalid`` are the recipients that were passed over when planning.
    """
    handed_over = outcomes.queued + outcomes.sent + outcomes.delivered + outcomes.undelivered
    refused = outcomes.failed - outcomes.stopped
    failed = refused + outcomes.undelivered
    passed_over = opted_out + outcomes.stopped
    accepted = outcomes.pending + handed_over + refused + outcomes.unknown
    return {
        "recipients": accepted + passed_over + invalid,
        "pending": outcomes.pending,
        "sent": handed_over,
        "delivered": outcomes.delivered,
        "failed": failed,
        "replied": outcomes.replied,
        "opted_out": passed_over,
        "invalid": invalid,
        "unknown": outcomes.unknown,
        "spent_cents": outcomes.spent_cents,
        "delivery_rate": _rate(outcomes.delivered, handed_over),
        "fail_rate": _rate(failed, handed_over + refused),
        "reply_rate": _rate(outcomes.replied, outcomes.delivered),
    }


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
