"""The running counts of a campaign."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CampaignCounts:
    """A campaign's recipients by state, each in one state, and the cents that it has cost.

    `opted_out` are among `failed` too: an opt-out stopped their message when it was sent.
    """

    campaign_id: UUID
    held: bool
    withdrawn: bool
    running: bool
    pending: int
    queued: int
    sent: int
    delivered: int
    undelivered: int
    failed: int
    unknown: int
    replied: int
    opted_out: int
    cancelled: int
    spent_cents: int
    skipped_opted_out: int
    skipped_invalid: int
