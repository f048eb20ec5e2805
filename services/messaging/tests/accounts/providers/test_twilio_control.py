"""Twilio's error responses and missing responses are converted to our errors."""

from collections.abc import AsyncIterator

import pytest

from servicekit.errors import NotFound, Unavailable
from servicekit.outbound.deadlines import Deadline, requests_begin_before
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.domain.number_criteria import NumberCriteria
from services.messaging.accounts.providers.twilio_control import TwilioControl
from services.messaging.common.providers.twilio_http import OutcomeUnknown, TwilioRefused
from services.messaging.common.providers.twilio_sdk import MasterAccount
from services.messaging.tests.tenant import TwilioSide
from tests.fixtures.running import TWILIO_SID, TWILIO_TOKEN, Simulator, listening

MASTER = SendingAccount(TWILIO_SID, TWILIO_TOKEN, None, has_sender=False)
ANYWHERE = NumberCriteria("US", None, ["sms"], 1)


@pytest.fixture
async def control(simulator: Simulator) -> AsyncIterator[TwilioControl]:
    control = TwilioControl(MasterAccount(simulator.twilio_url, TWILIO_SID, TWILIO_TOKEN))
    yield control
    await control.close()


async def test_if_the_connection_to_twilio_is_refused_the_error_says_that_nothing_was_done() -> (
    None
):
    nowhere = MasterAccount(f"http://{listening()}/{{host}}", TWILIO_SID, TWILIO_TOKEN)
    control = TwilioControl(nowhere)
    with pytest.raises(Unavailable) as away:
        await control.open_account("Nobody")
    await control.close()
    assert not isinstance(away.value, OutcomeUnknown)
    assert away.value.code == "provider_unavailable"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503},
        {"accept_then_drop": True},
        {"accept_then_500": True},
        {"truncate": True},
        {"drop_before": True},
    ],
    ids=lambda fault: next(iter(fault.items())),
)
async def test_after_an_unusable_response_of_twilio_the_outcome_of_a_change_is_unknown(
    control: TwilioControl, twilio: TwilioSide, fault: dict[str, int]
) -> None:
    await twilio.misbehave("POST", "/Accounts.json", **fault)
    with pytest.raises(OutcomeUnknown):
        await control.open_account("Perhaps")


async def test_a_process_that_was_frozen_until_its_lease_ended_buys_no_number(
    control: TwilioControl, twilio: TwilioSide
) -> None:
    [candidate] = await control.search_numbers(MASTER, ANYWHERE, 1)
    before = await twilio.numbers(TWILIO_SID)
    with requests_begin_before(Deadline.after(-1)), pytest.raises(Unavailable) as refusal:
        await control.buy_number(MASTER, candidate.phone_number)
    assert not isinstance(refusal.value, OutcomeUnknown)
    assert await twilio.numbers(TWILIO_SID) == before


async def test_a_read_request_with_an_unusable_response_of_twilio_fails_as_unavailable(
    control: TwilioControl, twilio: TwilioSide
) -> None:
    await twilio.misbehave("GET", "/Accounts.json", status=500)
    with pytest.raises(Unavailable) as away:
        await control.accounts_named("Acme")
    assert not isinstance(away.value, OutcomeUnknown)


async def test_a_refusal_by_twilio_is_explained_in_the_error(control: TwilioControl) -> None:
    with pytest.raises(TwilioRefused) as refusal:
        await control.buy_number(MASTER, "+15005550000")
    assert refusal.value.provider_code == 21422
    assert refusal.value.message == "That number was just taken; pick another."


async def test_if_twilio_refuses_to_list_objects_the_error_has_its_code(
    control: TwilioControl,
) -> None:
    stranger = SendingAccount("AC" + "f" * 32, "wrong-token", None, has_sender=False)
    with pytest.raises(TwilioRefused) as refusal:
        await control.search_numbers(stranger, ANYWHERE, 1)
    assert refusal.value.provider_code == 20003
    assert "wrong-token" not in f"{refusal.value!r} {refusal.value}"


async def test_an_object_that_twilio_does_not_have_is_not_found(control: TwilioControl) -> None:
    with pytest.raises(NotFound):
        await control.release_number(MASTER, "PN" + "0" * 32)


async def test_the_platforms_own_account_is_not_one_of_the_listed_subaccounts(
    control: TwilioControl, twilio: TwilioSide
) -> None:
    opened = await control.open_account(
        "Simulated master account"
    )  # this is also the name of the platform's own account
    assert len(await twilio.accounts("Simulated master account")) == 2
    [found] = await control.accounts_named("Simulated master account")
    assert found == opened
    assert found.auth_token not in repr(found)


async def test_a_search_returns_at_most_the_requested_count(control: TwilioControl) -> None:
    assert len(await control.search_numbers(MASTER, ANYWHERE, 4)) == 4


async def test_all_pages_of_a_list_at_twilio_are_read(
    control: TwilioControl, twilio: TwilioSide
) -> None:
    opened = await control.open_account("Many numbers")
    account = SendingAccount(opened.sid, opened.auth_token, None, has_sender=False)
    candidates = await control.search_numbers(account, NumberCriteria("US", "512", ["sms"], 1), 60)
    bought = [await control.buy_number(account, number.phone_number) for number in candidates]
    assert len(bought) == 60  # a page has 50 entries
    found = await control.numbers(account)
    assert {number.sid for number in found} == {number.sid for number in bought}
