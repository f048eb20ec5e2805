"""Secrets of rows, sealed for storage and opened for use.

Off the event loop: where a cloud's KMS holds the keys, it is asked over the network.
"""

import asyncio
from dataclasses import asdict, dataclass
from uuid import UUID

from servicekit.crypto import DecryptionFailed, Envelope


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret lives. A value that is copied to another place can't be opened there."""

    org: UUID
    table: str
    column: str
    row: UUID

    def context(self) -> dict[str, str]:
        """What the secret is bound to."""
        return {name: str(value) for name, value in asdict(self).items()}


class Vault:
    """Seals and opens secrets."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    async def seal(self, place: Place, secret: str) -> str:
        """``secret`` encrypted for ``place``. Raises ``Unavailable`` where a KMS is away."""
        return await asyncio.to_thread(self._envelope.seal, secret, place.context())

    async def open(self, place: Place, sealed: str | None) -> str:
        """The secret. Raises ``DecryptionFailed``, and ``Unavailable`` where a KMS is away."""
        if not sealed:  # a row that lost its secret can't be opened either
            raise DecryptionFailed
        return await asyncio.to_thread(self._envelope.open, sealed, place.context())

    async def rewrap(self, place: Place, sealed: str) -> str | None:
        """``sealed`` under the newest key; None where it is so already. Raises as :meth:`open`."""
        if not self._envelope.needs_rewrap(sealed):
            return None
        return await asyncio.to_thread(self._envelope.rewrap, sealed, place.context())


def token_place(org_id: UUID, column: str) -> Place:
    """Where a token of the organisation's account lives; the row's id is the organisation's."""
    return Place(org_id, "twilio_subaccounts", column, org_id)


def key_place(org_id: UUID, key_id: UUID) -> Place:
    """Where the secret of an API key lives."""
    return Place(org_id, "twilio_api_keys", "secret_encrypted", key_id)
