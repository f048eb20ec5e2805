"""HTTP for Twilio's SDK, and what it means when Twilio refuses or gives no good answer.

Translated here and not behind the SDK, whose lists lose status and code of a refusal.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp
import orjson
import structlog
from twilio.http.response import Response

from servicekit.errors import Conflict, DomainError, NotFound, Unavailable
from servicekit.text import UnreadableJson, read_json
from services.messaging.domain.provider_errors import explain

log = structlog.get_logger()

_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
# Twilio's advice for 429, which means that nothing was done: 0.1 s, doubled each time.
_PAUSES = (0.1, 0.2, 0.4, 0.8)
_AWAY = "Twilio does not answer as it should. Try again in a moment."


class OutcomeUnknown(Unavailable):
    """Twilio may or may not have done what it was asked: look before asking again."""

    def __init__(self) -> None:
        super().__init__(_AWAY, "provider_unavailable")


class Refused(Conflict):
    """Twilio refused; ``provider_code`` is its own code, explained in ``provider_errors``."""

    def __init__(self, provider_code: int) -> None:
        explanation = explain(provider_code)
        super().__init__(
            explanation.description if explanation else "Twilio refused.", "provider_refused"
        )
        self.provider_code = provider_code


@dataclass(frozen=True, slots=True)
class _Request:
    """A request as the SDK makes it."""

    method: str
    url: str
    params: Mapping[str, str | int] | None
    data: Mapping[str, str] | None
    headers: Mapping[str, str] = field(repr=False)

    def failed(self) -> Unavailable:
        """What it means that no good answer came."""
        if self.method == "POST":
            return OutcomeUnknown()
        return Unavailable(_AWAY, "provider_unavailable")


class TwilioHttp:
    """The HTTP client that the SDK works over; the SDK's own ignores its time limit.

    Connections are opened in the loop of the first request.
    """

    is_async = True

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

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
        """Make a request as the SDK wants it; what comes back is JSON, or empty.

        Raises ``Unavailable`` where nothing was done, ``OutcomeUnknown`` where a change may have
        been made, ``NotFound`` where Twilio has no such thing, and ``Refused``.
        """
        signed_in = {**headers, "Authorization": aiohttp.encode_basic_auth(*auth)}
        request = _Request(method.upper(), url, params, data, signed_in)
        for pause in (*_PAUSES, None):
            answer = await self._ask(request)
            if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                return _accepted(request, answer)
            if pause is not None:
                await asyncio.sleep(pause)
        raise Unavailable("Twilio is busy. Try again in a moment.", "provider_unavailable")

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    async def _ask(self, request: _Request) -> Response:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        try:
            async with self._session.request(
                request.method,
                request.url,
                params=request.params,
                data=request.data,
                headers=request.headers,
                allow_redirects=False,
            ) as answer:
                return Response(answer.status, _storable(await answer.text(errors="replace")))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            # Before a byte was written.
            raise Unavailable(_AWAY, "provider_unavailable") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise request.failed() from error


def _storable(text: str) -> str:
    """``text``, its JSON without what can't be stored; the SDK parses it."""
    if "\\u" not in text:
        return text
    try:
        return orjson.dumps(read_json(text.encode())).decode()
    except UnreadableJson:
        return text


def _accepted(request: _Request, answer: Response) -> Response:
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise request.failed()
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        raise _refusal(answer)
    if answer.text:
        try:
            orjson.loads(answer.text)
        except orjson.JSONDecodeError as error:
            raise request.failed() from error
    return answer


def _refusal(answer: Response) -> DomainError:
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return NotFound("Twilio has no such thing any more.")
    try:
        code = int(orjson.loads(answer.text)["code"])
    except (ValueError, KeyError, TypeError):
        code = answer.status_code
    log.warning("twilio_refused", status=answer.status_code, code=code)
    return Refused(code)
