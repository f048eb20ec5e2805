"""A listener goes on after an event that takes long to handle, and after an outage."""

import datetime as dt
import json
from uuid import UUID, uuid4

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from smsblaster import ApiError
from smsblaster.resources.webhook_listeners import Listener
from smsblaster.webhooks import VerificationError
from tests.unit.scripted_platform import Platform, problem

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FIRST, SECOND = uuid4(), uuid4()


def listener_of(platform: Platform) -> Listener:
    return Listener(platform.client(max_retries=0).api, uuid4(), SECRET)


def batch(*ids: UUID, signed: dt.datetime | None = None) -> httpx.Response:
    """Return the response with these events, which were signed now or at a given time."""
    at = signed or dt.datetime.now(dt.UTC)
    return httpx.Response(200, json={"events": [_event(str(each), at) for each in ids]})


def _event(id_: str, at: dt.datetime) -> dict[str, str]:
    body = {"id": id_, "type": "message.sent", "timestamp": at.isoformat(), "data": {}}
    payload = json.dumps({**body, "version": "1"})
    return {
        "id": id_,
        "eventType": "message.sent",
        "timestamp": str(int(at.timestamp())),
        "signature": Webhook(SECRET).sign(id_, at, payload),
        "payload": payload,
    }


def received(platform: Platform) -> list[list[str]]:
    return [json.loads(request.content)["received"] for request in platform.requests]


def test_events_are_verified_when_they_are_fetched_and_not_when_they_are_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    platform = Platform(batch(FIRST, SECOND))
    events = listener_of(platform).events()
    assert next(events).event.id == str(FIRST)

    def too_late(*_: object) -> None:
        raise VerificationError("Message timestamp too old")

    monkeypatch.setattr("smsblaster.webhooks.verify", too_late)
    assert next(events).event.id == str(SECOND)


def test_events_with_an_expired_signature_are_refused_before_any_is_yielded() -> None:
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=6)
    with pytest.raises(VerificationError):
        next(listener_of(Platform(batch(FIRST, signed=long_ago))).events())


def test_an_outage_is_reported_and_received_events_are_confirmed_after_it(
    pauses: list[float],
) -> None:
    platform = Platform(
        batch(FIRST), httpx.ReadTimeout("late"), problem(503, "unavailable", "7"), batch(SECOND)
    )
    told: list[ApiError] = []
    events = listener_of(platform).events(on_outage=told.append)
    assert [next(events).event.id, next(events).event.id] == [str(FIRST), str(SECOND)]
    assert [error.status for error in told] == [0, 503]
    assert pauses == [1.0, 7.0]
    assert received(platform) == [[], [str(FIRST)], [str(FIRST)], [str(FIRST)]]


def test_a_listener_ends_after_other_errors_and_after_an_outage_without_a_handler() -> None:
    gone = listener_of(Platform(problem(404, "webhook_listener_not_found")))
    with pytest.raises(ApiError, match="webhook_listener_not_found"):
        next(gone.events(on_outage=print))
    with pytest.raises(ApiError, match="unavailable"):
        next(listener_of(Platform(problem(503, "unavailable"))).events())


def test_a_failed_fetch_of_events_is_repeated() -> None:
    platform = Platform(problem(503, "unavailable", "1"), batch(FIRST))
    events = Listener(platform.client().api, uuid4(), SECRET).events()
    assert next(events).event.id == str(FIRST)
