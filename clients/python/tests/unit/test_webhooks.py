"""A call of the platform is verified before its event is read."""

import datetime as dt
import json
from collections.abc import Mapping

import pytest
from standardwebhooks.webhooks import Webhook

from smsblaster import webhooks

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps(
    {
        "id": "0192f0c1",
        "type": "a.later_type",
        "version": "1",
        "timestamp": "2026-02-03T04:05:06.789Z",
        "data": {"message": "Grüße"},
    }
).encode()


def headers(minutes_ago: int = 0, secret: str = SECRET) -> Mapping[str, str]:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes_ago)
    return {
        "Webhook-Id": "0192f0c1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": f"v2,later {Webhook(secret).sign('0192f0c1', at, BODY.decode())}",
    }


def test_verifying_a_signed_call_returns_its_event() -> None:
    event = webhooks.verify(BODY, headers(), SECRET)
    assert (event.id, event.type, event.version) == ("0192f0c1", "a.later_type", "1")
    assert event.data == {"message": "Grüße"}
    assert event.timestamp == dt.datetime(2026, 2, 3, 4, 5, 6, 789000, dt.UTC)


OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.mark.parametrize(
    ("body", "given"),
    [
        (BODY + b" ", headers()),
        (BODY, headers(minutes_ago=6)),
        (BODY, headers(minutes_ago=-6)),
        (BODY, headers(secret=OTHER)),
        (BODY, {}),
        (BODY, {**headers(), "Webhook-Signature": "nonsense"}),
        (BODY, {**headers(), "Webhook-Timestamp": "nonsense"}),
        (b"\xff", headers()),
    ],
    ids=[
        "another body",
        "too old",
        "from the future",
        "another secret",
        "no headers",
        "an unreadable signature",
        "an unreadable time",
        "no text",
    ],
)
def test_a_call_with_a_wrong_signature_body_or_time_is_refused(
    body: bytes, given: Mapping[str, str]
) -> None:
    with pytest.raises(webhooks.VerificationError):
        webhooks.verify(body, given, SECRET)
