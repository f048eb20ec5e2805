"""Each organisation gets one messaging service with all its phone numbers and our URLs."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from servicekit.errors import (
    CrossOrgAccess,
    Forbidden,
    InvalidInput,
    NotFound,
    PreconditionFailed,
    Unavailable,
)
from services.messaging.tests.tenant import Tenant, TwilioSide

SERVICES = "/v1/Services"
UNKNOWN_SERVICE = "MG" + "0" * 32
UNKNOWN_NUMBER = "PN" + "0" * 32


@pytest.fixture
async def tenant(tenant: Tenant) -> Tenant:
    """Return an organisation with an account."""
    await tenant.create_subaccount()
    return tenant


@pytest.fixture
async def stranger(found_tenant: Callable[[], Awaitable[Tenant]]) -> Tenant:
    """Return another organisation with an account."""
    stranger = await found_tenant()
    await stranger.create_subaccount()
    return stranger


async def test_a_new_service_sends_its_webhooks_to_our_urls(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    created = await tenant.create_service()
    [service] = await twilio.services(tenant)
    assert (created.sid, created.friendly_name) == (service["sid"], "SMSBlaster")
    webhooks = "http://127.0.0.1:9/api/webhooks"
    assert service["status_callback"] == created.status_callback_url == f"{webhooks}/twilio-status"
    assert (
        service["inbound_request_url"]
        == created.inbound_request_url
        == f"{webhooks}/twilio-incoming"
    )
    assert (created.sticky_sender, created.smart_encoding) == (True, True)
    assert service["sticky_sender"]
    assert service["smart_encoding"]
    assert not service["use_inbound_webhook_on_number"]
    assert await tenant.service() == created


async def test_the_name_of_a_service_can_be_chosen(tenant: Tenant) -> None:
    assert (await tenant.create_service(friendly_name="Acme texts")).friendly_name == "Acme texts"


@pytest.mark.parametrize("name", ["", "   ", "x" * 65])
async def test_an_invalid_name_of_a_service_is_refused(
    tenant: Tenant, twilio: TwilioSide, name: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await tenant.create_service(friendly_name=name)
    assert {fault.field for fault in refusal.value.fields} == {"friendlyName"}
    assert not await twilio.services(tenant)


async def test_numbers_bought_before_are_added_to_a_new_service(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    bought = (await tenant.buy_numbers(quantity=2)).numbers
    service = await tenant.create_service()
    assert set(await twilio.pool(tenant, service.sid)) == {number.sid for number in bought}
    assert {n.messaging_service_sid for n in await tenant.numbers()} == {service.sid}


async def test_a_repeated_request_returns_the_same_service(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    created = await tenant.create_service()
    assert await tenant.create_service(friendly_name="Another") == created
    assert len(await twilio.services(tenant)) == 1
    assert (await tenant.audited()).count("messaging_service_created") == 1


async def test_concurrent_requests_create_one_service(tenant: Tenant, twilio: TwilioSide) -> None:
    created = await asyncio.gather(*(tenant.create_service() for _ in range(6)))
    assert len({service.sid for service in created}) == 1
    assert len(await twilio.services(tenant)) == 1


async def test_a_service_is_found_and_used_if_twilios_response_to_its_creation_was_lost(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    await twilio.misbehave("POST", SERVICES, count=1, accept_then_drop=True)
    with pytest.raises(Unavailable) as refusal:
        await tenant.create_service()
    assert refusal.value.code == "provider_unavailable"
    [left] = await twilio.services(tenant)
    await tenant.expire_lease()
    assert (await tenant.create_service()).sid == left["sid"]
    assert len(await twilio.services(tenant)) == 1


async def test_a_number_that_could_not_be_added_is_added_by_the_next_request(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    [number] = (await tenant.buy_numbers()).numbers
    await twilio.misbehave("POST", "/PhoneNumbers", count=1, accept_then_drop=True)
    with pytest.raises(Unavailable):
        await tenant.create_service()
    service = await tenant.create_service()  # without waiting
    assert await twilio.pool(tenant, service.sid) == [number.sid]
    assert (await tenant.numbers())[0].messaging_service_sid == service.sid


async def test_a_messaging_service_requires_a_twilio_account(tenant: Tenant) -> None:
    bare = Tenant(tenant.messaging, tenant.database)
    with pytest.raises(NotFound) as refusal:
        await bare.create_service()
    assert refusal.value.code == "no_subaccount"


async def test_an_organisation_without_a_messaging_service_gets_an_error(tenant: Tenant) -> None:
    with pytest.raises(NotFound) as refusal:
        await tenant.service()
    assert refusal.value.code == "no_messaging_service"


async def test_new_settings_are_stored_at_twilio_and_in_the_database(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    created = await tenant.create_service()
    changed = await tenant.update_service(created.sid, sticky_sender=False)
    assert (changed.sticky_sender, changed.smart_encoding) == (False, True)
    assert await tenant.service() == changed
    [service] = await twilio.services(tenant)
    assert (service["sticky_sender"], service["smart_encoding"]) == (False, True)
    changed = await tenant.update_service(created.sid, sticky_sender=True, smart_encoding=False)
    assert (changed.sticky_sender, changed.smart_encoding) == (True, False)
    assert (await tenant.audited()).count("messaging_service_updated") == 2


async def test_an_update_without_settings_changes_nothing(tenant: Tenant) -> None:
    created = await tenant.create_service()
    assert await tenant.update_service(created.sid) == created
    assert "messaging_service_updated" not in await tenant.audited()


async def test_settings_that_twilio_refused_are_not_stored(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    created = await tenant.create_service()
    await twilio.misbehave("POST", f"/{created.sid}", status=503)
    with pytest.raises(Unavailable):
        await tenant.update_service(created.sid, smart_encoding=False)
    assert await tenant.service() == created


async def test_a_number_is_added_to_the_service_once(tenant: Tenant, twilio: TwilioSide) -> None:
    service = await tenant.create_service()
    await twilio.misbehave("POST", "/PhoneNumbers", status=500)
    [number] = (await tenant.buy_numbers()).numbers
    await twilio.behave()
    for _ in range(2):
        added = await tenant.add_number(service.sid, number.sid)
        assert (added.sid, added.messaging_service_sid) == (number.sid, service.sid)
    assert await twilio.pool(tenant, service.sid) == [number.sid]
    assert (await tenant.audited()).count("twilio_number_added") == 1


async def test_another_organisations_number_cannot_be_added(
    tenant: Tenant, stranger: Tenant, twilio: TwilioSide
) -> None:
    service = await tenant.create_service()
    [theirs] = (await stranger.buy_numbers()).numbers
    with pytest.raises(CrossOrgAccess):
        await tenant.add_number(service.sid, theirs.sid)
    assert not await twilio.pool(tenant, service.sid)
    assert await stranger.numbers() == [theirs]


async def test_another_organisations_service_cannot_be_changed(
    tenant: Tenant, stranger: Tenant, twilio: TwilioSide
) -> None:
    theirs = await stranger.create_service()
    [mine] = (await tenant.buy_numbers()).numbers
    with pytest.raises(CrossOrgAccess):
        await tenant.add_number(theirs.sid, mine.sid)
    with pytest.raises(CrossOrgAccess):
        await tenant.update_service(theirs.sid, sticky_sender=False)
    assert not await twilio.pool(stranger, theirs.sid)
    assert await stranger.service() == theirs


async def test_unknown_ids_are_not_found(tenant: Tenant) -> None:
    service = await tenant.create_service()
    with pytest.raises(NotFound) as refusal:
        await tenant.update_service(UNKNOWN_SERVICE, sticky_sender=False)
    assert refusal.value.code == "messaging_service_not_found"
    with pytest.raises(NotFound) as refusal:
        await tenant.add_number(service.sid, UNKNOWN_NUMBER)
    assert refusal.value.code == "number_not_found"


async def test_malformed_ids_are_refused(tenant: Tenant) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await tenant.add_number("MG1", "PN1")
    assert {fault.field for fault in refusal.value.fields} == {"sid", "phoneSid"}


async def test_members_can_only_read_the_service(tenant: Tenant, twilio: TwilioSide) -> None:
    created = await tenant.create_service()
    tenant.role = "member"
    with pytest.raises(Forbidden):
        await tenant.create_service()
    with pytest.raises(Forbidden):
        await tenant.update_service(created.sid, sticky_sender=False)
    with pytest.raises(Forbidden):
        await tenant.add_number(created.sid, UNKNOWN_NUMBER)
    assert await tenant.service() == created


async def test_a_change_is_refused_if_somebody_changed_the_settings_meanwhile(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    created = await tenant.create_service()
    attempts = [
        tenant.update_service(created.sid, sticky_sender=False, if_version=created.version),
        tenant.update_service(created.sid, smart_encoding=False, if_version=created.version),
    ]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    [refused] = [each for each in outcomes if isinstance(each, PreconditionFailed)]
    assert refused.facts["version"] == created.version + 1
    [service] = await twilio.services(tenant)
    kept = await tenant.service()
    assert (service["sticky_sender"], service["smart_encoding"]) == (
        kept.sticky_sender,
        kept.smart_encoding,
    )
    assert kept.sticky_sender != kept.smart_encoding
