"""Fetch events without a public address."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from smsblaster import webhooks
from smsblaster.answers import answer, given
from smsblaster.errors import ApiError, may_be_done
from smsblaster.generated.api.operations import (
    create_webhook_listener,
    delete_webhook_listener,
    fetch_webhook_events,
)
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.create_webhook_listener_request import CreateWebhookListenerRequest
from smsblaster.generated.models.create_webhook_listener_request_event_types_item import (
    CreateWebhookListenerRequestEventTypesItem as EventType,
)
from smsblaster.generated.models.fetch_webhook_events_body import FetchWebhookEventsBody
from smsblaster.generated.models.fetched_webhook_event import FetchedWebhookEvent


@dataclass(frozen=True, slots=True)
class ReceivedCall:
    """An event as an endpoint would get it: verified, with the headers and the body of the call."""

    event: webhooks.Event
    headers: Mapping[str, str]
    body: bytes


class Listener:
    """A listener, which is deleted at the end of its ``with`` block.

    Attributes:
        id: The listener's id.
        secret: The secret that signs the listener's events (``whsec_...``).
    """

    def __init__(self, api: AuthenticatedClient, listener_id: UUID, secret: str) -> None:
        self._api = api
        self.id = listener_id
        self.secret = secret

    def events(
        self, *, interval: float = 1.0, on_outage: Callable[[ApiError], object] | None = None
    ) -> Iterator[ReceivedCall]:
        """Yield events as they happen, without end. Their signatures are verified.

        An event counts as received once the next one is asked for.

        Args:
            interval: Seconds between two requests while nothing happens.
            on_outage: Called with the error while the platform can't be reached or has a fault. The
                listener then goes on. By default the error is raised.

        Raises:
            VerificationError: Events are not from the platform, or a clock is wrong.
        """
        received: list[UUID] = []
        while True:
            try:
                calls = self._fetch(received)
            except ApiError as error:
                if on_outage is None or not may_be_done(error):
                    raise
                on_outage(error)
                time.sleep(max(interval, error.retry_after or 0))
                continue
            received = []
            for event_id, call in calls:
                yield call
                received.append(event_id)
            if not calls:
                time.sleep(interval)

    def close(self) -> None:
        """Delete the listener with the events that it has not received."""
        delete_webhook_listener.sync_detailed(self.id, client=self._api)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fetch(self, received: Sequence[UUID]) -> Sequence[tuple[UUID, ReceivedCall]]:
        """Return the events that wait.

        All signatures are verified at once, because they would expire if the caller took long to
        handle an event.
        """
        body = FetchWebhookEventsBody(received=[*received])
        found = answer(fetch_webhook_events.sync(self.id, client=self._api, body=body))
        return [(event.id, self._call(event)) for event in found.events]

    def _call(self, event: FetchedWebhookEvent) -> ReceivedCall:
        headers = {
            "webhook-id": str(event.id),
            "webhook-timestamp": event.timestamp,
            "webhook-signature": event.signature,
        }
        body = event.payload.encode()
        return ReceivedCall(webhooks.verify(body, headers, self.secret), headers, body)


class WebhookListeners:
    """Fetch events without a public address. The key needs the scopes ``admin`` and ``read``."""

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def create(self, *, event_types: Sequence[EventType] | None = None) -> Listener:
        """Create a listener, which gets what happens from now on.

        A listener that nobody fetches for an hour is deleted.

        Args:
            event_types: The types of events that it gets, such as ``message.delivered``. Default:
                everything.
        """
        chosen = given(None if event_types is None else [*event_types])
        body = CreateWebhookListenerRequest(event_types=chosen)
        made = answer(create_webhook_listener.sync(client=self._api, body=body))
        return Listener(self._api, made.listener.id, made.secret)
