"""How many recipients of a campaign are in each state, and what it has cost so far."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CampaignCounts:
    """How many recipients of a campaign are in each state, and its cost in cents.

    Each recipient is in one state. Only recipients in `opted_out` are in `failed` too, because an
    opt-out stopped their message when it was about to be sent. `opt_outs` counts the recipients who
    got their message and answered with an opt-out.
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
    opt_outs: int
    cancelled: int
    spent_cents: int
    skipped_opted_out: int
    skipped_invalid: int
