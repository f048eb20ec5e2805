"""Create and delete listeners. Each change is audited."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.ids import new_id
from servicekit.vault import Vault
from services.webhooks.delivery.domain.listeners import Listener
from services.webhooks.delivery.domain.signatures import new_secret
from services.webhooks.delivery.storage import endpoints, listeners
from services.webhooks.delivery.support.audit import audit_listener
from services.webhooks.delivery.support.secrets import listener_secret_ref

MAX_LISTENERS = 20
"""Maximum listeners per organisation."""

_TOO_MANY = (
    f"An organisation can have {MAX_LISTENERS} webhook listeners. Delete one of them first, or "
    "wait: a listener that nobody fetches is deleted after an hour."
)


class ManageListeners:
    """Creates and deletes listeners."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def create(self, org_id: UUID, event_types: Sequence[str]) -> tuple[Listener, str]:
        """Create a listener, and return it with its secret.

        Raises:
            Conflict: too_many_webhook_listeners.
            Unavailable: The KMS can't be reached.
        """
        listener_id, secret = new_id(), new_secret()
        sealed = await self._vault.seal(listener_secret_ref(org_id, listener_id), secret)
        async with self._database.org(org_id) as connection:
            version = await endpoints.lock(connection, org_id)
            if await listeners.count(connection, org_id) >= MAX_LISTENERS:
                raise Conflict(_TOO_MANY, "too_many_webhook_listeners")
            listener = await listeners.add(connection, org_id, listener_id, event_types, sealed)
            await endpoints.announce_types(connection, org_id, version)
            await audit_listener(connection, "webhook_listener_created", listener_id)
        return listener, secret

    async def delete(self, org_id: UUID, listener_id: UUID) -> None:
        """Delete a listener. A job deletes the events that wait for it.

        Raises:
            NotFound, CrossOrgAccess: The organisation doesn't have the listener.
        """
        async with self._database.org(org_id) as connection:
            version = await endpoints.lock(connection, org_id)
            if await listeners.remove(connection, org_id, listener_id):
                await endpoints.announce_types(connection, org_id, version)
                await audit_listener(connection, "webhook_listener_deleted", listener_id)
                return
        raise await listeners.not_found(self._database, org_id, listener_id)
