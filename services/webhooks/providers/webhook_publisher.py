"""Publish webhooks on the bus for their consumers."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from uuid import UUID

from google.protobuf.message import Message

from servicekit.bus import subjects
from servicekit.bus.connection import BUS_ERRORS, Bus, BusMessage
from servicekit.bus.consumer import Incoming
from servicekit.errors import Unavailable
from servicekit.ids import new_id, parse_id
from servicekit.telemetry.tracing import HEADER
from services.webhooks.domain.forms import fields_of
from services.webhooks.domain.webhook import SUBJECTS, Source, Webhook
from smsblaster.webhooks.v1 import events_pb2

_SPOOL_SECONDS = 3.0
_GROUP = 50
_GROUP_BYTES = 256 * 1024


class WebhookPublisher:
    """Publishes webhooks on the bus.

    Every method raises `Unavailable` while it can't be reached.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def require_connection(self) -> None:
        """Raise `Unavailable` while the bus can't be reached."""
        if not self._bus.is_connected:
            raise Unavailable("The bus can't be reached.")

    async def publish(self, webhooks: Sequence[Webhook]) -> None:
        """Publish webhooks for their consumers, status callbacks in groups."""
        callbacks = [w for w in webhooks if w.source is Source.TWILIO_STATUS]
        others = [w for w in webhooks if w.source is not Source.TWILIO_STATUS]
        await self.publish_messages(
            [*map(message_of, others), *map(_group_message, _groups(callbacks))]
        )

    async def publish_each(self, webhooks: Sequence[Webhook]) -> None:
        """Publish each webhook in a message of its own, with the webhook's id.

        The bus drops recent duplicates; older ones are dropped by the consumer's inbox.
        """
        await self.publish_messages([message_of(webhook) for webhook in webhooks])

    async def spool(self, webhooks: Sequence[Webhook]) -> None:
        """Store webhooks on the bus until they can be written to the log.

        Returns once they are stored.
        """
        try:
            async with asyncio.timeout(_SPOOL_SECONDS):
                await self.publish_messages([_spooled(webhook) for webhook in webhooks])
        except TimeoutError:
            raise Unavailable("The bus does not answer.") from None

    async def publish_messages(self, messages: list[BusMessage]) -> None:
        """Publish messages, and return when all are stored."""
        self.require_connection()
        try:
            await self._bus.publish(messages)
        except BUS_ERRORS as error:
            raise Unavailable("The bus does not answer.") from error


def message_of(webhook: Webhook) -> BusMessage:
    """Return the bus message that carries only `webhook`."""
    event: Message = _event(webhook)
    if webhook.source is Source.TWILIO_STATUS:
        event = events_pb2.WebhooksReceived(webhooks=[_event(webhook)])
    headers = {HEADER: webhook.traceparent}
    return BusMessage(SUBJECTS[webhook.source], str(webhook.id), event.SerializeToString(), headers)


def read_spooled(message: Incoming) -> Webhook:
    """Return the webhook that was stored on the bus as `message`."""
    source, _, external_id = message.id.partition(":")
    event = events_pb2.WebhookReceived.FromString(message.payload)
    return Webhook(
        source=Source(source),
        external_id=external_id,
        payload=event.body,
        signature="",
        org_id=parse_id(event.org_id),
        message_id=parse_id(event.message_id),
        id=UUID(event.id),
        received_at=event.received_at.ToDatetime(UTC),
    )


def _group_message(callbacks: Sequence[Webhook]) -> BusMessage:
    """Return one bus message that carries all `callbacks`, with a new id.

    Several callbacks have several traces, so their message has none.
    """
    event = events_pb2.WebhooksReceived(webhooks=map(_event, callbacks))
    subject = SUBJECTS[Source.TWILIO_STATUS]
    headers = {HEADER: callbacks[0].traceparent} if len(callbacks) == 1 else {}
    return BusMessage(subject, f"group-{new_id().hex}", event.SerializeToString(), headers)


def _groups(callbacks: Iterable[Webhook]) -> Iterator[Sequence[Webhook]]:
    """Yield `callbacks` in groups that the bus accepts and a consumer handles quickly."""
    group: list[Webhook] = []
    size = 0
    for callback in callbacks:
        if group and (len(group) == _GROUP or size + len(callback.payload) > _GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(callback)
        size += len(callback.payload)
    if group:
        yield group


def _event(webhook: Webhook) -> events_pb2.WebhookReceived:
    event = _event_without_content(webhook)
    if webhook.is_form:
        event.form.update(webhook.form or fields_of(webhook.payload))
    else:
        event.body = webhook.payload
    return event


def _spooled(webhook: Webhook) -> BusMessage:
    """Return the message that stores `webhook`. The message's id makes the bus drop a duplicate."""
    event = _event_without_content(webhook)
    event.body = webhook.payload
    message_id = f"{webhook.source}:{webhook.external_id}"
    return BusMessage(subjects.SPOOLED_WEBHOOK, message_id, event.SerializeToString())


def _event_without_content(webhook: Webhook) -> events_pb2.WebhookReceived:
    event = events_pb2.WebhookReceived(id=str(webhook.id))
    if webhook.org_id:
        event.org_id = str(webhook.org_id)
    if webhook.message_id:
        event.message_id = str(webhook.message_id)
    event.received_at.FromDatetime(webhook.received_at)
    return event
