"""``WebhookDeliveryService``: customers see deliveries to their endpoints, and replay them."""

from datetime import UTC
from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.webhooks.delivery.domain.endpoints import Delivery
from services.webhooks.delivery.storage import deliveries
from services.webhooks.delivery.support.required import require_delivery, require_endpoint
from services.webhooks.delivery.usecases.replay_deliveries import ReplayDeliveries
from smsblaster.webhooks.v1 import deliveries_pb2, deliveries_pb2_grpc

_STATUS = deliveries_pb2.WebhookDeliveryStatus.DESCRIPTOR


class WebhookDeliveryRpc(deliveries_pb2_grpc.WebhookDeliveryServiceServicer):
    """Implements ``webhooks/v1/deliveries.proto``."""

    def __init__(self, database: Database, cursors: CursorCodec, replay: ReplayDeliveries) -> None:
        self._database = database
        self._cursors = cursors
        self._replay = replay

    async def ListWebhookDeliveries(
        self, request: deliveries_pb2.ListWebhookDeliveriesRequest, context: Context
    ) -> deliveries_pb2.ListWebhookDeliveriesResponse:
        """List the deliveries to an endpoint, newest first."""
        org_id = current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        endpoint_id, status = UUID(request.endpoint_id), _status(request.status)
        await require_endpoint(self._database, org_id, endpoint_id)
        async with self._database.org(org_id) as connection:
            rows = await deliveries.page(
                connection, org_id, (endpoint_id, status), page.rows_to_read, page.last_id
            )
        rows, next_cursor = page.split(rows)
        return deliveries_pb2.ListWebhookDeliveriesResponse(
            items=[delivery_message(row) for row in rows], next_cursor=next_cursor
        )

    async def GetWebhookDelivery(
        self, request: deliveries_pb2.GetWebhookDeliveryRequest, context: Context
    ) -> deliveries_pb2.WebhookDelivery:
        """Return a delivery with its payload."""
        org_id = current().require_org()
        return delivery_message(await require_delivery(self._database, org_id, UUID(request.id)))

    async def ReplayWebhookDelivery(
        self, request: deliveries_pb2.ReplayWebhookDeliveryRequest, context: Context
    ) -> deliveries_pb2.WebhookDelivery:
        """Deliver the event of a delivery again."""
        org_id = current().require_org()
        return delivery_message(await self._replay.replay(org_id, UUID(request.id)))

    async def ReplayWebhookDeliveries(
        self, request: deliveries_pb2.ReplayWebhookDeliveriesRequest, context: Context
    ) -> deliveries_pb2.ReplayWebhookDeliveriesResponse:
        """Deliver again all events of an endpoint since a time."""
        number, next_since = await self._replay.replay_since(
            current().require_org(),
            UUID(request.endpoint_id),
            request.since.ToDatetime(UTC),
            _status(request.status),
        )
        response = deliveries_pb2.ReplayWebhookDeliveriesResponse(replayed=number)
        if next_since:
            response.since.FromDatetime(next_since)
        return response


def delivery_message(delivery: Delivery) -> deliveries_pb2.WebhookDelivery:
    """Convert a delivery to its protobuf message."""
    return fill(deliveries_pb2.WebhookDelivery(), delivery)


def _status(status: deliveries_pb2.WebhookDeliveryStatus.ValueType) -> str | None:
    return enum_name(_STATUS, status) if status else None
