"""Errors of our HTTP servers that no other part of the platform raises."""

import grpc

from servicekit.errors import DomainError
from servicekit.problems import WithHeaders


class MalformedRequest(DomainError):
    """The request is not HTTP, or its body or query string can't be parsed."""

    http_status = 400
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "malformed_request"

    def __init__(
        self, message: str = "The request can't be read.", code: str | None = None
    ) -> None:
        super().__init__(message, code)


class RouteNotFound(DomainError):
    """No route has this path."""

    http_status = 404
    grpc_status = grpc.StatusCode.UNIMPLEMENTED
    default_code = "route_not_found"

    def __init__(self) -> None:
        super().__init__("This path does not exist.")


class MethodNotAllowed(WithHeaders):
    """The path exists, but not for this HTTP method.

    Args:
        allowed: The methods that the path takes, separated by commas.
    """

    http_status = 405
    grpc_status = grpc.StatusCode.UNIMPLEMENTED
    default_code = "method_not_allowed"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"Use {allowed} for this path.")
        self.headers = {"Allow": allowed}


class UnsupportedMediaType(DomainError):
    """The route does not take a body of this content type."""

    http_status = 415
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "unsupported_media_type"


class AddressTooLong(DomainError):
    """The path and query are longer than the server reads."""

    http_status = 414
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "address_too_long"

    def __init__(self) -> None:
        super().__init__("The URL is too long. Use fewer or shorter parameters.")


class HeadersTooLarge(DomainError):
    """The headers are more or larger than the server reads."""

    http_status = 431
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "headers_too_large"

    def __init__(self) -> None:
        super().__init__("The request has too many headers, or headers that are too large.")


class TooManyConnections(DomainError):
    """The server has as many clients as it can have."""

    http_status = 503
    grpc_status = grpc.StatusCode.UNAVAILABLE
    default_code = "too_many_connections"

    def __init__(self) -> None:
        super().__init__("Too many connections are open. Try again in a moment.")
