"""Postmark's refusals: an error code and a message, mostly with HTTP 422."""

import orjson

from simulator.edge import ProviderError, Reply


class PostmarkError(ProviderError):
    """A refusal.

    Args:
        code: Postmark's error code.
        message: The error text for a developer.
        status: HTTP status.
    """

    def __init__(self, code: int, message: str, status: int = 422) -> None:
        body = {"ErrorCode": code, "Message": message}
        super().__init__(Reply(status, orjson.dumps(body)))
        self.body = body


def bare_error(status: int) -> Reply:
    """Return Postmark's error answer for the HTTP status of an injected fault."""
    code = {429: 429, 503: 100}.get(status, 0)
    return PostmarkError(code, "The request could not be processed.", status).refusal
