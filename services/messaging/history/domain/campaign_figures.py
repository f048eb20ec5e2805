"""Compute the figures of a campaign from its running counts."""

from services.messaging.sending.domain.campaign_counts import CampaignCounts


def campaign_figures(counts: CampaignCounts) -> dict[str, int | float]:
    """Return the figures of a campaign, named as the fields of `CampaignAnalytics`.

    Messages that were stopped by an opt-out are not failures.

    Args:
        counts: The count of recipients in each state. Each recipient is in one state; only those
            stopped by an opt-out are in two: `opted_out` and `failed`.
    """
    handed_over = counts.queued + counts.sent + counts.delivered + counts.undelivered
    refused = counts.failed - counts.opted_out
    failed = refused + counts.undelivered
    return {
        "sent": handed_over,
        "delivered": counts.delivered,
        "failed": failed,
        "open": counts.pending + counts.queued + counts.sent + counts.unknown,
        "replied": counts.replied,
        "opted_out": counts.skipped_opted_out + counts.opted_out,
        "spent_cents": counts.spent_cents,
        "delivery_rate": _rate(counts.delivered, handed_over),
        "fail_rate": _rate(failed, handed_over + refused),
        "reply_rate": _rate(counts.replied, counts.delivered),
    }


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
