"""The notices that members get when a campaign stops."""

import pytest

from services.campaigns.campaigns.domain.notices import campaign_notice


@pytest.mark.parametrize(
    ("status", "reason", "kind", "word"),
    [
        ("done", "", "campaign_finished", "has been sent"),
        ("paused", "insufficient_balance", "campaign_paused", "Add funds"),
        ("paused", "failure_rate", "campaign_paused", "Too many messages failed"),
        ("paused", "a_reason_without_words", "campaign_paused", "is paused."),
        ("failed", "list_deleted", "campaign_failed", "list was deleted"),
        ("draft", "member_removed", "campaign_left", "is held"),
        ("paused", "member_removed", "campaign_left", "is held"),
    ],
)
def test_each_notice_says_what_happened_and_what_to_do(
    status: str, reason: str, kind: str, word: str
) -> None:
    found, message = campaign_notice("Spring sale", status, reason)
    assert found == kind
    assert message.startswith("Spring sale ")
    assert word in message
    assert message == message.strip()
