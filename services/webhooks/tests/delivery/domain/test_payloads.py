"""The body of a call says what happened, and in which mode."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from servicekit.ids import new_id
from servicekit.modes import org_in_test_mode
from services.webhooks.delivery.domain.payloads import Event, payload_of

LIVE = new_id()


@pytest.mark.parametrize(
    ("org_id", "test_mode"), [(LIVE, False), (org_in_test_mode(LIVE), True)], ids=["live", "test"]
)
def test_a_payload_says_whether_its_event_happened_in_test_mode(
    org_id: UUID, test_mode: bool
) -> None:
    at, event_id = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC), new_id()
    body = json.loads(payload_of(Event(event_id, org_id, "message.sent", at, {"id": "x"})))
    assert body == {
        "id": str(event_id),
        "type": "message.sent",
        "version": "1",
        "timestamp": "2026-02-03T04:05:06.000Z",
        "testMode": test_mode,
        "data": {"id": "x"},
    }
