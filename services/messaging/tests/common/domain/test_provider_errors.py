"""Every error of Twilio is explained in plain words."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.common.domain import provider_errors
from services.messaging.common.domain.platform_codes import SENDER_RELEASED, TEXT_EXPIRED
from services.messaging.common.domain.provider_errors import Explanation, explain

OWN_CODES = (TEXT_EXPIRED, SENDER_RELEASED)


@pytest.mark.parametrize(
    ("code", "title", "description", "retryable"),
    [
        (
            30003,
            "Unreachable handset",
            "Phone may be off or out of service area. Try again later.",
            True,
        ),
        (
            30006,
            "Landline detected",
            "This number appears to be a landline and cannot receive SMS.",
            False,
        ),
        (
            30007,
            "Carrier filtered",
            "Message was blocked by the carrier. This may be a spam filter.",
            False,
        ),
        (21211, "Invalid phone number", "The phone number format is invalid.", False),
        (21608, "Unverified number", "The sending number is not verified with Twilio.", False),
    ],
)
def test_error_codes_in_the_specification_have_its_explanations(
    code: int, title: str, description: str, retryable: bool
) -> None:
    found = explain(code)
    assert found
    assert (found.title, found.description, found.retryable) == (title, description, retryable)


def test_if_there_is_no_error_code_there_is_no_explanation() -> None:
    assert explain(None) is None


@given(st.integers(min_value=100_000).filter(lambda code: code not in OWN_CODES))
def test_an_unknown_error_code_is_shown_and_can_be_retried(code: int) -> None:
    assert explain(code) == Explanation(f"Error {code}", "An unexpected error occurred.", True)


@pytest.mark.parametrize(
    "code", [20429, 20503, 21611, 30001, 30008, 30017, 30022, 30023, 30036, 30410, 30485, 63038]
)
def test_temporary_errors_can_be_retried(code: int) -> None:
    explanation = explain(code)
    assert explanation
    assert explanation.retryable


@pytest.mark.parametrize(
    "code", [21610, 21614, 30004, 30005, 30032, 30034, 30450, 21408, 20003, 30444, 30897, 22217]
)
def test_permanent_errors_cannot_be_retried(code: int) -> None:
    explanation = explain(code)
    assert explanation
    assert not explanation.retryable
    assert explanation.title != f"Error {code}"


@pytest.mark.parametrize(
    ("code", "of_number"),
    # Blocks and opt-outs apply to the person, even if the number changes.
    [(21211, True), (21614, True), (30005, True), (30006, True)]
    + [(code, False) for code in (21408, 21610, 21608, 30003, 30004, 30007, 30034)],
)
def test_errors_caused_by_the_recipients_number_are_marked_as_such(
    code: int, of_number: bool
) -> None:
    explanation = explain(code)
    assert explanation
    assert explanation.of_number == of_number


def test_each_error_code_has_exactly_one_explanation_in_whole_sentences() -> None:
    entries = json.loads(Path(provider_errors.__file__).with_suffix(".json").read_text("utf-8"))
    codes = Counter(
        code for entry in entries for code in provider_errors.expand_codes(entry["codes"])
    )
    assert [code for code, times in codes.items() if times > 1] == []
    assert all(entry["title"] and entry["description"].endswith(".") for entry in entries)
    assert len(codes) > 400
