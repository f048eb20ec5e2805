"""The addresses that providers call, as a plain WSGI application beside Flask.

Flask alone costs more than all that is done here for a status callback, of which there are three
for every text; what is none of these addresses is Flask's.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Histogram

from servicekit import callbacks
from servicekit.errors import DomainError, Forbidden
from servicekit.telemetry.context import serving_request
from services.webhooks.domain.webhook import Webhook
from services.webhooks.http import answers
from services.webhooks.http.answers import Answer
from services.webhooks.http.errors import BadSignature
from services.webhooks.http.requests import FORM, JSON, Call, read_call, target_of
from services.webhooks.http.stripe import StripeCalls
from services.webhooks.http.twilio import TwilioCalls

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

ANSWER_SECONDS = Histogram(
    "webhook_seconds",
    "Seconds until a provider's call was answered",
    ["path", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

_CALLBACK_NAME = re.compile(callbacks.PATTERN)
_TWILIO_SIGNATURE = "HTTP_X_TWILIO_SIGNATURE"
_STRIPE_SIGNATURE = "HTTP_STRIPE_SIGNATURE"

Keep = Callable[[Sequence[Webhook]], None]
"""Makes webhooks safe. Raises ``Unavailable``."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is done at an address.

    ``read`` verifies a call and says what webhooks are in it. ``forbids``: a bad signature is
    answered 403 here, and 401 elsewhere. ``per_message``: the name
    of a message may follow the path (``servicekit.callbacks``).
    """

    path: str
    read: Callable[[Call], Sequence[Webhook]]
    success: Answer
    signature_header: str = _TWILIO_SIGNATURE
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
            signature_header=_STRIPE_SIGNATURE,
            content_types=frozenset({JSON}),
        ),
    )


class Intake:
    """Serves ``endpoints``; everything else is ``others``'."""

    def __init__(
        self, endpoints: Iterable[Endpoint], keep: Keep, others: "WSGIApplication"
    ) -> None:
        self._endpoints: Mapping[str, Endpoint] = {e.path: e for e in endpoints}
        self._keep = keep
        self._others = others

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve one request."""
        endpoint, name = self._find(target_of(environ).partition("?")[0])
        if endpoint is None:
            return self._others(environ, start_response)
        started = time.perf_counter()
        answer = self._serve(endpoint, name, environ)
        ANSWER_SECONDS.labels(endpoint.path, answer.status.value).observe(
            time.perf_counter() - started
        )
        return answer.send(start_response)

    def _find(self, path: str) -> tuple[Endpoint | None, str | None]:
        endpoint = self._endpoints.get(path)
        if endpoint is not None:
            return endpoint, None
        parent, _, last = path.rpartition("/")
        endpoint = self._endpoints.get(parent)
        if endpoint is None or not endpoint.per_message or not _CALLBACK_NAME.fullmatch(last):
            return None, None
        return endpoint, last

    def _serve(self, endpoint: Endpoint, name: str | None, environ: "WSGIEnvironment") -> Answer:
        try:
            call = read_call(environ, endpoint.signature_header, endpoint.content_types, name)
            self._keep(endpoint.read(call))
        except Exception as error:  # noqa: BLE001 (whatever it is, the caller gets a problem)
            return _refusal(endpoint, error, environ)
        return endpoint.success


def _refusal(endpoint: Endpoint, error: Exception, environ: "WSGIEnvironment") -> Answer:
    with serving_request(environ.get("HTTP_X_REQUEST_ID")) as request_id:
        if not isinstance(error, DomainError):
            log.error("webhook_failed", path=endpoint.path, exc_info=error)
            error = DomainError("Something went wrong on our side.")
        elif isinstance(error, BadSignature) and endpoint.forbids:
            error = Forbidden(error.message, error.code)
        log.warning(
            "webhook_refused", path=endpoint.path, code=error.code, ip=environ.get("REMOTE_ADDR")
        )
        return answers.problem(error, request_id)
