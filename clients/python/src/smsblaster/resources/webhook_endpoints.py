"""The addresses on your servers that the platform calls."""

from collections.abc import Iterator, Sequence

from smsblaster.answers import PAGE, Id, answer, given, id_of, pages
from smsblaster.generated.api.operations import (
    create_webhook_endpoint,
    delete_webhook_endpoint,
    list_webhook_deliveries,
    list_webhook_endpoints,
    test_webhook_endpoint,
)
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.create_webhook_endpoint_request import CreateWebhookEndpointRequest
from smsblaster.generated.models.create_webhook_endpoint_request_event_types_item import (
    CreateWebhookEndpointRequestEventTypesItem as EventType,
)
from smsblaster.generated.models.created_webhook_endpoint import CreatedWebhookEndpoint
from smsblaster.generated.models.webhook_delivery import WebhookDelivery
from smsblaster.generated.models.webhook_endpoint import WebhookEndpoint


class WebhookEndpoints:
    """The addresses on your servers that the platform calls. Changes need the scope ``admin``."""

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def create(
        self,
        url: str,
        *,
        event_types: Sequence[EventType] | None = None,
        description: str | None = None,
    ) -> CreatedWebhookEndpoint:
        """Create an endpoint. The response has its secret, which is shown only once.

        Args:
            url: The address on your server.
            event_types: The types of events that it gets, such as ``message.delivered``. Default:
                everything.
            description: What the endpoint is for.
        """
        body = CreateWebhookEndpointRequest(
            url=url,
            event_types=given(None if event_types is None else [*event_types]),
            description=given(description),
        )
        return answer(create_webhook_endpoint.sync(client=self._api, body=body))

    def list(self) -> Iterator[WebhookEndpoint]:
        """Yield endpoints."""
        return pages(
            lambda cursor: answer(
                list_webhook_endpoints.sync(client=self._api, limit=PAGE, cursor=cursor)
            )
        )

    def delete(self, endpoint_id: Id) -> None:
        """Delete an endpoint."""
        delete_webhook_endpoint.sync_detailed(id_of(endpoint_id), client=self._api)

    def test(self, endpoint_id: Id) -> WebhookDelivery:
        """Let the platform call an endpoint with a test event."""
        return answer(test_webhook_endpoint.sync(id_of(endpoint_id), client=self._api))

    def deliveries(self, endpoint_id: Id) -> Iterator[WebhookDelivery]:
        """Yield the calls of the last 30 days, with your server's responses."""
        return pages(
            lambda cursor: answer(
                list_webhook_deliveries.sync(
                    id_of(endpoint_id), client=self._api, limit=PAGE, cursor=cursor
                )
            )
        )
