"""Postmark's error responses: a code and a message, mostly with HTTP status 422."""

import orjson

from simulator.edge import ProviderError, Reply


class PostmarkError(ProviderError):
    """An error response of Postmark.

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
    """Return Postmark's error response for the HTTP status of an injected fault."""
    code = {429: 429, 503: 100}.get(status, 0)
    return PostmarkError(code, "The request could not be processed.", status).refusal
