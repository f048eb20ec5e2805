"""The pauses before an unhandled webhook is published again grow."""

from services.webhooks.domain.resending import MAX_ATTEMPTS, pause_after


def test_the_pauses_between_resends_grow_from_seconds_to_hours() -> None:
    pauses = [pause_after(attempts, 20) for attempts in range(MAX_ATTEMPTS + 1)]
    assert pauses == [20, 100, 500, 2500, 12500, 12500]
