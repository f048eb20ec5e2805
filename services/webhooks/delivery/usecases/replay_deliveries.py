"""Deliver events again, and send test events to endpoints."""

from datetime import UTC, datetime
from uuid import UUID

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.webhooks.delivery.domain.endpoints import Delivery
from services.webhooks.delivery.domain.event_types import TEST
from services.webhooks.delivery.domain.payloads import Event, payload_of
from services.webhooks.delivery.storage import deliveries, endpoints
from services.webhooks.delivery.storage.deliveries import NewEvent
from services.webhooks.delivery.support.audit import audit
from services.webhooks.delivery.support.required import require_delivery, require_enabled

_AT_ONCE = 10_000
_HELLO = "Your endpoint works. This event was sent to test it."


class ReplayDeliveries:
    """Makes deliveries due now. The delivery process makes their calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def test(self, org_id: UUID, endpoint_id: UUID) -> Delivery:
        """Send a test event to an endpoint, and return the delivery, whose call is not made yet.

        Raises:
            NotFound, CrossOrgAccess: The organisation doesn't have the endpoint.
            Conflict: webhook_endpoint_disabled.
        """
        await require_enabled(self._database, org_id, endpoint_id)
        event_id, now = new_id(), datetime.now(UTC)
        payload = payload_of(Event(event_id, org_id, TEST, now, {"message": _HELLO}))
        event = NewEvent(event_id, org_id, TEST, now, payload)
        async with self._database.org(org_id) as connection:
            delivery_id = await deliveries.add_for(connection, endpoint_id, event)
            await endpoints.call_now(connection, org_id, endpoint_id)
        return await require_delivery(self._database, org_id, delivery_id)

    async def replay(self, org_id: UUID, delivery_id: UUID) -> Delivery:
        """Deliver the event of a delivery again. Returns the delivery, whose call is not made yet.

        Raises:
            NotFound, CrossOrgAccess: The organisation doesn't have the delivery.
            Conflict: webhook_endpoint_disabled.
        """
        found = await require_delivery(self._database, org_id, delivery_id)
        await require_enabled(self._database, org_id, found.endpoint_id)
        async with self._database.org(org_id) as connection:
            await deliveries.replay(connection, org_id, delivery_id)
            await endpoints.call_now(connection, org_id, found.endpoint_id)
            await audit(
                connection, "webhook_replayed", found.endpoint_id, delivery=str(delivery_id)
            )
        return await require_delivery(self._database, org_id, delivery_id)

    async def replay_since(
        self, org_id: UUID, endpoint_id: UUID, since: datetime, status: str | None
    ) -> tuple[int, datetime | None]:
        """Deliver an endpoint's events since a time again, up to 10,000 of them.

        Returns:
            How many are delivered again. If there are more, also the time from which to replay the
            next ones.

        Raises:
            NotFound, CrossOrgAccess: The organisation doesn't have the endpoint.
            Conflict: webhook_endpoint_disabled.
        """
        await require_enabled(self._database, org_id, endpoint_id)
        async with self._database.org(org_id) as connection:
            wanted = (endpoint_id, status)
            made = await deliveries.replay_since(connection, org_id, wanted, since, _AT_ONCE)
            await endpoints.call_now(connection, org_id, endpoint_id)
            when = since.isoformat()
            await audit(connection, "webhooks_replayed", endpoint_id, since=when, count=made[0])
        return made
