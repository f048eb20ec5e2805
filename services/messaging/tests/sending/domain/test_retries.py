"""When a failed text is sent again, and what a repeat of the same wish comes to."""

from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from servicekit.errors import Conflict
from servicekit.ids import new_id
from services.messaging.sending.domain.drafts import Draft
from services.messaging.sending.domain.retries import FAILED, Attempt, under_way

UNDER_WAY = ("pending", "sending", "queued", "sent", "unknown")
LANDLINE, FILTERED, UNREACHABLE = 30006, 30007, 30003
OLD, NEW = "+14156000001", "+14156000002"


def message(status: str, error_code: int | None = None, to: str = OLD) -> dict[str, Any]:
    return {"status": status, "error_code": error_code, "to": to}


def code_of(first: dict[str, Any], *later: dict[str, Any], to: str = OLD) -> str | None:
    """Why a text is not sent again to a number; None where it is."""
    try:
        assert under_way(first, later, to, force=False) is None
    except Conflict as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(("first", "second"), list(product(FAILED, FAILED)))
def test_a_text_whose_attempts_all_failed_is_sent_again(first: str, second: str) -> None:
    assert under_way(message(first), [message(second)], OLD, force=False) is None


@pytest.mark.parametrize("status", UNDER_WAY)
def test_an_attempt_under_way_is_the_answer_whatever_the_error_was(status: str) -> None:
    alive = message(status)
    later = [message("failed"), alive]
    assert under_way(message("failed", LANDLINE), later, OLD, force=False) is alive


@pytest.mark.parametrize("status", UNDER_WAY)
def test_an_attempt_under_way_to_another_number_is_not_the_answer(status: str) -> None:
    with pytest.raises(Conflict, match="already being sent again") as refusal:
        under_way(message("failed"), [message(status)], NEW, force=True)
    assert refusal.value.code == "already_sending"


@pytest.mark.parametrize("status", [*UNDER_WAY, "delivered", "cancelled", "received"])
def test_what_has_not_failed_is_refused(status: str) -> None:
    with pytest.raises(Conflict) as refusal:
        under_way(message(status), [], OLD, force=True)
    assert refusal.value.code == "message_not_failed"


def test_what_arrived_at_a_later_attempt_is_refused() -> None:
    with pytest.raises(Conflict) as refusal:
        under_way(message("failed"), [message("failed"), message("delivered")], NEW, force=True)
    assert refusal.value.code == "already_delivered"


def test_an_error_of_no_code_can_be_overcome() -> None:
    assert code_of(message("failed", None)) is None


@pytest.mark.parametrize("error", [LANDLINE, FILTERED])
def test_a_hopeless_error_takes_force(error: int) -> None:
    assert code_of(message("undelivered", error)) == "not_retryable"
    assert under_way(message("undelivered", error), [], OLD, force=True) is None


def test_a_fault_of_the_number_says_nothing_of_another_one() -> None:
    assert code_of(message("undelivered", LANDLINE), to=NEW) is None
    assert code_of(message("undelivered", FILTERED), to=NEW) == "not_retryable"


def test_a_fault_of_the_number_is_one_of_every_attempt_at_it() -> None:
    later = message("undelivered", LANDLINE, to=NEW)
    assert code_of(message("undelivered", UNREACHABLE), later, to=NEW) == "not_retryable"
    assert code_of(message("undelivered", UNREACHABLE), later, to=OLD) is None


def test_the_same_attempt_is_the_same_operation_and_the_next_one_another() -> None:
    first_id, attendee_id = uuid4(), uuid4()
    attempts = [Attempt(attendee_id, first_id, number) for number in (0, 0, 1)]
    one, same, another = (attempt.operation_id for attempt in attempts)
    assert one == same != another
    assert Attempt(attendee_id, uuid4(), 0).operation_id != one


def test_a_draft_is_made_an_attempt_whatever_operation_it_was_part_of() -> None:
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
