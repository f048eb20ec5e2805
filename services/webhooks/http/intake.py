"""The addresses that providers call, as an ASGI application without a framework.

A framework would cost more than all that is done here for a status callback, of which there are
three for every text.
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
from servicekit.web.asgi import Receive, Scope, Send
from servicekit.web.errors import MethodNotAllowed
from services.webhooks.domain.webhook import Webhook
from services.webhooks.http import answers
from services.webhooks.http.answers import Answer
from services.webhooks.http.errors import BadSignature
from services.webhooks.http.requests import FORM, JSON, Call, header_of, read_call, target_of
from services.webhooks.http.stripe import StripeCalls
from services.webhooks.http.twilio import TwilioCalls

log = structlog.get_logger()

ANSWER_SECONDS = Histogram(
    "webhook_seconds",
    "Seconds until a provider's call was answered",
    ["path", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

_HEALTH = "/healthz"
_CALLBACK_NAME = re.compile(callbacks.PATTERN)

Keep = Callable[[Sequence[Webhook]], Awaitable[None]]
"""Makes webhooks safe. Raises ``Unavailable``."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is done at an address.

    ``read`` verifies a call and says what webhooks are in it. ``forbids``: a bad signature is
    answered 403 here, and 401 elsewhere. ``per_message``: the name
    of a message may follow the path (``servicekit.callbacks``).
    """

    path: str
    read: Callable[[Call], Awaitable[Sequence[Webhook]]]
    success: Answer
    signature_header: str = "x-twilio-signature"
    content_types: frozenset[str] = frozenset({FORM})
    forbids: bool = False
    per_message: bool = False


def endpoints(twilio: TwilioCalls, stripe: StripeCalls) -> Sequence[Endpoint]:
    """Every address that a provider calls."""
    return (
        Endpoint("/api/webhooks/twilio-incoming", twilio.incoming, answers.EMPTY_TWIML),
        Endpoint(
            "/api/webhooks/twilio-status", twilio.status, answers.NO_CONTENT, per_message=True
        ),
        Endpoint(
            "/api/webhooks/twilio/status",
            twilio.status,
            answers.SUCCESS,
            forbids=True,
            per_message=True,
        ),
        Endpoint(
            "/api/webhooks/twilio-compliance",
            twilio.compliance,
            answers.NO_CONTENT,
            content_types=frozenset({FORM, JSON}),
        ),
        Endpoint(
            "/api/webhooks/stripe",
            stripe.event,
            answers.RECEIVED,
            signature_header="stripe-signature",
            content_types=frozenset({JSON}),
        ),
    )


class Intake:
    """Serves ``endpoints`` and health; everything else is not there."""

    def __init__(self, endpoints: Iterable[Endpoint], keep: Keep) -> None:
        self._endpoints: Mapping[str, Endpoint] = {e.path: e for e in endpoints}
        self._keep = keep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = target_of(scope).partition("?")[0]
        endpoint, name = self._find(path)
        if endpoint is None:
            await _other(path, scope).send(send)
            return
        started = time.perf_counter()
        with serving_request(header_of(scope, "x-request-id")):
            answer = await self._serve(endpoint, name, scope, receive)
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
    ) -> Answer:
        try:
            call = await read_call(
                scope, receive, endpoint.signature_header, endpoint.content_types, name
            )
            await self._keep(await endpoint.read(call))
        except Exception as error:  # noqa: BLE001 (whatever it is, the caller gets a problem)
            return _refusal(endpoint, error, scope)
        return endpoint.success


def _other(path: str, scope: Scope) -> Answer:
    """What is answered where no provider calls. Whether webhooks can be taken, ``OPS_LISTEN``'s
    readyz tells; here it is only that this worker is alive."""
    if path != _HEALTH:
        return _problem(NotFound("There is no such path.", "route_not_found"), scope)
    if scope["method"] not in ("GET", "HEAD"):
        return _problem(MethodNotAllowed("GET, HEAD"), scope)
    return answers.HEALTHY


def _refusal(endpoint: Endpoint, error: Exception, scope: Scope) -> Answer:
    if is_outage(error) or is_disk_outage(error):
        log.warning("database_away", path=endpoint.path, error=repr(error))
        error = Unavailable("This can't be kept now. Try again in a moment.")
    elif not isinstance(error, DomainError) or _is_fault(error):
        log.error("webhook_failed", path=endpoint.path, exc_info=error)
        error = DomainError("Something went wrong on our side.")
    elif isinstance(error, BadSignature) and endpoint.forbids:
        error = Forbidden(error.message, error.code)
    ip = scope["client"][0] if scope["client"] else None
    cause = repr(root_cause(error)) if error.__cause__ else None
    log.warning("webhook_refused", path=endpoint.path, code=error.code, ip=ip, cause=cause)
    return answers.problem(error, request_id())


def _is_fault(error: DomainError) -> bool:
    return error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR


def _problem(error: DomainError, scope: Scope) -> Answer:
    with serving_request(header_of(scope, "x-request-id")) as own_id:
        return answers.problem(error, own_id)
