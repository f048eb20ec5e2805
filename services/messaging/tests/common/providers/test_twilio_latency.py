"""Requests to Twilio are measured by the kind of their answer."""

import pytest
from prometheus_client import REGISTRY

from servicekit.outbound.connection import HttpResponse, NoAnswer, NotBegun, NothingWritten
from services.messaging.common.providers.twilio_latency import TwilioLatency

LATENCY = TwilioLatency("test")
KINDS = ("2xx", "4xx", "429", "5xx", "none")


def counts() -> dict[str, float]:
    name = "smsblaster_twilio_request_seconds_count"
    labels = ({"call": "test", "answer": kind} for kind in KINDS)
    return {each["answer"]: REGISTRY.get_sample_value(name, each) or 0 for each in labels}


async def answered(outcome: int | Exception) -> HttpResponse:
    """Return a response with the status ``outcome``, or raise the error ``outcome``."""
    if isinstance(outcome, Exception):
        raise outcome
    return HttpResponse(outcome, {}, b"")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(201, "2xx"), (400, "4xx"), (404, "4xx"), (429, "429"), (500, "5xx"), (503, "5xx")],
)
async def test_each_response_of_twilio_is_counted_once(status: int, kind: str) -> None:
    before = counts()
    assert (await LATENCY.of(answered(status))).status == status
    assert {k: v - before[k] for k, v in counts().items()} == dict.fromkeys(KINDS, 0) | {kind: 1}


@pytest.mark.parametrize(
    ("error", "counted"), [(NoAnswer("n"), 1), (NothingWritten("w"), 1), (NotBegun("b"), 0)]
)
async def test_a_request_without_a_response_is_counted_if_it_was_begun(
    error: Exception, counted: int
) -> None:
    before = counts()["none"]
    with pytest.raises(type(error)):
        await LATENCY.of(answered(error))
    assert counts()["none"] - before == counted
