"""Load the endpoint or delivery with an id, and refuse ids of other organisations."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.webhooks.delivery.domain.endpoints import Delivery, Endpoint
from services.webhooks.delivery.storage import deliveries, endpoints

_DISABLED = "This endpoint is disabled. Enable it first."


async def require_endpoint(database: Database, org_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Return an endpoint.

    Raises:
        NotFound: The endpoint does not exist.
        CrossOrgAccess: The endpoint belongs to another organisation.
    """
    async with database.org(org_id) as connection:
        found = await endpoints.find(connection, org_id, endpoint_id)
    if found is None:
        raise await endpoints.not_found(database, org_id, endpoint_id)
    return found


async def require_enabled(database: Database, org_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Return an endpoint that is enabled.

    Raises:
        NotFound: The endpoint does not exist.
        CrossOrgAccess: The endpoint belongs to another organisation.
        Conflict: webhook_endpoint_disabled.
    """
    found = await require_endpoint(database, org_id, endpoint_id)
    if not found.enabled:
        raise Conflict(_DISABLED, "webhook_endpoint_disabled")
    return found


async def require_delivery(database: Database, org_id: UUID, delivery_id: UUID) -> Delivery:
    """Return a delivery with its payload.

    Raises:
        NotFound: The delivery does not exist.
        CrossOrgAccess: The delivery belongs to another organisation.
    """
    async with database.org(org_id) as connection:
        found = await deliveries.find(connection, org_id, delivery_id)
    if found is None:
        raise await deliveries.not_found(database, org_id, delivery_id)
    return found
