"""A phone number can be released, unless a campaign is being sent."""

import pytest

from servicekit.errors import Conflict, CrossOrgAccess, InvalidInput, NotFound, Unavailable
from servicekit.ids import new_id
from services.messaging.tests.tenant import Tenant, TwilioSide

UNKNOWN_NUMBER = "PN" + "0" * 32


@pytest.fixture
async def account_sid(tenant: Tenant) -> str:
    """Create the tenant's Twilio account and return its SID."""
    return (await tenant.create_subaccount()).sub_account_sid


async def test_a_released_number_is_given_back_and_no_longer_listed(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    kept, given_back = (await tenant.buy_numbers(quantity=2)).numbers
    released = await tenant.release(given_back.sid)
    assert released.HasField("released_at")
    assert await twilio.numbers(account_sid) == [kept.sid]
    assert [n.sid for n in await tenant.numbers()] == [kept.sid]
    assert (await tenant.audited())[-1] == "twilio_number_released"
    with pytest.raises(NotFound):
        await tenant.release(given_back.sid)


async def test_a_number_that_twilio_no_longer_has_can_be_released(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    [number] = (await tenant.buy_numbers()).numbers
    await twilio.delete_number(account_sid, number.sid)
    assert (await tenant.release(number.sid)).HasField("released_at")


async def test_a_release_can_be_repeated_if_twilios_response_was_lost(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    [number] = (await tenant.buy_numbers()).numbers
    await twilio.misbehave("DELETE", f"/{number.sid}.json", count=1, accept_then_500=True)
    with pytest.raises(Unavailable):
        await tenant.release(number.sid)
    assert (await tenant.release(number.sid)).HasField("released_at")


async def test_a_campaign_that_waits_for_its_sending_windows_prevents_the_release_of_a_number(
    tenant: Tenant, account_sid: str
) -> None:
    [number] = (await tenant.buy_numbers()).numbers
    campaign_id = new_id()
    await tenant.hold(campaign_id, held=False, running=True)
    with pytest.raises(Conflict) as refusal:
        await tenant.release(number.sid)
    assert refusal.value.code == "number_in_use"
    await tenant.hold(campaign_id, held=False, running=False)
    assert (await tenant.release(number.sid)).HasField("released_at")


async def test_while_a_campaign_is_being_sent_a_release_needs_force(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    [number] = (await tenant.buy_numbers()).numbers
    await _campaign(tenant, pending=1, held=False)
    with pytest.raises(Conflict) as refusal:
        await tenant.release(number.sid)
    assert refusal.value.code == "number_in_use"
    assert await twilio.numbers(account_sid) == [number.sid]
    assert (await tenant.release(number.sid, force=True)).HasField("released_at")


@pytest.mark.parametrize(("pending", "held"), [(0, False), (5, True)])
async def test_a_finished_or_paused_campaign_does_not_prevent_the_release_of_a_number(
    tenant: Tenant, account_sid: str, pending: int, held: bool
) -> None:
    [number] = (await tenant.buy_numbers()).numbers
    await _campaign(tenant, pending=pending, held=held)
    assert (await tenant.release(number.sid)).HasField("released_at")


async def test_a_campaign_of_another_organisation_does_not_prevent_the_release_of_a_number(
    tenant: Tenant, account_sid: str
) -> None:
    [number] = (await tenant.buy_numbers()).numbers
    await _campaign(Tenant(tenant.messaging, tenant.database), pending=1, held=False)
    assert (await tenant.release(number.sid)).HasField("released_at")


async def test_another_organisations_number_cannot_be_released_or_seen(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    [number] = (await tenant.buy_numbers()).numbers
    stranger = Tenant(tenant.messaging, tenant.database)
    await stranger.create_subaccount()
    with pytest.raises(CrossOrgAccess):
        await stranger.release(number.sid, force=True)
    assert not await stranger.numbers()
    assert await twilio.numbers(account_sid) == [number.sid]
    assert await tenant.numbers() == [number]


async def test_an_unknown_number_cannot_be_released(tenant: Tenant, account_sid: str) -> None:
    with pytest.raises(NotFound) as refusal:
        await tenant.release(UNKNOWN_NUMBER)
    assert refusal.value.code == "number_not_found"


@pytest.mark.parametrize("sid", ["", "PN1", "SM" + "0" * 32])
async def test_a_malformed_number_sid_is_refused(
    tenant: Tenant, account_sid: str, sid: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await tenant.release(sid)
    assert [fault.field for fault in refusal.value.fields] == ["sid"]


async def _campaign(tenant: Tenant, pending: int, held: bool) -> None:
    await tenant.execute(
        "INSERT INTO campaign_counts (campaign_id, org_id, pending, held)"
        " VALUES (:campaign_id, :org_id, :pending, :held)",
        campaign_id=new_id(),
        pending=pending,
        held=held,
    )
