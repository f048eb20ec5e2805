"""Decrypt the secrets of endpoints, and keep them for a minute."""

from uuid import UUID

from cachetools import TTLCache

from servicekit.crypto import DecryptionFailed
from servicekit.vault import Vault
from services.webhooks.delivery.domain.calls import Claimed
from services.webhooks.delivery.support.secrets import old_secret_ref, secret_ref

_KEPT_SECONDS = 60
_MOST = 10_000


class OpenedSecrets:
    """Decrypts secrets. Under a cloud KMS, each decryption is a request over the network."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened: TTLCache[tuple[UUID, str], str] = TTLCache(_MOST, _KEPT_SECONDS)

    async def of(self, claimed: Claimed) -> tuple[str, ...]:
        """Return the secrets that sign a call, the newest first.

        Raises:
            DecryptionFailed: The endpoint's secret can't be decrypted.
            Unavailable: The KMS can't be reached.
        """
        key = (claimed.endpoint_id, claimed.secret)
        if key not in self._opened:
            ref = secret_ref(claimed.org_id, claimed.endpoint_id)
            self._opened[key] = await self._vault.open(ref, claimed.secret)
        secret = self._opened[key]
        old = await self._old(claimed) if claimed.old_secret else None
        return (secret, old) if old else (secret,)

    async def _old(self, claimed: Claimed) -> str | None:
        """Return the secret before the last rotation. None if it can't be decrypted."""
        key = (claimed.endpoint_id, claimed.old_secret or "")
        if key not in self._opened:
            ref = old_secret_ref(claimed.org_id, claimed.endpoint_id)
            try:
                self._opened[key] = await self._vault.open(ref, claimed.old_secret)
            except DecryptionFailed:
                return None
        return self._opened[key]
