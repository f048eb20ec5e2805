"""Serve the endpoints that providers call, as an ASGI application without a framework.

Every message causes three status callbacks. A framework would need more time for each than all the
work that it causes here.
"""

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from prometheus_client import Histogram

from servicekit import callbacks
from servicekit.db.database import is_outage
from servicekit.disks import is_disk_outage
from servicekit.errors import DomainError, Forbidden, NotFound, Unavailable, root_cause
from servicekit.telemetry.context import request_id, serving_request
from servicekit.telemetry.tracing import Kind, span
from servicekit.web.asgi import Receive, Scope, Send
from servicekit.web.errors import MethodNotAllowed
from services.webhooks.domain.webhook import Webhook
from services.webhooks.http import responses
from services.webhooks.http.errors import BadSignature
from services.webhooks.http.requests import FORM, JSON, Call, header_of, read_call, target_of
from services.webhooks.http.responses import Response
from services.webhooks.http.stripe import StripeCalls
from services.webhooks.http.twilio import TwilioCalls

log = structlog.get_logger()

ANSWER_SECONDS = Histogram(
    "smsblaster_webhook_seconds",
    "Seconds until a provider's request was answered",
    ["path", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

_HEALTH = "/healthz"
_CALLBACK_NAME = re.compile(callbacks.PATTERN)

Store = Callable[[Sequence[Webhook]], Awaitable[None]]
"""Stores webhooks. Raises ``Unavailable``."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL that a provider calls.

    Attributes:
        path: The path of the URL.
        read: Verifies a request and returns its webhooks.
        success: The response after the webhooks are stored.
        signature_header: The header with the signature.
        content_types: The content types that the provider sends.
        forbids: Whether a bad signature is answered with 403 instead of 401.
        per_message: Whether the path may end with a message's id and our signature
        (``servicekit.callbacks``).
    """

    path: str
    read: Callable[[Call], Awaitable[Sequence[Webhook]]]
    success: Response
    signature_header: str = "x-twilio-signature"
    content_types: frozenset[str] = frozenset({FORM})
    forbids: bool = False
    per_message: bool = False


def endpoints(twilio: TwilioCalls, stripe: StripeCalls) -> Sequence[Endpoint]:
    """Return the endpoints for all URLs that Twilio or Stripe call."""
    return (
        Endpoint("/api/webhooks/twilio-incoming", twilio.incoming, responses.EMPTY_TWIML),
        Endpoint(
            "/api/webhooks/twilio-status", twilio.status, responses.NO_CONTENT, per_message=True
        ),
        Endpoint(
            "/api/webhooks/twilio/status",
            twilio.status,
            responses.SUCCESS,
            forbids=True,
            per_message=True,
        ),
        Endpoint(
            "/api/webhooks/twilio-compliance",
            twilio.compliance,
            responses.NO_CONTENT,
            content_types=frozenset({FORM, JSON}),
        ),
        Endpoint(
            "/api/webhooks/stripe",
            stripe.event,
            responses.RECEIVED,
            signature_header="stripe-signature",
            content_types=frozenset({JSON}),
        ),
    )


class Intake:
    """Serves the URLs of `endpoints` and ``/healthz``. Every other path is answered with 404."""

    def __init__(self, endpoints: Iterable[Endpoint], store: Store) -> None:
        self._endpoints: Mapping[str, Endpoint] = {e.path: e for e in endpoints}
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        path = target_of(scope).partition("?")[0]
        endpoint, name = self._find(path)
        if endpoint is None:
            await _other(path, scope).send(send)
            return
        started = time.perf_counter()
        with (
            serving_request(header_of(scope, "x-request-id")),
            span(f"{scope['method']} {endpoint.path}", Kind.SERVER) as served,
        ):
            answer = await self._serve(endpoint, name, scope, receive)
            served.note({"http.response.status_code": answer.status.value})
        ANSWER_SECONDS.labels(endpoint.path, answer.status.value).observe(
            time.perf_counter() - started
        )
        await answer.send(send)

    def _find(self, path: str) -> tuple[Endpoint | None, str | None]:
        endpoint = self._endpoints.get(path)
        if endpoint is not None:
            return endpoint, None
        parent, _, last = path.rpartition("/")
        endpoint = self._endpoints.get(parent)
        if endpoint is None or not endpoint.per_message or not _CALLBACK_NAME.fullmatch(last):
            return None, None
        return endpoint, last

    async def _serve(
        self, endpoint: Endpoint, name: str | None, scope: Scope, receive: Receive
    ) -> Response:
        try:
            call = await read_call(
                scope, receive, endpoint.signature_header, endpoint.content_types, name
            )
            await self._store(await endpoint.read(call))
        except Exception as error:  # noqa: BLE001 (any error becomes a problem document)
            return _refusal(endpoint, error, scope)
        return endpoint.success


def _other(path: str, scope: Scope) -> Response:
    """Respond to a path that no provider calls.

    ``/healthz`` says only that this worker is alive; ``OPS_LISTEN`` serves ``/readyz``.
    """
    if path != _HEALTH:
        return _problem(NotFound("This path does not exist.", "route_not_found"), scope)
    if scope["method"] not in ("GET", "HEAD"):
        return _problem(MethodNotAllowed("GET, HEAD"), scope)
    return responses.HEALTHY


def _refusal(endpoint: Endpoint, error: Exception, scope: Scope) -> Response:
    if is_outage(error) or is_disk_outage(error):
        log.warning("database_away", path=endpoint.path, error=repr(error))
        error = Unavailable("The webhook can't be stored now. Try again in a moment.")
    elif not isinstance(error, DomainError) or _is_fault(error):
        log.error("webhook_failed", path=endpoint.path, exc_info=error)
        error = DomainError("Something went wrong on our side. Try again later.")
    elif isinstance(error, BadSignature) and endpoint.forbids:
        error = Forbidden(error.message, error.code)
    ip = scope["client"][0] if scope["client"] else None
    cause = repr(root_cause(error)) if error.__cause__ else None
    log.warning("webhook_refused", path=endpoint.path, code=error.code, ip=ip, cause=cause)
    return responses.problem(error, request_id())


def _is_fault(error: DomainError) -> bool:
    return error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR


def _problem(error: DomainError, scope: Scope) -> Response:
    with serving_request(header_of(scope, "x-request-id")) as own_id:
        return responses.problem(error, own_id)
