"""The errors with which requests of providers are answered."""

import grpc

from servicekit.errors import DomainError, Unauthenticated


class BadSignature(Unauthenticated):
    """The signature is missing, or the provider did not sign this request."""

    default_code = "bad_signature"

    def __init__(self) -> None:
        super().__init__("The signature is missing or does not match.")


class MalformedWebhook(DomainError):
    """The body is not what the provider sends."""

    http_status = 400
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "malformed_webhook"
