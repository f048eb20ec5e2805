"""Encrypts secrets for storage and decrypts them for use.

Each call runs in a thread, because with a cloud KMS it goes over the network.
"""

import asyncio
from dataclasses import asdict, dataclass
from uuid import UUID

from servicekit.crypto import DecryptionFailed, Envelope


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is stored. A copy of its value in another place can't be decrypted."""

    org: UUID
    table: str
    column: str
    row: UUID

    def context(self) -> dict[str, str]:
        """Return the encryption context that the secret is bound to."""
        return {name: str(value) for name, value in asdict(self).items()}


class Vault:
    """Encrypts and decrypts secrets. Each method raises ``Unavailable`` if a KMS can't be reached.

    As in ``servicekit.crypto``, "seal" means encrypt and "open" means decrypt.
    """

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    async def seal(self, ref: SecretRef, secret: str) -> str:
        """Encrypt a secret."""
        return await asyncio.to_thread(self._envelope.seal, secret, ref.context())

    async def open(self, ref: SecretRef, sealed: str | None) -> str:
        """Decrypt a secret. Raises ``DecryptionFailed``."""
        if not sealed:  # the row has lost its secret
            raise DecryptionFailed
        return await asyncio.to_thread(self._envelope.open, sealed, ref.context())

    async def rewrap(self, ref: SecretRef, sealed: str) -> str | None:
        """Return the value encrypted under the newest key. None if it already is.

        Raises ``DecryptionFailed``.
        """
        if not self._envelope.needs_rewrap(sealed):
            return None
        return await asyncio.to_thread(self._envelope.rewrap, sealed, ref.context())


def token_ref(org_id: UUID, column: str) -> SecretRef:
    """Return where an auth token of the organisation is stored. The row's id is ``org_id``."""
    return SecretRef(org_id, "twilio_subaccounts", column, org_id)


def key_ref(org_id: UUID, key_id: UUID) -> SecretRef:
    """Return where the secret of an API key is stored."""
    return SecretRef(org_id, "twilio_api_keys", "secret_encrypted", key_id)
