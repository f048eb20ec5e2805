"""The texts that tell members about the result of a review."""

_THINGS = {"a2p_brand": "Your brand", "a2p_campaign": "Your A2P campaign"}
_RESULTS = {
    "approved": "is registered with the US carriers.",
    "failed": (
        "was rejected by the US carriers. Read the reasons, correct the details and resubmit."
    ),
    "suspended": "was suspended by the US carriers. Read the reasons.",
}


def review_message(thing: str, status: str) -> str | None:
    """Return the message about the result of a review, or None if it has no result yet."""
    result = _RESULTS.get(status)
    return f"{_THINGS[thing]} {result}" if result else None
