"""Create, change, enable, disable and delete endpoints. Each change is audited."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import Conflict
from servicekit.ids import new_id
from servicekit.vault import Vault
from services.webhooks.delivery.domain.addresses import require_url
from services.webhooks.delivery.domain.endpoints import (
    DisabledReason,
    Endpoint,
    EndpointChanges,
    EndpointSettings,
)
from services.webhooks.delivery.domain.signatures import new_secret
from services.webhooks.delivery.storage import endpoints
from services.webhooks.delivery.support.audit import audit
from services.webhooks.delivery.support.secrets import secret_ref

MAX_ENDPOINTS = 20
"""Maximum endpoints per organisation."""

_TOO_MANY = f"An organisation can have {MAX_ENDPOINTS} webhook endpoints. Delete one of them first."


class ManageEndpoints:
    """Creates, changes and deletes webhook endpoints.

    Args:
        database: The service's database.
        vault: Encrypts the secrets.
        allow_loopback: Whether this computer's own IP addresses are allowed, for development.
    """

    def __init__(self, database: Database, vault: Vault, *, allow_loopback: bool) -> None:
        self._database = database
        self._vault = vault
        self._allow_loopback = allow_loopback

    async def create(self, org_id: UUID, wanted: EndpointSettings) -> tuple[Endpoint, str]:
        """Create an endpoint, and return it with its secret.

        Raises:
            InvalidInput: The URL is not allowed.
            Conflict: too_many_webhook_endpoints.
            Unavailable: The KMS can't be reached.
        """
        settings = EndpointSettings(
            require_url(wanted.url, allow_loopback=self._allow_loopback),
            wanted.description.strip(),
            wanted.event_types,
            wanted.max_per_second,
        )
        endpoint_id, secret = new_id(), new_secret()
        sealed = await self._vault.seal(secret_ref(org_id, endpoint_id), secret)
        async with self._database.org(org_id) as connection:
            version = await endpoints.lock(connection, org_id)
            if await endpoints.count(connection, org_id) >= MAX_ENDPOINTS:
                raise Conflict(_TOO_MANY, "too_many_webhook_endpoints")
            endpoint = await endpoints.add(connection, org_id, endpoint_id, settings, sealed)
            await endpoints.announce_types(connection, org_id, version)
            await audit(connection, "webhook_endpoint_created", endpoint_id, url=endpoint.url)
        return endpoint, secret

    async def change(
        self,
        org_id: UUID,
        endpoint_id: UUID,
        wanted: EndpointChanges,
        if_version: int | None = None,
    ) -> Endpoint:
        """Change an endpoint and return it.

        Raises:
            InvalidInput: The URL is not allowed.
            NotFound, CrossOrgAccess: The organisation doesn't have the endpoint.
            PreconditionFailed: Somebody has changed the endpoint since its version `if_version`.
        """
        changes = wanted
        if wanted.url is not None:
            changes = wanted.at(require_url(wanted.url, allow_loopback=self._allow_loopback))
        async with self._database.org(org_id) as connection:
            version = await endpoints.lock(connection, org_id)
            endpoint = await endpoints.find(connection, org_id, endpoint_id)
            if endpoint is not None:
                require_version(endpoint.versions, if_version)
                endpoint = await endpoints.change(connection, org_id, endpoint_id, changes)
            if endpoint is not None:
                await endpoints.announce_types(connection, org_id, version)
                await audit(connection, "webhook_endpoint_changed", endpoint_id, url=endpoint.url)
                return endpoint
        raise await endpoints.not_found(self._database, org_id, endpoint_id)

    async def enable(self, org_id: UUID, endpoint_id: UUID) -> Endpoint:
        """Enable an endpoint and return it. Idempotent. Raises the same errors as `change`."""
        async with self._database.org(org_id) as connection:
            version = await endpoints.lock(connection, org_id)
            found = await endpoints.find(connection, org_id, endpoint_id)
            if found is not None and not found.enabled:
                found = await endpoints.enable(connection, org_id, endpoint_id)
                await endpoints.announce_types(connection, org_id, version)
                await audit(connection, "webhook_endpoint_enabled", endpoint_id)
        return found or await self._refuse(org_id, endpoint_id)

    async def disable(self, org_id: UUID, endpoint_id: UUID) -> Endpoint:
        """Disable an endpoint and return it. Idempotent. Raises the same errors as `change`."""
        async with self._database.org(org_id) as connection:
            version = await endpoints.lock(connection, org_id)
            found = await endpoints.find(connection, org_id, endpoint_id)
            if found is not None and found.enabled:
                reason = DisabledReason.BY_USER
                found = await endpoints.disable(connection, org_id, endpoint_id, reason)
                await endpoints.announce_types(connection, org_id, version)
                await audit(connection, "webhook_endpoint_disabled", endpoint_id)
        return found or await self._refuse(org_id, endpoint_id)

    async def delete(self, org_id: UUID, endpoint_id: UUID) -> None:
        """Delete an endpoint. Raises the same errors as `change`."""
        async with self._database.org(org_id) as connection:
            version = await endpoints.lock(connection, org_id)
            if await endpoints.delete(connection, org_id, endpoint_id):
                await endpoints.announce_types(connection, org_id, version)
                await audit(connection, "webhook_endpoint_deleted", endpoint_id)
                return
        await self._refuse(org_id, endpoint_id)

    async def _refuse(self, org_id: UUID, endpoint_id: UUID) -> Endpoint:
        raise await endpoints.not_found(self._database, org_id, endpoint_id)
