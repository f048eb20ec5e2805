"""Hearing what the service puts on the bus."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import nats.errors
from nats.aio.subscription import Subscription

from servicekit.bus.connection import Bus
from services.webhooks.tests.calls import TwilioAccount
from smsblaster.webhooks.v1 import events_pb2

SILENCE_SECONDS = 0.05
"""How long a test listens for what must not come."""


@dataclass(frozen=True)
class Heard:
    """A webhook on the bus, with the message's id."""

    id: str
    event: events_pb2.WebhookReceived


class Listener:
    """What is published on a subject from now on."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._heard: deque[Heard] = deque()

    async def next(self, timeout: float = 10) -> Heard:
        """The next webhook. Raises ``nats.errors.TimeoutError``."""
        if self._heard:
            return self._heard.popleft()
        message = await self._subscription.next_msg(timeout)
        message_id = (message.headers or {})["Nats-Msg-Id"]
        if message.subject != "webhook.twilio.status":
            return Heard(message_id, events_pb2.WebhookReceived.FromString(message.data))
        callbacks = events_pb2.WebhooksReceived.FromString(message.data).webhooks
        self._heard.extend(Heard(message_id, callback) for callback in callbacks)
        return self._heard.popleft()

    async def silence(self) -> None:
        """Wait until nothing is heard any more."""
        with suppress(nats.errors.TimeoutError):
            while True:
                await self.next(SILENCE_SECONDS)

    async def nothing_of(self, account: TwilioAccount) -> None:
        """Fail where a webhook of an account's organisation is heard within the silence."""
        with suppress(nats.errors.TimeoutError):
            while True:
                heard_now = await self.next(SILENCE_SECONDS)
                assert heard_now.event.org_id != str(account.org_id), "heard a webhook of this test"

    async def next_of(self, account: TwilioAccount) -> Heard:
        """The next webhook of an account's organisation."""
        while True:
            found = await self.next()
            if found.event.org_id == str(account.org_id):
                return found


@asynccontextmanager
async def heard(bus: Bus, subject: str) -> AsyncIterator[Listener]:
    """Listen to ``subject`` within the block."""
    subscription = await bus.client.subscribe(subject)
    await bus.client.flush()
    yield Listener(subscription)
    await subscription.unsubscribe()
