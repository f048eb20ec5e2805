"""The HTTP client of Twilio's SDK. It converts refusals and missing answers to our errors.

The SDK's own errors can't be used: its list methods lose the status and code of a refusal.
"""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

import orjson
import structlog
from twilio.http.response import Response
from yarl import URL

from servicekit.errors import Conflict, DomainError, NotFound, Unavailable
from servicekit.outbound.client import HttpClient, Request
from servicekit.outbound.connection import NoAnswer, NothingWritten
from servicekit.outbound.deadlines import a_request_may_begin
from servicekit.text import UnreadableJson, read_json
from services.messaging.common.domain.provider_errors import explain
from services.messaging.common.providers.twilio_latency import TwilioLatency

log = structlog.get_logger()

_FORM = "application/x-www-form-urlencoded"
_ANSWER_SECONDS = 10.0
# Seconds to wait after a 429, as Twilio advises: 0.1, then doubled. After a 429 nothing was done.
_PAUSES = (0.1, 0.2, 0.4, 0.8)
_LATENCY = TwilioLatency("other")
_AWAY = "Twilio is not responding correctly. Try again in a moment."


class OutcomeUnknown(Unavailable):
    """Twilio may have made the change. Check whether it has before you repeat the request."""

    def __init__(self) -> None:
        super().__init__(_AWAY, "provider_unavailable")


class TwilioRefused(Conflict):
    """Twilio refused the request. ``provider_code``: its error code; see ``provider_errors``."""

    def __init__(self, provider_code: int) -> None:
        explanation = explain(provider_code)
        super().__init__(
            explanation.description if explanation else "Twilio refused the request.",
            "provider_refused",
        )
        self.provider_code = provider_code


class TwilioHttp:
    """The HTTP client that the SDK uses.

    The SDK's own client ignores its time limit and can't tell whether a request was sent. Under a
    lease, no request starts after the deadline (``requests_begin_before``).
    """

    is_async = True

    def __init__(self) -> None:
        self._http = HttpClient(_ANSWER_SECONDS)

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str],
        auth: tuple[str, str],
        **_: object,
    ) -> Response:
        """Send a request, as the SDK expects of its client. The response is JSON or empty.

        Raises:
            Unavailable: Twilio did not answer, and has changed nothing.
            OutcomeUnknown: Twilio may have made the change.
            NotFound: Twilio has no such object.
            TwilioRefused: Twilio refused.
        """
        signed_in = {"Content-Type": _FORM, **headers, "Authorization": _basic(auth)}
        target = URL(url).update_query(params or {})
        request = Request.of(method.upper(), target, signed_in)
        body = urlencode(data or {}, doseq=True).encode()
        for pause in (*_PAUSES, None):
            answer = await self._ask(request, body)
            if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                return _accepted(request, answer)
            if pause is not None:
                await asyncio.sleep(pause)
        raise Unavailable("Twilio is busy. Try again in a moment.", "provider_unavailable")

    async def close(self) -> None:
        """Close the connections to Twilio."""
        await self._http.close()

    async def _ask(self, request: Request, body: bytes) -> Response:
        try:
            answer = await _LATENCY.of(self._http.send(request, body, a_request_may_begin))
        except NothingWritten as error:
            raise Unavailable(_AWAY, "provider_unavailable") from error
        except NoAnswer as error:
            raise _failed(request) from error
        return Response(answer.status, _storable(answer.body.decode(errors="replace")))


def _basic(auth: tuple[str, str]) -> str:
    return "Basic " + b64encode(":".join(auth).encode()).decode()


def _failed(request: Request) -> Unavailable:
    """Return the error to raise if a request got no usable response."""
    if request.method == "POST":
        return OutcomeUnknown()
    return Unavailable(_AWAY, "provider_unavailable")


def _storable(text: str) -> str:
    """Remove characters from a JSON text that the database can't store."""
    if "\\u" not in text:
        return text
    try:
        return orjson.dumps(read_json(text.encode())).decode()
    except UnreadableJson:
        return text


def _accepted(request: Request, answer: Response) -> Response:
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _failed(request)
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        raise _refusal(answer)
    if answer.text:
        try:
            orjson.loads(answer.text)
        except orjson.JSONDecodeError as error:
            raise _failed(request) from error
    return answer


def _refusal(answer: Response) -> DomainError:
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return NotFound("Twilio doesn't have what was requested. It may have been deleted there.")
    try:
        code = int(orjson.loads(answer.text)["code"])
    except (ValueError, KeyError, TypeError):
        code = answer.status_code
    log.warning("twilio_refused", status=answer.status_code, code=code)
    return TwilioRefused(code)
