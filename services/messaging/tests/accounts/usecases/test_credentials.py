"""Accounts are read before each use. Their tokens are never shown or usable elsewhere."""

import pytest
from sqlalchemy import text

from servicekit.crypto import DecryptionFailed, Envelope, Keyring
from servicekit.db.database import Database
from servicekit.errors import Blocked, NotFound
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.tests.conftest import KEYRING
from services.messaging.tests.tenant import Tenant, TwilioSide


@pytest.fixture
def accounts(database: Database) -> SendingAccounts:
    """Return the reader of accounts, with an empty cache."""
    return SendingAccounts(database, Envelope(Keyring.parse(KEYRING)))


async def test_an_account_can_send_as_soon_as_its_service_has_a_number(
    tenant: Tenant, accounts: SendingAccounts
) -> None:
    with pytest.raises(NotFound) as refusal:
        await accounts.for_org(tenant.org_id)
    assert refusal.value.code == "no_subaccount"
    created = await tenant.create_subaccount()
    account = await accounts.for_org(tenant.org_id)
    assert (account.sub_account_sid, account.messaging_service_sid, account.has_sender) == (
        created.sub_account_sid,
        None,
        False,
    )
    service = await tenant.create_service()
    account = await accounts.for_org(tenant.org_id)
    assert (account.messaging_service_sid, account.has_sender) == (service.sid, False)
    await tenant.buy_numbers()
    assert (await accounts.for_org(tenant.org_id)).has_sender


async def test_the_token_is_the_same_as_at_twilio_and_hidden_in_repr(
    tenant: Tenant, accounts: SendingAccounts, twilio: TwilioSide
) -> None:
    await tenant.create_subaccount()
    [at_twilio] = await twilio.accounts(tenant.name)
    account = await accounts.for_org(tenant.org_id)
    assert account.auth_token == at_twilio["auth_token"]
    assert account.auth_token not in f"{account!r} {account}"


async def test_a_change_of_an_account_takes_effect_in_every_process_at_once(
    tenant: Tenant, accounts: SendingAccounts
) -> None:
    await _set_up(tenant)
    before = await accounts.for_org(tenant.org_id)
    assert await accounts.for_org(tenant.org_id) is before
    [number] = await tenant.numbers()
    await tenant.release(number.sid)
    assert not (await accounts.for_org(tenant.org_id)).has_sender
    await tenant.execute(
        "UPDATE twilio_subaccounts SET suspended_at = now() WHERE org_id = :org_id"
    )
    assert (await accounts.for_org(tenant.org_id)).suspended


async def test_a_token_copied_to_another_organisation_cannot_be_decrypted(
    tenant: Tenant, accounts: SendingAccounts, database: Database
) -> None:
    await tenant.create_subaccount()
    thief = Tenant(tenant.messaging, database)
    stolen = await thief.create_subaccount()
    async with database.system() as connection:
        await connection.execute(
            text(
                "UPDATE twilio_subaccounts SET auth_token_encrypted ="
                " (SELECT auth_token_encrypted FROM twilio_subaccounts WHERE org_id = :theirs)"
                " WHERE org_id = :mine"
            ),
            {"theirs": tenant.org_id, "mine": thief.org_id},
        )
    with pytest.raises(DecryptionFailed):
        await accounts.open(thief.org_id)
    with pytest.raises(Blocked) as refusal:
        await accounts.for_org(thief.org_id)
    assert refusal.value.code == "credentials_unreadable"
    with pytest.raises(Blocked):
        await accounts.signing_tokens(stolen.sub_account_sid)
    assert await accounts.signing_tokens((await accounts.open(tenant.org_id)).sub_account_sid)


async def test_if_one_token_is_unreadable_webhooks_are_verified_with_the_other_one(
    tenant: Tenant, accounts: SendingAccounts, database: Database
) -> None:
    created = await tenant.create_subaccount()
    [token] = (await accounts.signing_tokens(created.sub_account_sid))[1]
    async with database.system() as connection:
        await connection.execute(
            text(
                "UPDATE twilio_subaccounts SET secondary_token_encrypted = auth_token_encrypted,"
                " secondary_since = now() WHERE org_id = :org"
            ),
            {"org": tenant.org_id},
        )
    assert (await accounts.signing_tokens(created.sub_account_sid))[1] == [token]


async def _set_up(tenant: Tenant) -> None:
    await tenant.create_subaccount()
    await tenant.create_service()
    await tenant.buy_numbers()
