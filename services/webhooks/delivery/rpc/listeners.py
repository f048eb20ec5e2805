"""``WebhookListenerService``: programs of customers fetch events themselves."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.webhooks.delivery.domain.listeners import Listener
from services.webhooks.delivery.storage import listeners
from services.webhooks.delivery.usecases.fetch_events import FetchEvents
from services.webhooks.delivery.usecases.manage_listeners import ManageListeners
from smsblaster.webhooks.v1 import listeners_pb2, listeners_pb2_grpc


class WebhookListenerRpc(listeners_pb2_grpc.WebhookListenerServiceServicer):
    """Implements ``webhooks/v1/listeners.proto``."""

    def __init__(self, database: Database, manage: ManageListeners, fetch: FetchEvents) -> None:
        self._database = database
        self._manage = manage
        self._fetch = fetch

    async def CreateWebhookListener(
        self, request: listeners_pb2.CreateWebhookListenerRequest, context: Context
    ) -> listeners_pb2.CreatedWebhookListener:
        """Create a listener, and return it with its secret."""
        types = sorted(request.event_types)
        listener, secret = await self._manage.create(current().require_org(), types)
        return listeners_pb2.CreatedWebhookListener(listener=_message(listener), secret=secret)

    async def ListWebhookListeners(
        self, request: listeners_pb2.ListWebhookListenersRequest, context: Context
    ) -> listeners_pb2.ListWebhookListenersResponse:
        """List the organisation's listeners, newest first."""
        org_id = current().require_org()
        async with self._database.org(org_id) as connection:
            found = await listeners.of_org(connection, org_id)
        return listeners_pb2.ListWebhookListenersResponse(items=[_message(each) for each in found])

    async def GetWebhookListener(
        self, request: listeners_pb2.GetWebhookListenerRequest, context: Context
    ) -> listeners_pb2.WebhookListener:
        """Return a listener of the organisation."""
        org_id, listener_id = current().require_org(), UUID(request.id)
        async with self._database.org(org_id) as connection:
            found = await listeners.find(connection, org_id, listener_id)
        if found is None:
            raise await listeners.not_found(self._database, org_id, listener_id)
        return _message(found)

    async def FetchWebhookEvents(
        self, request: listeners_pb2.FetchWebhookEventsRequest, context: Context
    ) -> listeners_pb2.FetchWebhookEventsResponse:
        """Return the events that a listener has not received yet."""
        received = [UUID(each) for each in request.received]
        events = await self._fetch.fetch(current().require_org(), UUID(request.id), received)
        return listeners_pb2.FetchWebhookEventsResponse(
            events=[fill(listeners_pb2.FetchedWebhookEvent(), event) for event in events]
        )

    async def DeleteWebhookListener(
        self, request: listeners_pb2.DeleteWebhookListenerRequest, context: Context
    ) -> listeners_pb2.DeleteWebhookListenerResponse:
        """Delete a listener."""
        await self._manage.delete(current().require_org(), UUID(request.id))
        return listeners_pb2.DeleteWebhookListenerResponse()


def _message(listener: Listener) -> listeners_pb2.WebhookListener:
    return fill(listeners_pb2.WebhookListener(), listener)
