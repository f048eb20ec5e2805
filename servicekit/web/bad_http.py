"""What a web server tells of requests that no application can be asked: problem documents."""

from http import HTTPStatus
from uuid import uuid4

import grpc
import orjson

from servicekit.errors import DomainError
from servicekit.problems import PROBLEM_TYPE, problem_body

ADDRESS_BYTES = 8190
"""The longest address that is read: a search beyond Latin is three times as long in it as in
UTF-8."""
HEADER_FIELDS = 100
HEADER_BYTES = 8190
"""How many header fields are read, and how long each may be."""


class MalformedHttp(DomainError):
    """What came is not HTTP."""

    http_status = 400
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "malformed_request"

    def __init__(self) -> None:
        super().__init__("The request can't be read.")


class AddressTooLong(DomainError):
    """The path and query are longer than the server reads."""

    http_status = 414
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "address_too_long"

    def __init__(self) -> None:
        super().__init__("The address is too long. Ask with fewer or shorter parameters.")


class HeadersTooLarge(DomainError):
    """The headers are more or larger than the server reads."""

    http_status = 431
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "headers_too_large"

    def __init__(self) -> None:
        super().__init__("The headers are too many or too large.")


class TooManyConnections(DomainError):
    """The server has as many clients as it can have."""

    http_status = 503
    grpc_status = grpc.StatusCode.UNAVAILABLE
    default_code = "too_many_connections"

    def __init__(self) -> None:
        super().__init__("Too many connections are open. Try again in a moment.")


def refusal(error: DomainError) -> bytes:
    """The whole response that tells of ``error`` and ends the connection."""
    request_id = uuid4().hex
    body = orjson.dumps(problem_body(error, request_id))
    head = (
        f"HTTP/1.1 {error.http_status} {HTTPStatus(error.http_status).phrase}",
        "Connection: close",
        "Cache-Control: no-store",
        f"Content-Type: {PROBLEM_TYPE}",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        f"X-Request-Id: {request_id}",
    )
    return "\r\n".join((*head, "", "")).encode("ascii") + body
