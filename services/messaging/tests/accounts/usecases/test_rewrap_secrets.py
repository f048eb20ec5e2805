"""Rewrapping encrypts every stored secret with the newest key."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from servicekit import rewrap
from servicekit.crypto import DecryptionFailed, Envelope, Keyring
from servicekit.rewrap import RewrapSecrets
from servicekit.vault import Vault, envelope_of
from services.messaging import app
from services.messaging.accounts.storage import secrets
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.settings import MessagingSettings
from services.messaging.tests.care import Care
from services.messaging.tests.conftest import KEYRING
from services.messaging.tests.tenant import Tenant
from tests.fixtures.kms import Kms
from tests.fixtures.running import Simulator

# Every organisation's secrets are rewrapped.
pytestmark = pytest.mark.own_services

NEW_KEY = "new:" + "bmV3ZXIta2V5LW9mLXRoZS10ZXN0cy0zMi1ieXRlcyE="


@pytest.fixture
async def care(tenant: Tenant, settings: MessagingSettings, simulator: Simulator) -> Care:
    """Return an account with every kind of secret: two tokens and an API key."""
    account = await tenant.create_subaccount()
    care = Care(tenant, settings, simulator, account.sub_account_sid)
    await care.first_key()
    await care.rotate_token()
    return care


async def _sealed(care: Care) -> list[str]:
    async with care.tenant.database.org(care.tenant.org_id) as connection:
        rows = await connection.execute(
            text(
                "SELECT auth_token_encrypted, secondary_token_encrypted, secret_encrypted"
                " FROM twilio_subaccounts JOIN twilio_api_keys USING (org_id)"
                " WHERE org_id = :org_id"
            ),
            {"org_id": care.tenant.org_id},
        )
        return list(rows.one())


def _rotated(settings: MessagingSettings, keyring: str, **changes: Any) -> MessagingSettings:
    return settings.model_copy(update={"keyring": SecretStr(keyring), **changes})


def _rewrap(care: Care, envelope: Envelope) -> RewrapSecrets:
    return RewrapSecrets(care.tenant.database, Vault(envelope), secrets.COLUMNS)


async def test_every_encrypted_column_is_rewrapped(care: Care) -> None:
    async with care.tenant.database.system() as connection:
        rows = await connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND column_name LIKE '%\\_encrypted'"
            )
        )
        stored = {(row.table_name, row.column_name) for row in rows}
    assert {(c.table.name, c.column) for c in secrets.COLUMNS} == stored


async def test_after_rewrapping_the_old_key_is_not_needed(
    care: Care, settings: MessagingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrap, "_BATCH", 2)
    before = await _sealed(care)
    tokens = await care.tokens()
    counts = await _rewrap(care, envelope_of(_rotated(settings, f"{NEW_KEY},{KEYRING}"))).rewrap()
    assert counts["rewrapped"] >= 3
    assert counts["unreadable"] == 0
    after = await _sealed(care)
    assert all(value.startswith("v1.new.") for value in after)
    assert [v.split(".")[3] for v in after] == [v.split(".")[3] for v in before]
    alone = SendingAccounts(care.tenant.database, Envelope(Keyring.parse(NEW_KEY)))
    assert (await alone.signing_tokens(care.account_sid))[1] == tokens
    assert (await alone.for_org(care.tenant.org_id)).api_key
    back = await _rewrap(care, envelope_of(_rotated(settings, f"{KEYRING},{NEW_KEY}"))).rewrap()
    assert back["rewrapped"] == counts["rewrapped"]


async def test_a_second_rewrap_changes_nothing(care: Care, settings: MessagingSettings) -> None:
    before = await _sealed(care)
    counts = await _rewrap(care, envelope_of(settings)).rewrap()
    assert counts["rewrapped"] == 0
    assert counts["current"] >= 3
    assert await _sealed(care) == before


@pytest.mark.poison("messaging/rewrap")
async def test_an_unreadable_value_does_not_stop_the_rewrap_of_other_values(
    care: Care, settings: MessagingSettings
) -> None:
    first, second, key = await _sealed(care)
    await care.tenant.execute(
        "UPDATE twilio_subaccounts SET secondary_token_encrypted = auth_token_encrypted"
        " WHERE org_id = :org_id"
    )
    envelope = envelope_of(_rotated(settings, f"{NEW_KEY},{KEYRING}"))
    counts = await _rewrap(care, envelope).rewrap()
    assert counts["unreadable"] == 1
    after = await _sealed(care)
    assert [value.split(".")[1] for value in after] == ["new", "tests", "new"]
    assert first != after[0]
    assert key != after[2]
    await care.tenant.execute(
        "UPDATE twilio_subaccounts SET secondary_token_encrypted = :sealed WHERE org_id = :org_id",
        sealed=second,
    )
    await _rewrap(care, envelope_of(_rotated(settings, f"{KEYRING},{NEW_KEY}"))).rewrap()


async def test_the_rewrap_command_moves_all_secrets_to_a_kms(
    care: Care, settings: MessagingSettings, kms: Kms
) -> None:
    arn, tokens = kms.new_key(), await care.tokens()
    under_kms = _rotated(settings, KEYRING, kms_key_id=arn, aws_endpoint_url=kms.url)
    await app.rewrap(under_kms, asyncio.Event())
    sealed: Sequence[str] = await _sealed(care)
    assert all(value.startswith(f"v1.kms-{arn.rpartition('/')[2]}.") for value in sealed)
    accounts = SendingAccounts(care.tenant.database, envelope_of(under_kms))
    assert (await accounts.signing_tokens(care.account_sid))[1] == tokens
    with pytest.raises(DecryptionFailed):
        await SendingAccounts(care.tenant.database, envelope_of(settings)).open(care.tenant.org_id)
