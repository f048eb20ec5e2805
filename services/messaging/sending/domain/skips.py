"""The reasons why a campaign skips a recipient."""

from typing import Literal

SkipReason = Literal["opted_out", "invalid"]
"""Why a recipient is skipped.

`invalid`: the phone number can't be texted, or the message can't be sent.
"""


def count_of(reason: SkipReason) -> str:
    """Return the name of the campaign's count of recipients that were skipped for `reason`."""
    return f"skipped_{reason}"
