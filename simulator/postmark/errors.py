"""Postmark's refusals: an error code and words, mostly with HTTP 422."""

import orjson

from simulator.edge import ProviderError, Reply


class PostmarkError(ProviderError):
    """A refusal.

    Args:
        code: Postmark's error code.
        message: What a developer reads.
        status: HTTP status.
    """

    def __init__(self, code: int, message: str, status: int = 422) -> None:
        body = {"ErrorCode": code, "Message": message}
        super().__init__(Reply(status, orjson.dumps(body)))
        self.body = body


def bare_error(status: int) -> Reply:
    """Return the answer for an HTTP status alone, as an injected fault asks for it."""
    code = {429: 429, 503: 100}.get(status, 0)
    return PostmarkError(code, "The request could not be processed.", status).refusal
