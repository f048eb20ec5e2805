"""Describe the responses of methods in the API document."""

from typing import Any

from google.protobuf.descriptor import Descriptor

from servicekit.problems import STATUS_TITLES
from services.gateway.http.contract import Method
from services.gateway.http.openapi.bodies import takes_key
from services.gateway.http.openapi.comments import comment_of
from services.gateway.http.openapi.examples import example_of
from services.gateway.http.openapi.headers import success_headers
from services.gateway.http.openapi.problem_responses import problems
from services.gateway.http.openapi.schemas import SchemaBook


def responses(method: Method, book: SchemaBook) -> dict[str, Any]:
    """Return the responses of a method by status. Their schemas are added to `book`."""
    return {**_success(method, book), **problems(method)}


def _success(method: Method, book: SchemaBook) -> dict[str, Any]:
    status = method.success_status
    headers = success_headers(method, is_keyed=takes_key(method))
    if method.downloads:
        return {str(status): _file(method, headers), **_deferred(method, book, headers)}
    output = method.descriptor.output_type
    if status == 204:
        return {"204": {"description": "Done. The response is empty.", "headers": headers}}
    return {str(status): _object(output, book, headers, STATUS_TITLES[status])}


def _file(method: Method, headers: dict[str, Any]) -> dict[str, Any]:
    kind = method.download_type
    content = _TEXT if kind.startswith("text/") else _BINARY
    return {"description": "The file.", "headers": headers, "content": {kind: content}}


_TEXT = {
    "schema": {"type": "string"},
    "example": "Name,Phone\r\nAnn,+14155550123\r\n",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def _deferred(method: Method, book: SchemaBook, headers: dict[str, Any]) -> dict[str, Any]:
    """Return the response of a download whose file is not ready yet."""
    if method.deferred_type is None:
        return {}
    own = {name: header for name, header in headers.items() if name != "Content-Disposition"}
    return {"202": _object(method.deferred_type, book, own, STATUS_TITLES[202])}


def _object(
    message: Descriptor, book: SchemaBook, headers: dict[str, Any], title: str
) -> dict[str, Any]:
    schema = book.message(message, "output")
    return {
        "description": comment_of(message.full_name) or title,
        "headers": headers,
        "content": {
            "application/json": {"schema": schema, "example": example_of(message, "output")}
        },
    }
