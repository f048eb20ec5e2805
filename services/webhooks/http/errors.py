"""Errors that only a webhook, or an HTTP edge, can have."""

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


class UnsupportedMediaType(DomainError):
    """The content type is not one that the provider sends here."""

    http_status = 415
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "unsupported_media_type"


class MethodNotAllowed(DomainError):
    """The path is there, but not for this verb."""

    http_status = 405
    grpc_status = grpc.StatusCode.UNIMPLEMENTED
    default_code = "method_not_allowed"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"This path takes {allowed}.")
        self.allowed = allowed
