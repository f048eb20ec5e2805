"""Putting webhooks on the bus, over a connection that may be away."""

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
from services.webhooks.domain.forms import fields_of
from services.webhooks.domain.webhook import SUBJECTS, Source, Webhook
from smsblaster.webhooks.v1 import events_pb2

_SPOOL_SECONDS = 3.0
_GROUP = 50
_GROUP_BYTES = 256 * 1024


class Announcer:
    """Publishes webhooks."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def bus(self) -> Bus:
        """The bus. Raises ``Unavailable`` where it is away."""
        if not self._bus.is_connected:
            raise Unavailable("The bus is away.")
        return self._bus

    async def announce(self, webhooks: Sequence[Webhook]) -> None:
        """Publish webhooks for whoever handles them, status callbacks together.

        Raises ``Unavailable``.
        """
        callbacks = [w for w in webhooks if w.source is Source.TWILIO_STATUS]
        others = [w for w in webhooks if w.source is not Source.TWILIO_STATUS]
        await self.publish([*map(announcement, others), *map(_together, _groups(callbacks))])

    async def announce_each(self, webhooks: Sequence[Webhook]) -> None:
        """Publish webhooks one by one under their ids. Raises ``Unavailable``.

        A repeat within the bus's memory is dropped there, any other by its consumer's inbox.
        """
        await self.publish([announcement(webhook) for webhook in webhooks])

    async def spool(self, webhooks: Sequence[Webhook]) -> None:
        """Keep webhooks on the bus until they can be logged. Raises ``Unavailable``.

        They are safe when this returns.
        """
        try:
            async with asyncio.timeout(_SPOOL_SECONDS):
                await self.publish([_spooled(webhook) for webhook in webhooks])
        except TimeoutError:
            raise Unavailable("The bus does not answer.") from None

    async def publish(self, messages: list[BusMessage]) -> None:
        """Publish messages; returns when all are stored. Raises ``Unavailable``."""
        bus = self.bus()
        try:
            await bus.publish(messages)
        except BUS_ERRORS as error:
            raise Unavailable("The bus does not answer.") from error


def announcement(webhook: Webhook) -> BusMessage:
    """What whoever handles ``webhook`` hears, of it alone."""
    event: Message = _event(webhook)
    if webhook.source is Source.TWILIO_STATUS:
        event = events_pb2.WebhooksReceived(webhooks=[_event(webhook)])
    return BusMessage(SUBJECTS[webhook.source], str(webhook.id), event.SerializeToString())


def unspooled(message: Incoming) -> Webhook:
    """The webhook that was kept on the bus as ``message``."""
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


def _together(callbacks: Sequence[Webhook]) -> BusMessage:
    """One message with all ``callbacks``, under an id of its own."""
    event = events_pb2.WebhooksReceived(webhooks=map(_event, callbacks))
    subject = SUBJECTS[Source.TWILIO_STATUS]
    return BusMessage(subject, f"group-{new_id().hex}", event.SerializeToString())


def _groups(callbacks: Iterable[Webhook]) -> Iterator[Sequence[Webhook]]:
    """``callbacks`` in groups that are small enough for the bus and for whoever handles them."""
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
    event = _received(webhook)
    if webhook.is_form:
        event.form.update(webhook.form or fields_of(webhook.payload))
    else:
        event.body = webhook.payload
    return event


def _spooled(webhook: Webhook) -> BusMessage:
    """``webhook`` as it is kept on the bus; the message's id is what is unique of it."""
    event = _received(webhook)
    event.body = webhook.payload
    message_id = f"{webhook.source}:{webhook.external_id}"
    return BusMessage(subjects.SPOOLED_WEBHOOK, message_id, event.SerializeToString())


def _received(webhook: Webhook) -> events_pb2.WebhookReceived:
    event = events_pb2.WebhookReceived(id=str(webhook.id))
    if webhook.org_id:
        event.org_id = str(webhook.org_id)
    if webhook.message_id:
        event.message_id = str(webhook.message_id)
    event.received_at.FromDatetime(webhook.received_at)
    return event
