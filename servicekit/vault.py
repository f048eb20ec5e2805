"""Encrypts secrets for storage and decrypts them for use.

Each call runs in a thread, because with a cloud KMS it goes over the network.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from servicekit.crypto import DecryptionFailed, Envelope, Keyring
from servicekit.settings import KeyringSettings


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is stored. A copy of its value in another place can't be decrypted."""

    org: UUID
    table: str
    column: str
    row: UUID

    def context(self) -> dict[str, str]:
        """Return the encryption context to which the secret is bound."""
        return {name: str(value) for name, value in asdict(self).items()}


class Vault:
    """Encrypts and decrypts secrets. Each method raises ``Unavailable`` if a KMS can't be reached.

    As in ``servicekit.crypto``, "seal" means encrypt and "open" means decrypt.
    """

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    async def seal(self, ref: SecretRef, secret: str) -> str:
        """Encrypt a secret that is to be stored at ``ref``. Returns the encrypted value."""
        return await asyncio.to_thread(self._envelope.seal, secret, ref.context())

    async def open(self, ref: SecretRef, sealed: str | None) -> str:
        """Decrypt the secret that is stored at ``ref``. Raises ``DecryptionFailed``."""
        if not sealed:  # an empty value: the row has lost its secret
            raise DecryptionFailed
        return await asyncio.to_thread(self._envelope.open, sealed, ref.context())

    async def rewrap(self, ref: SecretRef, sealed: str) -> str | None:
        """Return the value encrypted under the newest key, or None if it already has that key.

        Raises ``DecryptionFailed``.
        """
        if not self._envelope.needs_rewrap(sealed):
            return None
        return await asyncio.to_thread(self._envelope.rewrap, sealed, ref.context())


def envelope_of(settings: KeyringSettings) -> Envelope:
    """Return the object that encrypts stored secrets. It uses AWS KMS if a key is configured."""
    keyring = Keyring.parse(settings.keyring.get_secret_value())
    if not settings.kms_key_id:
        return Envelope(keyring)
    # Imported here: AWS's client is large, and most installations don't use it.
    from servicekit.kms import KmsKeys

    return Envelope(KmsKeys(settings.kms_key_id, keyring, settings.aws_endpoint_url or None))


def key_ids_of(settings: KeyringSettings) -> Sequence[str]:
    """Return the ids of the keys of stored secrets. The first one encrypts, all of them decrypt."""
    ids = Keyring.parse(settings.keyring.get_secret_value()).ids
    return (settings.kms_key_id, *ids) if settings.kms_key_id else ids
