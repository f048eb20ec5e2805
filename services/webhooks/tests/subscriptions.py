"""Receive the webhooks that the service publishes on the bus."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import nats.errors
from nats.aio.subscription import Subscription

from servicekit.bus.connection import Bus
from servicekit.telemetry.tracing import HEADER
from services.webhooks.tests.calls import TwilioAccount
from smsblaster.webhooks.v1 import events_pb2

SILENCE_SECONDS = 0.05
"""Seconds for which a test waits for a message that must not come."""


@dataclass(frozen=True)
class Published:
    """A published webhook with the id and the trace of its bus message."""

    id: str
    event: events_pb2.WebhookReceived
    traceparent: str | None


class Subscriber:
    """Receives the webhooks that are published on a subject from now on."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._received: deque[Published] = deque()

    async def next(self, timeout: float = 60) -> Published:
        """Return the next webhook. Raises ``nats.errors.TimeoutError``."""
        if self._received:
            return self._received.popleft()
        message = await self._subscription.next_msg(timeout)
        headers = message.headers or {}
        message_id, trace = headers["Nats-Msg-Id"], headers.get(HEADER)
        if message.subject != "webhook.twilio.status":
            event = events_pb2.WebhookReceived.FromString(message.data)
            return Published(message_id, event, trace)
        callbacks = events_pb2.WebhooksReceived.FromString(message.data).webhooks
        self._received.extend(Published(message_id, callback, trace) for callback in callbacks)
        return self._received.popleft()

    async def silence(self) -> None:
        """Wait until no webhook has arrived for a while."""
        with suppress(nats.errors.TimeoutError):
            while True:
                await self.next(SILENCE_SECONDS)

    async def nothing_of(self, account: TwilioAccount) -> None:
        """Check that no webhook for the organisation of `account` arrives.

        It waits for a silence. Webhooks for other organisations are ignored.
        """
        with suppress(nats.errors.TimeoutError):
            while True:
                published = await self.next(SILENCE_SECONDS)
                assert published.event.org_id != str(account.org_id), "a webhook was published"

    async def next_of(self, account: TwilioAccount) -> Published:
        """Return the next webhook of an account's organisation."""
        while True:
            published = await self.next()
            if published.event.org_id == str(account.org_id):
                return published


@asynccontextmanager
async def subscribed(bus: Bus, subject: str) -> AsyncIterator[Subscriber]:
    """Subscribe to `subject` until the ``with`` block ends."""
    subscription = await bus.client.subscribe(subject)
    await bus.client.flush()
    yield Subscriber(subscription)
    await subscription.unsubscribe()
