"""Decrypt the secrets of endpoints, and cache them for a minute."""

from cachetools import TTLCache

from servicekit.crypto import DecryptionFailed
from servicekit.vault import SecretRef, Vault
from services.webhooks.delivery.domain.calls import Claimed
from services.webhooks.delivery.support.secrets import old_secret_ref, secret_ref

_KEPT_SECONDS = 60
_MOST = 10_000


class OpenedSecrets:
    """Decrypts secrets and caches them. With a cloud KMS, each decryption is a network request."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened: TTLCache[tuple[SecretRef, str], str] = TTLCache(_MOST, _KEPT_SECONDS)

    async def of(self, claimed: Claimed) -> tuple[str, ...]:
        """Return the secrets with which to sign a claimed call, the newest first.

        Raises:
            DecryptionFailed: The endpoint's secret can't be decrypted.
            Unavailable: The KMS can't be reached.
        """
        org_id, endpoint_id = claimed.org_id, claimed.endpoint_id
        secret = await self._open(secret_ref(org_id, endpoint_id), claimed.secret)
        if not claimed.old_secret:
            return (secret,)
        try:
            old = await self._open(old_secret_ref(org_id, endpoint_id), claimed.old_secret)
        except DecryptionFailed:
            return (secret,)  # it would only have signed too
        return (secret, old)

    async def _open(self, ref: SecretRef, sealed: str) -> str:
        key = (ref, sealed)
        opened = self._opened.get(key)
        if opened is None:
            opened = self._opened[key] = await self._vault.open(ref, sealed)
        return opened
