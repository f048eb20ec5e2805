"""What members are told when a campaign stops."""

from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED, reason_message


def campaign_notice(name: str, status: str, reason: str) -> tuple[str, str]:
    """Return the type and the message of the notice about a campaign that stopped.

    `status` is its new status. An empty `reason` means that nothing went wrong.
    """
    why = reason_message(reason) or ""
    if reason == MEMBER_REMOVED:
        return "campaign_left", f"{name} is held. {why}"
    if status == "done":
        return "campaign_finished", f"{name} has been sent. Some results may still arrive."
    if status == "failed":
        return "campaign_failed", f"{name} could not be sent. {why}".strip()
    return "campaign_paused", f"{name} is paused. {why}".strip()
