"""Calls to the messaging service that send single messages and batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import grpc

from servicekit.rpc.client import RpcClient
from services.campaigns.campaigns.domain.batches import FilledBatch
from services.campaigns.campaigns.providers.batch_texts import batch_texts
from smsblaster.messaging.v1 import (
    batches_pb2,
    batches_pb2_grpc,
    messages_pb2,
    messages_pb2_grpc,
)

# Long, because messaging waits for the provider. Clients of this service wait for 30 seconds.
_TIMEOUT_SECONDS = 25.0


SentMessage: TypeAlias = messages_pb2.Message
"""The message that was sent, which is relayed unchanged from messaging."""

SentBatch: TypeAlias = messages_pb2.SendBatchResponse
"""What became of the recipients of a batch, which is relayed from messaging."""


@dataclass(frozen=True, slots=True)
class Order:
    """A message to one phone number: the finished text, and when to send it (None: at once).

    `price_version` identifies the quote that must still be valid. `media_urls` are the URLs of
    pictures. `reference` and `metadata` are the customer's own data, stored with the message.
    `from_number` is the phone number to send from. A message that can't be sent within `valid_for`
    seconds is not sent. `contact_id` is the recipient, if the request names a contact; `to` is
    empty if it is deleted.
    """

    to: str
    body: str
    price_version: str | None = None
    send_at: datetime | None = None
    respect_quiet_hours: bool = False
    media_urls: Sequence[str] = ()
    reference: str | None = None
    metadata: Mapping[str, str] | None = None
    from_number: str | None = None
    valid_for: int | None = None
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """How to send the texts of a batch. The fields have the same meaning as those of `Order`."""

    price_version: str | None = None
    send_at: datetime | None = None
    respect_quiet_hours: bool = False
    media_urls: Sequence[str] = ()
    reference: str | None = None
    metadata: Mapping[str, str] | None = None
    from_number: str | None = None
    valid_for: int | None = None


class Messages:
    """Sends single messages and batches in the name of the current user."""

    def __init__(self, rpc: RpcClient, channel: grpc.aio.Channel) -> None:
        self._rpc = rpc
        self._messages = messages_pb2_grpc.MessageServiceStub(channel)
        self._batches = batches_pb2_grpc.BatchServiceStub(channel)

    async def send(self, order: Order) -> SentMessage:
        """Send one message. Raises the errors of ``MessageService.SendMessage``."""
        request = messages_pb2.SendMessageRequest(
            to=order.to,
            body=order.body,
            price_version=order.price_version,
            respect_quiet_hours=order.respect_quiet_hours,
            media_urls=order.media_urls,
            reference=order.reference,
            metadata=order.metadata,
            from_number=order.from_number,
            valid_for=order.valid_for,
            contact_id=str(order.contact_id) if order.contact_id else None,
        )
        if order.send_at:
            request.send_at.FromDatetime(order.send_at)
        return await self._rpc.call(self._messages.SendMessage, request, _TIMEOUT_SECONDS)

    async def send_batch(self, batch: FilledBatch, order: BatchOrder) -> SentBatch:
        """Send each recipient their text. Raises the errors of ``BatchService.SendTexts``."""
        request = batches_pb2.SendTextsRequest(
            texts=batch_texts(batch),
            body=batch.body,
            price_version=order.price_version,
            respect_quiet_hours=order.respect_quiet_hours,
            media_urls=order.media_urls,
            reference=order.reference,
            metadata=order.metadata,
            from_number=order.from_number,
            valid_for=order.valid_for,
        )
        if order.send_at:
            request.send_at.FromDatetime(order.send_at)
        return await self._rpc.call(self._batches.SendTexts, request, _TIMEOUT_SECONDS)
