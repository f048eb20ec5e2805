"""Replace the secret that signs the calls of an endpoint."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.vault import Vault
from services.webhooks.delivery.domain.endpoints import Endpoint
from services.webhooks.delivery.domain.signatures import new_secret
from services.webhooks.delivery.storage import endpoints
from services.webhooks.delivery.storage.endpoints import Rotation
from services.webhooks.delivery.support.audit import audit
from services.webhooks.delivery.support.secrets import old_secret_ref, secret_ref

_AT_ONCE = "Another request is replacing this secret. Try again."


class RotateSecret:
    """Replaces secrets of endpoints.

    Calls are signed with the old secret too for as long as the customer chooses.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def rotate(self, org_id: UUID, endpoint_id: UUID, overlap: int) -> tuple[Endpoint, str]:
        """Replace the secret of an endpoint, and return the endpoint with the new secret.

        Args:
            org_id: The organisation.
            endpoint_id: The endpoint.
            overlap: Seconds for which calls are signed with the old secret too.

        Raises:
            NotFound, CrossOrgAccess: The organisation doesn't have the endpoint.
            Conflict: secret_changed: another request has replaced the secret at the same time.
            Unavailable: The KMS can't be reached.
        """
        async with self._database.org(org_id) as connection:
            was = await endpoints.secret_of(connection, org_id, endpoint_id)
        if was is None:
            raise await endpoints.not_found(self._database, org_id, endpoint_id)
        secret = new_secret()
        rotation = Rotation(
            was,
            await self._vault.seal(secret_ref(org_id, endpoint_id), secret),
            await self._as_old(org_id, endpoint_id, was) if overlap else None,
            overlap,
        )
        async with self._database.org(org_id) as connection:
            endpoint = await endpoints.rotate_secret(connection, org_id, endpoint_id, rotation)
            if endpoint is None:
                raise Conflict(_AT_ONCE, "secret_changed")
            await audit(connection, "webhook_secret_rotated", endpoint_id, overlap_seconds=overlap)
        return endpoint, secret

    async def _as_old(self, org_id: UUID, endpoint_id: UUID, sealed: str) -> str:
        opened = await self._vault.open(secret_ref(org_id, endpoint_id), sealed)
        return await self._vault.seal(old_secret_ref(org_id, endpoint_id), opened)
