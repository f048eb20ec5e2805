"""Give a listener the events that it has not received yet."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from servicekit.db.database import Database
from servicekit.vault import Vault
from services.webhooks.delivery.domain.listeners import FetchedEvent, WaitingEvent
from services.webhooks.delivery.domain.signatures import signed_headers
from services.webhooks.delivery.storage import listeners
from services.webhooks.delivery.support.secrets import listener_secret_ref

_MOST = 100


class FetchEvents:
    """Gives listeners their events, signed as a call to an endpoint is."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def fetch(
        self, org_id: UUID, listener_id: UUID, received: Sequence[UUID]
    ) -> Sequence[FetchedEvent]:
        """Delete what a listener has received, and return the oldest events that it has not.

        Raises:
            NotFound, CrossOrgAccess: The organisation doesn't have the listener.
            DecryptionFailed: The listener's secret can't be decrypted.
            Unavailable: The KMS can't be reached.
        """
        async with self._database.org(org_id) as connection:
            listener = await listeners.keep(connection, org_id, listener_id)
            if listener is not None:
                await listeners.delete_received(connection, org_id, listener_id, received)
                waiting = await listeners.waiting(connection, org_id, listener_id, _MOST)
        if listener is None:
            raise await listeners.not_found(self._database, org_id, listener_id)
        if not waiting:
            return []
        ref = listener_secret_ref(org_id, listener_id)
        secret, now = await self._vault.open(ref, listener.secret), datetime.now(UTC)
        return [_signed(event, secret, now) for event in waiting]


def _signed(event: WaitingEvent, secret: str, now: datetime) -> FetchedEvent:
    headers = signed_headers([secret], str(event.id), now, event.payload.encode())
    return FetchedEvent(
        event.id,
        event.type,
        headers["webhook-timestamp"],
        headers["webhook-signature"],
        event.payload,
    )
