"""What happened to a message, whoever knows of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.messaging.sending.domain.timeline import timeline

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_message(status: str, **fields: Any) -> dict[str, Any]:
    later = START + timedelta(minutes=5)
    return {
        "direction": "out",
        "status": status,
        "error_code": None,
        "created_at": START,
        "accepted_at": None,
        "status_updated_at": later,
    } | fields


def words(message: dict[str, Any], *told: str) -> list[str]:
    return [e["event_type"] for e in timeline(message, [{"event_type": word} for word in told])]


def test_the_providers_words_follow_our_own() -> None:
    message = a_message("delivered", accepted_at=START)
    assert words(message, "queued", "sent", "delivered") == [
        *("pending", "accepted", "queued", "sent", "delivered")
    ]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_an_end_that_the_provider_says_nothing_of_is_there(status: str) -> None:
    message = a_message(status, error_code=21211 if status == "failed" else None)
    last = timeline(message, [])[-1]
    assert last == {
        "event_type": status,
        "error_code": message["error_code"],
        "received_at": START + timedelta(minutes=5),
    }


def test_a_failure_that_the_provider_told_is_there_once() -> None:
    message = a_message("failed", accepted_at=START, error_code=30007)
    assert words(message, "sent", "failed") == ["pending", "accepted", "sent", "failed"]


def test_what_is_under_way_has_no_end() -> None:
    assert words(a_message("unknown")) == ["pending"]


def test_an_incoming_text_was_received() -> None:
    assert words(a_message("received", direction="in")) == ["received"]
