"""Requests as they came in: the raw target, the raw body, nothing rewritten by a framework."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from servicekit.errors import InvalidInput, PayloadTooLarge
from services.webhooks.http.errors import MalformedWebhook, MethodNotAllowed, UnsupportedMediaType

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MAX_BODY_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A provider's call.

    ``callback_name`` is the message's name at the end of its path; ``content_type`` is bare,
    without parameters.
    """

    target: str
    content_type: str
    signature: str
    body: bytes
    callback_name: str | None = None


def target_of(environ: "WSGIEnvironment") -> str:
    """The request target exactly as the client sent it, one character for each byte."""
    return str(environ["RAW_URI"])


def read_call(
    environ: "WSGIEnvironment",
    signature_header: str,
    content_types: frozenset[str],
    callback_name: str | None,
) -> Call:
    """Read a call.

    Raises ``MethodNotAllowed``, ``UnsupportedMediaType``, ``PayloadTooLarge`` and
    ``MalformedWebhook``.
    """
    if environ["REQUEST_METHOD"] != "POST":
        raise MethodNotAllowed("POST")
    content_type = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    if content_type not in content_types:
        raise UnsupportedMediaType(f"Send {' or '.join(sorted(content_types))}.")
    return Call(
        target_of(environ),
        content_type,
        str(environ.get(signature_header, "")),
        _read_body(environ),
        callback_name,
    )


def _read_body(environ: "WSGIEnvironment") -> bytes:
    length = _announced_length(environ)
    if length > MAX_BODY_BYTES:
        raise _too_large()
    body: bytes = environ["wsgi.input"].read(length)
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    return body


def _announced_length(environ: "WSGIEnvironment") -> int:
    """How much to read: what the client announced, or one more than is accepted of chunks."""
    announced = str(environ.get("CONTENT_LENGTH") or "")
    if announced.isascii() and announced.isdigit():
        return int(announced)
    if environ.get("wsgi.input_terminated"):
        return MAX_BODY_BYTES + 1
    raise MalformedWebhook("The body's length is missing.")


def _too_large() -> InvalidInput:
    return PayloadTooLarge.of("body", f"must not be larger than {MAX_BODY_BYTES} bytes")
