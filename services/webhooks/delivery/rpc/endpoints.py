"""``WebhookEndpointService``: customers manage their webhook endpoints."""

from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.webhooks.delivery.domain.endpoints import (
    Endpoint,
    EndpointChanges,
    EndpointSettings,
)
from services.webhooks.delivery.rpc.deliveries import delivery_message
from services.webhooks.delivery.storage import endpoints
from services.webhooks.delivery.support.required import require_endpoint
from services.webhooks.delivery.usecases.manage_endpoints import ManageEndpoints
from services.webhooks.delivery.usecases.replay_deliveries import ReplayDeliveries
from services.webhooks.delivery.usecases.rotate_secret import RotateSecret
from smsblaster.webhooks.v1 import deliveries_pb2, endpoints_pb2, endpoints_pb2_grpc

_OVERLAP_SECONDS = 86_400


class WebhookEndpointRpc(endpoints_pb2_grpc.WebhookEndpointServiceServicer):
    """Implements ``webhooks/v1/endpoints.proto``."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        manage: ManageEndpoints,
        rotate: RotateSecret,
        replay: ReplayDeliveries,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._manage = manage
        self._rotate = rotate
        self._replay = replay

    async def CreateWebhookEndpoint(
        self, request: endpoints_pb2.CreateWebhookEndpointRequest, context: Context
    ) -> endpoints_pb2.CreatedWebhookEndpoint:
        """Create an endpoint, and return it with its secret."""
        limit = request.max_per_second if request.HasField("max_per_second") else None
        wanted = EndpointSettings(
            request.url, request.description, sorted(request.event_types), limit
        )
        endpoint, secret = await self._manage.create(current().require_org(), wanted)
        return endpoints_pb2.CreatedWebhookEndpoint(endpoint=_message(endpoint), secret=secret)

    async def ListWebhookEndpoints(
        self, request: endpoints_pb2.ListWebhookEndpointsRequest, context: Context
    ) -> endpoints_pb2.ListWebhookEndpointsResponse:
        """List the organisation's endpoints, newest first."""
        org_id = current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await endpoints.page(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return endpoints_pb2.ListWebhookEndpointsResponse(
            items=[_message(row) for row in rows], next_cursor=next_cursor
        )

    async def GetWebhookEndpoint(
        self, request: endpoints_pb2.GetWebhookEndpointRequest, context: Context
    ) -> endpoints_pb2.WebhookEndpoint:
        """Return an endpoint of the organisation."""
        org_id = current().require_org()
        return _message(await require_endpoint(self._database, org_id, UUID(request.id)))

    async def UpdateWebhookEndpoint(
        self, request: endpoints_pb2.UpdateWebhookEndpointRequest, context: Context
    ) -> endpoints_pb2.WebhookEndpoint:
        """Change the settings of an endpoint that are in the request."""
        types = sorted(request.event_types.values) if request.HasField("event_types") else None
        changes = EndpointChanges(
            url=request.url if request.HasField("url") else None,
            description=request.description.strip() if request.HasField("description") else None,
            event_types=types,
            max_per_second=request.max_per_second if request.HasField("max_per_second") else None,
            unlimited="maxPerSecond" in request.cleared,
        )
        org_id = current().require_org()
        if_version = request.if_version if request.HasField("if_version") else None
        endpoint_id = UUID(request.id)
        return _message(await self._manage.change(org_id, endpoint_id, changes, if_version))

    async def DeleteWebhookEndpoint(
        self, request: endpoints_pb2.DeleteWebhookEndpointRequest, context: Context
    ) -> endpoints_pb2.DeleteWebhookEndpointResponse:
        """Delete an endpoint, so that the platform never calls it again."""
        await self._manage.delete(current().require_org(), UUID(request.id))
        return endpoints_pb2.DeleteWebhookEndpointResponse()

    async def TestWebhookEndpoint(
        self, request: endpoints_pb2.TestWebhookEndpointRequest, context: Context
    ) -> deliveries_pb2.WebhookDelivery:
        """Send a test event to an endpoint."""
        return delivery_message(await self._replay.test(current().require_org(), UUID(request.id)))

    async def RotateWebhookSecret(
        self, request: endpoints_pb2.RotateWebhookSecretRequest, context: Context
    ) -> endpoints_pb2.CreatedWebhookEndpoint:
        """Replace the secret of an endpoint, and return the endpoint with the new secret."""
        given = request.HasField("overlap_seconds")
        overlap = request.overlap_seconds if given else _OVERLAP_SECONDS
        org_id = current().require_org()
        endpoint, secret = await self._rotate.rotate(org_id, UUID(request.id), overlap)
        return endpoints_pb2.CreatedWebhookEndpoint(endpoint=_message(endpoint), secret=secret)

    async def EnableWebhookEndpoint(
        self, request: endpoints_pb2.EnableWebhookEndpointRequest, context: Context
    ) -> endpoints_pb2.WebhookEndpoint:
        """Enable an endpoint, so that the platform calls it again."""
        return _message(await self._manage.enable(current().require_org(), UUID(request.id)))

    async def DisableWebhookEndpoint(
        self, request: endpoints_pb2.DisableWebhookEndpointRequest, context: Context
    ) -> endpoints_pb2.WebhookEndpoint:
        """Disable an endpoint: the platform does not call it until it is enabled."""
        return _message(await self._manage.disable(current().require_org(), UUID(request.id)))


def _message(endpoint: Endpoint) -> endpoints_pb2.WebhookEndpoint:
    return fill(endpoints_pb2.WebhookEndpoint(), endpoint)
