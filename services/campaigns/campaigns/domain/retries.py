"""When a campaign can be retried."""

from servicekit.errors import Conflict
from services.campaigns.campaigns.domain.states import RETRYABLE, Status


def require_over(status: Status) -> None:
    """Raise ``Conflict`` campaign_not_over unless a campaign with `status` can be retried."""
    if status not in RETRYABLE:
        message = "A campaign that is still sending can't be retried. Wait until it is done."
        raise Conflict(message, "campaign_not_over")


def nothing_to_retry() -> Conflict:
    """Return the error for a campaign that has reached everybody."""
    return Conflict("There are no recipients left to retry.", "nothing_to_retry")
