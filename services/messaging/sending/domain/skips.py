"""Why a campaign skips a recipient."""

from typing import Literal

SkipReason = Literal["opted_out", "invalid"]
"""`invalid`: the number can't be texted, or the message can't be sent."""


def count_of(reason: SkipReason) -> str:
    """Name the count of the campaign for recipients with `reason`."""
    return f"skipped_{reason}"
