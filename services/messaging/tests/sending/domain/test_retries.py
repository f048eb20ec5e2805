"""The rules for retries of failed event messages, and the response to a repeated request."""

from itertools import product
from uuid import uuid4

import pytest

from servicekit.errors import Conflict
from servicekit.ids import new_id
from services.messaging.sending.domain.drafts import Draft
from services.messaging.sending.domain.message_status import RETRYABLE, MessageStatus
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.domain.retries import Attempt, attempt_under_way
from services.messaging.tests.sending.domain.stored_message import stored_message

UNDER_WAY = ("pending", "sending", "queued", "sent", "unknown")
LANDLINE, FILTERED, UNREACHABLE = 30006, 30007, 30003
OLD, NEW = "+14156000001", "+14156000002"


def message(status: str, error_code: int | None = None, to: str = OLD) -> Message:
    return stored_message(MessageStatus(status), error_code=error_code, to=to)


def code_of(first: Message, *later: Message, to: str = OLD) -> str | None:
    """Return the error code if a message is not retried to a number, or None if it is retried."""
    try:
        assert attempt_under_way(first, later, to, force=False) is None
    except Conflict as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(("first", "second"), list(product(sorted(RETRYABLE), repeat=2)))
def test_a_message_whose_attempts_all_failed_is_sent_again(first: str, second: str) -> None:
    assert attempt_under_way(message(first), [message(second)], OLD, force=False) is None


@pytest.mark.parametrize("status", UNDER_WAY)
def test_a_retry_returns_the_attempt_under_way_whatever_the_earlier_error_was(status: str) -> None:
    alive = message(status)
    later = [message("failed"), alive]
    assert attempt_under_way(message("failed", LANDLINE), later, OLD, force=False) is alive


@pytest.mark.parametrize("status", UNDER_WAY)
def test_a_retry_is_a_conflict_while_an_attempt_to_another_number_is_under_way(status: str) -> None:
    with pytest.raises(Conflict, match="already being sent again") as refusal:
        attempt_under_way(message("failed"), [message(status)], NEW, force=True)
    assert refusal.value.code == "already_sending"


@pytest.mark.parametrize("status", [*UNDER_WAY, "delivered", "cancelled", "received"])
def test_a_retry_of_a_message_that_has_not_failed_is_refused(status: str) -> None:
    with pytest.raises(Conflict) as refusal:
        attempt_under_way(message(status), [], OLD, force=True)
    assert refusal.value.code == "message_not_failed"


def test_a_retry_of_a_message_that_arrived_at_a_later_attempt_is_refused() -> None:
    with pytest.raises(Conflict) as refusal:
        attempt_under_way(
            message("failed"), [message("failed"), message("delivered")], NEW, force=True
        )
    assert refusal.value.code == "already_delivered"


def test_a_failure_without_a_code_can_be_retried() -> None:
    assert code_of(message("failed", None)) is None


@pytest.mark.parametrize("error", [LANDLINE, FILTERED])
def test_a_retry_after_a_permanent_error_needs_force(error: int) -> None:
    assert code_of(message("undelivered", error)) == "not_retryable"
    assert attempt_under_way(message("undelivered", error), [], OLD, force=True) is None


def test_an_error_of_the_number_does_not_block_a_retry_to_another_number() -> None:
    assert code_of(message("undelivered", LANDLINE), to=NEW) is None
    assert code_of(message("undelivered", FILTERED), to=NEW) == "not_retryable"


def test_an_error_of_the_number_blocks_every_retry_to_that_number() -> None:
    later = message("undelivered", LANDLINE, to=NEW)
    assert code_of(message("undelivered", UNREACHABLE), later, to=NEW) == "not_retryable"
    assert code_of(message("undelivered", UNREACHABLE), later, to=OLD) is None


def test_each_attempt_has_one_operation_id_and_the_next_attempt_has_another() -> None:
    first_id, attendee_id = uuid4(), uuid4()
    attempts = [Attempt(attendee_id, first_id, number) for number in (0, 0, 1)]
    one, same, another = (attempt.operation_id for attempt in attempts)
    assert one == same != another
    assert Attempt(attendee_id, uuid4(), 0).operation_id != one


def test_the_message_of_a_retry_gets_the_operation_id_of_the_retry() -> None:
    draft = Draft(
        new_id(), new_id(), "+14156000001", "Hello", 1, 1, operation_id=uuid4(), smart_encoded=True
    )
    attempt = Attempt(uuid4(), uuid4(), 2)
    made = attempt.made_of(draft)
    assert (made.attendee_id, made.retry_of, made.operation_id) == (
        attempt.attendee_id,
        attempt.retry_of,
        attempt.operation_id,
    )
    assert (made.id, made.body) == (draft.id, "Hello")
