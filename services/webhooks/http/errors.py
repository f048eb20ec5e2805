"""Errors that only a webhook can have."""

import grpc

from servicekit.errors import DomainError, Unauthenticated


class BadSignature(Unauthenticated):
    """Nothing proves that the provider sent this."""

    default_code = "bad_signature"

    def __init__(self) -> None:
        super().__init__("The signature is missing or does not match.")


class MalformedWebhook(DomainError):
    """What came can't be what the provider sends."""

    http_status = 400
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "malformed_webhook"
