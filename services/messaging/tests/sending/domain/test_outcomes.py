"""Only a definite response of Twilio causes a refund or allows another attempt."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.sending.domain.outcomes import Verdict, outcome_of_answer, retry_delay

MESSAGE = UUID(int=1)


@pytest.mark.parametrize(
    ("status", "code", "sid", "verdict"),
    [
        (201, None, "SM1", Verdict.ACCEPTED),
        (200, None, "SM1", Verdict.ACCEPTED),
        (201, None, None, Verdict.UNKNOWN),
        (429, 20429, None, Verdict.LATER),
        (400, 21611, None, Verdict.LATER),
        (400, 21610, None, Verdict.REFUSED),
        (400, 21211, None, Verdict.REFUSED),
        (401, 20003, None, Verdict.LATER),
        (403, 20005, None, Verdict.REFUSED),
        (404, 20404, None, Verdict.REFUSED),
        (500, 20500, None, Verdict.UNKNOWN),
        (503, None, None, Verdict.UNKNOWN),
    ],
)
def test_each_response_of_twilio_leads_to_the_listed_outcome(
    status: int, code: int | None, sid: str | None, verdict: Verdict
) -> None:
    assert outcome_of_answer(MESSAGE, status, code, sid).verdict is verdict


def test_a_message_is_refused_if_twilio_keeps_refusing_the_credentials() -> None:
    verdicts = [
        outcome_of_answer(MESSAGE, 401, 20003, None, attempts).verdict for attempts in range(1, 12)
    ]
    assert verdicts == [Verdict.LATER] * 9 + [Verdict.REFUSED] * 2


def test_only_the_providers_opt_out_error_opts_a_person_out() -> None:
    assert outcome_of_answer(MESSAGE, 400, 21610, None).opted_out
    assert not outcome_of_answer(MESSAGE, 400, 21211, None).opted_out


@given(st.integers(min_value=500, max_value=599), st.none() | st.integers())
def test_an_error_of_the_providers_server_is_never_a_refusal(status: int, code: int | None) -> None:
    assert outcome_of_answer(MESSAGE, status, code, None).verdict in (
        Verdict.UNKNOWN,
        Verdict.LATER,
    )


def test_the_pauses_between_attempts_grow_up_to_a_minute() -> None:
    delays = [retry_delay(n) for n in range(1, 20)]
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (0.5, 60.0)
