"""Every reason for a rejection has a message and advice."""

import json
from collections import Counter
from pathlib import Path

import pytest

from services.messaging.common.domain.provider_errors import expand_codes
from services.messaging.registration.domain import rejections
from services.messaging.registration.domain.rejections import explain_all
from services.messaging.registration.domain.reviews import Reason

NO_WAY_BACK = (21724, 30884, 30885, 30897, 30898)


@pytest.mark.parametrize("code", [18601, *range(30880, 30903), 30795, 30799, 30801, 22215])
def test_every_error_code_of_the_registry_has_a_message_and_advice(code: int) -> None:
    [rejection] = explain_all([Reason(code, "")])
    assert rejection.message
    assert rejection.advice
    assert rejection.can_resubmit is (code not in NO_WAY_BACK)


def test_a_rejection_has_the_message_and_the_fields_that_twilio_gave() -> None:
    [rejection] = explain_all([Reason(30799, "The name differs.", ["business_name"])])
    assert (rejection.message, list(rejection.fields)) == ("The name differs.", ["legalName"])


def test_a_rejection_without_reasons_gets_general_advice() -> None:
    [rejection] = explain_all([])
    assert rejection.message
    assert rejection.advice


def test_each_rejection_code_has_exactly_one_piece_of_advice_in_whole_sentences() -> None:
    entries = json.loads(Path(rejections.__file__).with_suffix(".json").read_text("utf-8"))
    codes = Counter(code for entry in entries for code in expand_codes(entry["codes"]))
    assert [code for code, times in codes.items() if times > 1] == []
    assert all(entry["advice"].endswith(".") for entry in entries)
