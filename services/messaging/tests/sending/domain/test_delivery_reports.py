"""A message's status only moves forward, in whatever order its callbacks arrive."""

import itertools
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.sending.domain.delivery_reports import DeliveryReport, furthest
from services.messaging.sending.domain.message_status import RANK, MessageStatus, from_twilio

MESSAGE = UUID(int=1)
LIVES = [
    ["queued", "sent", "delivered"],
    ["queued", "sent", "undelivered"],
    ["queued", "failed"],
    ["queued", "sending", "sent"],
]


def report(word: str) -> DeliveryReport:
    return DeliveryReport(MESSAGE, from_twilio(word), None, "SM1", None)


def after(words: list[str], batches: int) -> MessageStatus:
    """Return the status after callbacks with the statuses `words` were applied in batches."""
    status = MessageStatus.PENDING
    size = max(1, -(-len(words) // batches))
    for start in range(0, len(words), size):
        decisive = furthest(report(w) for w in words[start : start + size])[MESSAGE]
        if decisive.status and RANK[decisive.status] > RANK[status]:
            status = decisive.status
    return status


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("batches", [1, 2, 99])
def test_repeated_callbacks_in_any_order_lead_to_the_same_status(
    life: list[str], batches: int
) -> None:
    expected = after(life, 99)
    for order in itertools.permutations([*life, life[0], life[-1]]):
        assert after(list(order), batches) == expected


@given(st.lists(st.sampled_from(["queued", "sent", "delivered", "failed", "undelivered"])))
def test_a_batch_of_callbacks_leads_to_the_same_status_as_single_callbacks(
    words: list[str],
) -> None:
    if words:
        assert RANK[after(words, 1)] == RANK[after(words, len(words))]
        assert after(words, 1) == after(words, len(words))


@pytest.mark.parametrize("word", ["teleported", "", "receiving", "<script>"])
def test_an_unknown_status_changes_no_message(word: str) -> None:
    assert from_twilio(word) is None
    assert furthest([report(word), report("sent")])[MESSAGE].status == "sent"
