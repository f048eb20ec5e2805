"""Read requests unchanged: the raw target and the raw body, because the provider signed these."""

from dataclasses import dataclass

from servicekit.errors import InvalidInput, PayloadTooLarge
from servicekit.web.asgi import Receive, Scope
from servicekit.web.errors import MethodNotAllowed, UnsupportedMediaType
from servicekit.web.http_protocol import TARGET
from services.webhooks.http.errors import MalformedWebhook

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MAX_BODY_BYTES = 256 * 1024
# If a connection is closed while much of the body is unread, the client may get no response.
_MOST_READ_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A provider's request.

    `callback_name` is the last part of the path, ``<message id>.<signature>``, if there is one.
    `content_type` is without parameters such as ``; charset=utf-8``.
    """

    target: str
    content_type: str
    signature: str
    body: bytes
    callback_name: str | None = None


def target_of(scope: Scope) -> str:
    """Return the request target as the client sent it, with one character for each byte."""
    raw: bytes = scope[TARGET]
    return raw.decode("latin-1")


def header_of(scope: Scope, name: str) -> str:
    """Return a header's value: empty if it is missing, joined by commas if it is repeated."""
    wanted = name.encode("ascii")
    return b",".join(value for key, value in scope["headers"] if key == wanted).decode("latin-1")


async def read_call(
    scope: Scope,
    receive: Receive,
    signature_header: str,
    content_types: frozenset[str],
    callback_name: str | None,
) -> Call:
    """Read a request.

    Raises:
        MethodNotAllowed: The method is not POST.
        UnsupportedMediaType: The content type is not one of `content_types`.
        PayloadTooLarge: The body is larger than ``MAX_BODY_BYTES``.
        MalformedWebhook: The body ended early.
    """
    if scope["method"] != "POST":
        raise MethodNotAllowed("POST")
    body = await _read_body(receive)
    content_type = header_of(scope, "content-type").partition(";")[0].strip().lower()
    if content_type not in content_types:
        raise UnsupportedMediaType(f"Send {' or '.join(sorted(content_types))}.")
    signature = header_of(scope, signature_header)
    return Call(target_of(scope), content_type, signature, body, callback_name)


async def _read_body(receive: Receive) -> bytes:
    """Return the body. A body that is too large is refused after 2 MiB of it were read."""
    body, size, more = bytearray(), 0, True
    while more and size <= _MOST_READ_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            raise MalformedWebhook("The body ended early.")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        more = message.get("more_body", False)
        if size <= MAX_BODY_BYTES:
            body += chunk
    if size > MAX_BODY_BYTES:
        raise _too_large()
    return bytes(body)


def _too_large() -> InvalidInput:
    return PayloadTooLarge.of("body", f"must not be larger than {MAX_BODY_BYTES} bytes")
