"""Why a campaign passes a recipient over."""

from typing import Literal

SkipReason = Literal["opted_out", "invalid"]
"""``invalid``: the number can't be texted, or the text can't be sent."""


def count_of(reason: SkipReason) -> str:
    """Return the name of the campaign's count that recipients with ``reason`` are in."""
    return f"skipped_{reason}"
