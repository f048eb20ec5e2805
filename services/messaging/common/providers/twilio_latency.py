"""Measure how long Twilio takes to answer, and what kind of answer it gives.

Requests are also recorded in traces.
"""

import time
from collections.abc import Awaitable
from http import HTTPStatus

from prometheus_client import Histogram

from servicekit.outbound.connection import HttpResponse, NoAnswer, NotBegun, NothingWritten
from servicekit.telemetry.tracing import Kind, span

SECONDS = Histogram(
    "smsblaster_twilio_request_seconds",
    "Seconds until Twilio answered a request, by call (send, other) and answer (2xx, 4xx, 429, 5xx,"
    " none)",
    ["call", "answer"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_NO_ANSWER = "none"
_ANSWERS = ("2xx", "4xx", "429", "5xx", _NO_ANSWER)


class TwilioLatency:
    """Measures requests of one kind of ``call``: ``send`` for messages, ``other`` for the rest."""

    def __init__(self, call: str) -> None:
        self._name = f"twilio {call}"
        self._by_answer = {answer: SECONDS.labels(call, answer) for answer in _ANSWERS}

    async def of(self, request: Awaitable[HttpResponse]) -> HttpResponse:
        """Wait for the answer to a request, and measure how long that takes."""
        with span(self._name, Kind.CLIENT, expected=(NotBegun,)) as recorded:
            answer = await self._measured(request)
            recorded.note({"http.response.status_code": answer.status})
            if answer.status >= HTTPStatus.BAD_REQUEST:
                recorded.fail(str(answer.status))
        return answer

    async def _measured(self, request: Awaitable[HttpResponse]) -> HttpResponse:
        started = time.perf_counter()
        try:
            answer = await request
        except NotBegun:
            raise
        except (NothingWritten, NoAnswer):
            self._by_answer[_NO_ANSWER].observe(time.perf_counter() - started)
            raise
        self._by_answer[_kind_of(answer.status)].observe(time.perf_counter() - started)
        return answer


def _kind_of(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "429"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "5xx"
    return "4xx" if status >= HTTPStatus.BAD_REQUEST else "2xx"
