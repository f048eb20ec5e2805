"""Call the endpoints of customers."""

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from yarl import URL

from servicekit.outbound.client import HttpClient, Request
from servicekit.outbound.connection import HttpResponse, NoAnswer, NotBegun, NothingWritten
from servicekit.telemetry.tracing import Kind, span
from servicekit.text import storable
from services.webhooks.delivery.domain.calls import Answer, Claimed, error_of_status
from services.webhooks.delivery.domain.schedule import seconds_of_retry_after
from services.webhooks.delivery.domain.signatures import signed_headers
from services.webhooks.delivery.providers.public_addresses import AddressRefused, PublicAddresses

ANSWER_SECONDS = 15.0
"""Seconds in which an endpoint must respond."""

_MOST_BYTES = 262_144
_SHOWN_CHARACTERS = 1000
_MOST_BYTES_OF_A_CHARACTER = 4
_HEADERS = {"Content-Type": "application/json", "User-Agent": "SMSBlaster-Webhooks/1"}


class EndpointCaller:
    """Calls endpoints. Redirects are not followed, and large responses are not read.

    Args:
        addresses: Resolves host names of endpoints to IP addresses.
        answer_seconds: Seconds in which an endpoint must respond.
        tls: Trusted certificates; the system's by default.
    """

    def __init__(
        self,
        addresses: PublicAddresses,
        answer_seconds: float = ANSWER_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._addresses = addresses
        self._answer_seconds = answer_seconds
        # Simple servers answer without a length and close the connection. Only the status counts.
        self._http = HttpClient(answer_seconds, tls, addresses.find, _MOST_BYTES, until_closed=True)

    async def call(
        self, claimed: Claimed, secrets: Sequence[str], may_begin: Callable[[], bool]
    ) -> Answer:
        """Call an endpoint, with a signature for each of the secrets.

        Returns what the endpoint did. An error of the endpoint is returned too, and not raised.

        Raises:
            NotBegun: ``may_begin`` returned False, and nothing was sent.
        """
        at, started = datetime.now(UTC), time.monotonic()
        body = claimed.payload.encode()
        signed = signed_headers(secrets, str(claimed.event_id), at, body)
        request = Request.of("POST", URL(claimed.url), {**_HEADERS, **signed})
        try:
            with span("call endpoint", Kind.CLIENT, expected=(NotBegun,)) as recorded:
                response = await self._http.send(request, body, may_begin)
                recorded.note({"http.response.status_code": response.status})
        except NotBegun:
            raise
        except (NothingWritten, NoAnswer) as error:
            return Answer(at, _milliseconds(started), error=self._reason(error))
        return _answer(response, at, _milliseconds(started))

    async def close(self) -> None:
        """Close the connections that carry no call."""
        await self._http.close()
        self._addresses.close()

    def _reason(self, error: Exception) -> str:
        """Return why the endpoint did not answer, in words for the customer."""
        cause = error.__cause__
        match cause:
            case AddressRefused():
                return "The host has no address on the internet. Endpoints must be public."
            case socket.gaierror():
                return "The host name could not be resolved. Check the address."
            case ssl.SSLCertVerificationError():
                return f"The certificate is not valid: {cause.verify_message}."
            case ssl.SSLError():
                return "A secure connection (TLS) could not be made."
            case TimeoutError() if isinstance(error, NoAnswer):
                return f"The endpoint did not answer within {self._answer_seconds:g} seconds."
            case TimeoutError():
                return "The server did not accept a connection in time."
        if isinstance(error, NothingWritten):
            return "The server refused the connection."
        return "The connection ended before the endpoint had answered."


def _answer(response: HttpResponse, at: datetime, duration_ms: int) -> Answer:
    # Cut before it is decoded, because only the beginning is needed.
    start = response.body[: _SHOWN_CHARACTERS * _MOST_BYTES_OF_A_CHARACTER]
    return Answer(
        at,
        duration_ms,
        response.status,
        storable(start.decode("utf-8", "replace"))[:_SHOWN_CHARACTERS],
        error_of_status(response.status),
        seconds_of_retry_after(response.headers.get("retry-after"), at),
    )


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
