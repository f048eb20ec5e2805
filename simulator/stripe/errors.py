"""Stripe's error responses, in its JSON format."""

from typing import Any

import orjson

from simulator.edge import ProviderError, Reply


class StripeError(ProviderError):
    """An error response of Stripe.

    Args:
        message: The error text for a developer.
        status: HTTP status.
        kind: Stripe's error type.
        code: Stripe's error code, if there is one.
        param: The name of the wrong parameter, if a parameter is wrong.
        extra: Further fields of the error (`decline_code`, `payment_intent`).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **extra: Any,
    ) -> None:
        error = {"type": kind, "message": message, "code": code, "param": param, **extra}
        shown = {name: value for name, value in error.items() if value is not None}
        if code is not None:
            shown["doc_url"] = f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}"
        super().__init__(Reply(status, orjson.dumps({"error": shown})))
        self.message = message


def missing(param: str) -> StripeError:
    """Return the error for a required parameter that was not sent."""
    return StripeError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def no_such(kind: str, key: str, param: str = "id") -> StripeError:
    """Return the error for an object that does not exist."""
    return StripeError(f"No such {kind}: '{key}'", status=404, code="resource_missing", param=param)


def bare_error(status: int) -> Reply:
    """Return Stripe's error response for the HTTP status of an injected fault."""
    if status == 429:
        return StripeError("Request rate limit exceeded.", status=429, code="rate_limit").refusal
    return StripeError("An unknown error occurred.", status=status, kind="api_error").refusal
