"""The balance at Twilio is cached and returned with its age."""

import asyncio

import pytest

from servicekit.errors import NotFound, Unavailable
from services.messaging.settings import MessagingSettings
from services.messaging.tests.care import Care
from services.messaging.tests.tenant import Tenant, TwilioSide
from tests.fixtures.running import Simulator

BALANCE = "/Balance.json"


@pytest.fixture
async def care(tenant: Tenant, settings: MessagingSettings, simulator: Simulator) -> Care:
    account = await tenant.create_subaccount()
    return Care(tenant, settings, simulator, account.sub_account_sid)


async def test_the_balance_is_returned_with_its_age(care: Care) -> None:
    balance = await care.balance()
    assert (balance.balance, balance.currency, balance.stale) == ("0.00", "USD", False)
    assert balance.fetched_at.seconds > 0
    assert 0 <= balance.age_seconds < 5


async def test_concurrent_requests_for_the_balance_ask_twilio_once(care: Care) -> None:
    answers = await asyncio.gather(*(care.balance() for _ in range(8)))
    assert len({answer.fetched_at.ToJsonString() for answer in answers}) == 1
    await care.balance()
    assert care.asked("Balance.json") == 1


async def test_after_a_minute_twilio_is_asked_again_for_the_balance(care: Care) -> None:
    first = await care.balance()
    await _let_a_minute_pass(care)
    second = await care.balance()
    assert care.asked("Balance.json") == 2
    assert second.fetched_at.ToDatetime() > first.fetched_at.ToDatetime()
    assert not second.stale


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 403}, {"accept_then_drop": True}])
async def test_if_twilio_does_not_respond_the_last_known_balance_is_returned_as_stale(
    care: Care, twilio: TwilioSide, fault: dict[str, int]
) -> None:
    await care.balance()
    await _let_a_minute_pass(care)
    await twilio.misbehave("GET", BALANCE, **fault)
    late = await care.balance()
    assert (late.balance, late.stale) == ("0.00", True)
    assert late.age_seconds >= 60
    asked = care.asked("Balance.json")
    assert (await care.balance()).stale
    assert care.asked("Balance.json") == asked  # Twilio is not asked for every request


async def test_if_no_balance_is_known_the_request_fails(care: Care, twilio: TwilioSide) -> None:
    await twilio.misbehave("GET", BALANCE, status=500)
    with pytest.raises(Unavailable) as refusal:
        await care.balance()
    assert refusal.value.code == "provider_unavailable"
    await twilio.behave()
    await _let_a_minute_pass(care)
    assert (await care.balance()).balance == "0.00"


async def test_an_organisation_sees_its_own_balance(care: Care) -> None:
    await care.balance()
    stranger = Tenant(care.tenant.messaging, care.tenant.database)
    with pytest.raises(NotFound) as refusal:
        await Care(stranger, care.settings, care.simulator, "").balance()
    assert refusal.value.code == "no_subaccount"


async def _let_a_minute_pass(care: Care) -> None:
    await care.tenant.execute(
        "UPDATE twilio_account_balance SET ask_after = ask_after - interval '1 minute',"
        " fetched_at = fetched_at - interval '1 minute' WHERE org_id = :org_id"
    )
