"""Each organisation gets exactly one Twilio subaccount, and its token stays secret."""

import asyncio

import pytest
from sqlalchemy import text

from servicekit.crypto import Envelope, Keyring
from servicekit.db.database import Database
from servicekit.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from services.messaging.tests.conftest import KEYRING
from services.messaging.tests.tenant import Tenant, TwilioSide
from smsblaster.messaging.v1 import events_pb2
from tests.fixtures.running import TWILIO_SID, Running

ACCOUNTS = "/Accounts.json"


async def test_an_organisation_gets_an_account_with_its_name(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    created = await tenant.create_subaccount()
    [account] = await twilio.accounts(tenant.name)
    assert (created.sub_account_sid, created.friendly_name) == (account["sid"], tenant.name)
    assert created.created_at.seconds > 0
    assert await tenant.subaccount() == created


async def test_a_repeated_request_returns_the_same_account(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    created = await tenant.create_subaccount()
    assert await tenant.create_subaccount() == created
    assert len(await twilio.accounts(tenant.name)) == 1
    assert (await tenant.audited()).count("twilio_subaccount_created") == 1


async def test_concurrent_requests_open_one_subaccount(tenant: Tenant, twilio: TwilioSide) -> None:
    created = await asyncio.gather(*(tenant.create_subaccount() for _ in range(8)))
    assert len({account.sub_account_sid for account in created}) == 1
    assert len(await twilio.accounts(tenant.name)) == 1


async def test_a_new_account_is_announced_by_a_bus_event(tenant: Tenant) -> None:
    created = await tenant.create_subaccount()
    said = [
        events_pb2.SubaccountCreated.FromString(payload)
        for payload in await tenant.announced("event.messaging.subaccount_created")
    ]
    assert [s.sub_account_sid for s in said if s.org_id == str(tenant.org_id)] == [
        created.sub_account_sid
    ]


async def test_the_long_name_of_an_organisation_is_shortened_for_twilio(
    messaging: Running, database: Database
) -> None:
    tenant = Tenant(messaging, database)
    tenant.name = f"  {tenant.org_id} {'x' * 100}"
    assert (await tenant.create_subaccount()).friendly_name == tenant.name.strip()[:64]


async def test_the_account_of_an_organisation_without_a_name_is_named_after_its_id(
    messaging: Running, database: Database
) -> None:
    tenant = Tenant(messaging, database)
    tenant.name = " "
    assert (await tenant.create_subaccount()).friendly_name == str(tenant.org_id)


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_500", "truncate"])
async def test_a_subaccount_is_found_and_used_if_twilios_response_to_its_opening_was_lost(
    tenant: Tenant, twilio: TwilioSide, fault: str
) -> None:
    await twilio.misbehave("POST", ACCOUNTS, count=1, **{fault: True})
    with pytest.raises(Unavailable) as refusal:
        await tenant.create_subaccount()
    assert refusal.value.code == "provider_unavailable"
    with pytest.raises(NotFound):
        await tenant.subaccount()
    [opened] = await twilio.accounts(tenant.name)
    await tenant.expire_lease()
    assert (await tenant.create_subaccount()).sub_account_sid == opened["sid"]
    assert len(await twilio.accounts(tenant.name)) == 1


async def test_no_second_subaccount_is_opened_while_it_is_unknown_whether_the_first_was(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    await twilio.misbehave("POST", ACCOUNTS, count=1, accept_then_drop=True)
    with pytest.raises(Unavailable):
        await tenant.create_subaccount()
    waiting = asyncio.ensure_future(tenant.create_subaccount())
    done, _ = await asyncio.wait([waiting], timeout=0.5)
    assert not done
    await tenant.expire_lease()
    await waiting
    assert len(await twilio.accounts(tenant.name)) == 1


async def test_a_subaccount_with_the_organisations_name_is_used_unless_another_organisation_has_it(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    theirs = await tenant.create_subaccount()
    other = Tenant(tenant.messaging, tenant.database, name=tenant.name)
    await _interrupt(other)
    left = await twilio.open_account(tenant.name)
    assert (await other.create_subaccount()).sub_account_sid == left
    assert {account["sid"] for account in await twilio.accounts(tenant.name)} == {
        theirs.sub_account_sid,
        left,
    }


async def test_after_a_lost_response_a_subaccount_opened_before_the_first_request_is_not_used(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    older = await twilio.open_account(tenant.name)
    await _interrupt(tenant)
    await tenant.execute(
        "UPDATE twilio_subaccounts SET created_at = now() + interval '1 hour'"
        " WHERE org_id = :org_id"
    )
    assert (await tenant.create_subaccount()).sub_account_sid != older


async def test_the_first_request_opens_a_new_subaccount_even_if_twilio_has_one_with_the_same_name(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    somebodys = await twilio.open_account(tenant.name)
    assert (await tenant.create_subaccount()).sub_account_sid != somebodys


async def test_after_a_refusal_by_twilio_a_subaccount_can_be_requested_again_at_once(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    await twilio.misbehave("POST", ACCOUNTS, count=1, status=403)
    with pytest.raises(Conflict) as refusal:
        await tenant.create_subaccount()
    assert refusal.value.code == "provider_refused"
    await tenant.create_subaccount()  # without waiting
    assert len(await twilio.accounts(tenant.name)) == 1


async def test_a_request_is_repeated_if_twilio_responds_with_429(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    await twilio.misbehave("POST", ACCOUNTS, count=3, status=429)
    await tenant.create_subaccount()
    assert len(await twilio.accounts(tenant.name)) == 1


async def test_if_twilio_keeps_responding_with_429_the_error_is_unavailable(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    await twilio.misbehave("POST", ACCOUNTS, status=429)
    with pytest.raises(Unavailable) as refusal:
        await tenant.create_subaccount()
    assert refusal.value.code == "provider_unavailable"
    await twilio.behave()
    await tenant.create_subaccount()  # without waiting, since Twilio has done nothing


async def test_an_organisation_without_an_account_gets_an_error(tenant: Tenant) -> None:
    with pytest.raises(NotFound) as refusal:
        await tenant.subaccount()
    assert refusal.value.code == "no_subaccount"


async def test_members_cannot_open_accounts(tenant: Tenant, twilio: TwilioSide) -> None:
    tenant.role = "member"
    with pytest.raises(Forbidden):
        await tenant.create_subaccount()
    assert not await twilio.accounts(tenant.name)


async def test_the_token_is_stored_encrypted_and_never_logged_or_returned(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    created = await tenant.create_subaccount()
    [account] = await twilio.accounts(tenant.name)
    token = account["auth_token"]
    assert token not in str(created)
    async with tenant.database.system() as connection:
        row = (
            await connection.execute(
                text("SELECT t::text AS all FROM twilio_subaccounts t WHERE org_id = :org_id"),
                {"org_id": tenant.org_id},
            )
        ).one()
        said = list((await connection.execute(text("SELECT payload FROM outbox"))).scalars())
    assert created.sub_account_sid in row.all
    assert token not in row.all
    assert not [payload for payload in said if token.encode() in payload]


async def test_webhooks_are_verified_with_the_token_of_the_account_at_twilio(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    sid = (await tenant.create_subaccount()).sub_account_sid
    [account] = await twilio.accounts(tenant.name)
    answer = await tenant.signing_tokens(sid)
    assert (answer.org_id, list(answer.tokens)) == (str(tenant.org_id), [account["auth_token"]])


async def test_during_a_rotation_both_tokens_may_sign_webhooks(tenant: Tenant) -> None:
    sid = (await tenant.create_subaccount()).sub_account_sid
    org_id = str(tenant.org_id)
    context = {
        "org": org_id,
        "table": "twilio_subaccounts",
        "column": "secondary_token_encrypted",
        "row": org_id,
    }
    await tenant.execute(
        "UPDATE twilio_subaccounts SET secondary_token_encrypted = :sealed WHERE org_id = :org_id",
        sealed=Envelope(Keyring.parse(KEYRING)).seal("the-next-token", context),
    )
    tokens = list((await tenant.signing_tokens(sid)).tokens)
    assert (len(tokens), tokens[1]) == (2, "the-next-token")


async def test_users_cannot_read_tokens(tenant: Tenant) -> None:
    sid = (await tenant.create_subaccount()).sub_account_sid
    with pytest.raises(Forbidden):
        await tenant.signing_tokens(sid, service="gateway")


async def test_an_unknown_account_has_no_tokens(tenant: Tenant) -> None:
    with pytest.raises(NotFound):
        await tenant.signing_tokens(TWILIO_SID)


async def test_a_malformed_account_sid_is_refused(tenant: Tenant) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await tenant.signing_tokens("AC1")
    assert [fault.field for fault in refusal.value.fields] == ["accountSid"]


async def _interrupt(tenant: Tenant) -> None:
    """Insert the rows that remain if opening an account stops during the request to Twilio."""
    await tenant.execute(
        "INSERT INTO twilio_subaccounts (org_id, friendly_name, setup_lease_until)"
        " VALUES (:org_id, :name, now() - interval '1 second')",
        name=tenant.name,
    )
