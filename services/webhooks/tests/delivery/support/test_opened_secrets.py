"""The secrets of endpoints are decrypted for their calls, and cached for a minute."""

from dataclasses import replace
from uuid import uuid4

import pytest

from servicekit.crypto import DecryptionFailed
from servicekit.vault import SecretRef, Vault, envelope_of
from services.webhooks.delivery.domain.calls import Claimed
from services.webhooks.delivery.support import opened_secrets
from services.webhooks.delivery.support.opened_secrets import OpenedSecrets
from services.webhooks.delivery.support.secrets import old_secret_ref, secret_ref
from services.webhooks.settings import WebhooksSettings

_ORG, _ENDPOINT = uuid4(), uuid4()


class CountingVault(Vault):
    """A vault that counts how many secrets it decrypts."""

    opened = 0

    async def open(self, ref: SecretRef, sealed: str | None) -> str:
        self.opened += 1
        return await super().open(ref, sealed)


@pytest.fixture
def vault(settings: WebhooksSettings) -> CountingVault:
    return CountingVault(envelope_of(settings))


@pytest.fixture
async def claimed(vault: CountingVault) -> Claimed:
    secret = await vault.seal(secret_ref(_ORG, _ENDPOINT), "new")
    old = await vault.seal(old_secret_ref(_ORG, _ENDPOINT), "old")
    return Claimed(uuid4(), _ORG, _ENDPOINT, uuid4(), 1, 1, "{}", "", None, secret, old)


async def test_a_secret_is_decrypted_only_once_while_it_is_cached(
    vault: CountingVault, claimed: Claimed
) -> None:
    secrets = OpenedSecrets(vault)
    assert [await secrets.of(claimed) for _ in range(3)] == [("new", "old")] * 3
    assert vault.opened == 2


async def test_calls_are_signed_with_one_secret_if_none_is_being_replaced(
    vault: CountingVault, claimed: Claimed
) -> None:
    assert await OpenedSecrets(vault).of(replace(claimed, old_secret=None)) == ("new",)


async def test_calls_are_signed_without_an_old_secret_that_cannot_be_decrypted(
    vault: CountingVault, claimed: Claimed
) -> None:
    assert await OpenedSecrets(vault).of(replace(claimed, old_secret=claimed.secret)) == ("new",)
    with pytest.raises(DecryptionFailed):
        await OpenedSecrets(vault).of(replace(claimed, secret=claimed.old_secret or ""))


async def test_a_secret_that_is_no_longer_cached_is_decrypted_again(
    vault: CountingVault, claimed: Claimed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened_secrets, "_KEPT_SECONDS", 0)
    secrets = OpenedSecrets(vault)
    assert [await secrets.of(claimed) for _ in range(2)] == [("new", "old")] * 2
    assert vault.opened == 4
