"""Single texts and batches, and what became of them."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smsblaster.answers import PAGE, Id, answer, given, id_of, object_of, optional_id, pages
from smsblaster.generated.api.operations import (
    cancel_scheduled_send,
    get_message,
    list_messages,
    list_scheduled_sends,
    quote_text,
    retry_message,
    send_batch,
    send_text,
)
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.message import Message
from smsblaster.generated.models.message_detail import MessageDetail
from smsblaster.generated.models.message_direction_input import MessageDirectionInput
from smsblaster.generated.models.message_status_input import MessageStatusInput
from smsblaster.generated.models.quote import Quote
from smsblaster.generated.models.quote_text_request import QuoteTextRequest
from smsblaster.generated.models.quote_text_request_variables import QuoteTextRequestVariables
from smsblaster.generated.models.retry_message_body import RetryMessageBody
from smsblaster.generated.models.scheduled_send import ScheduledSend
from smsblaster.generated.models.send_batch_request import SendBatchRequest
from smsblaster.generated.models.send_batch_request_metadata import SendBatchRequestMetadata
from smsblaster.generated.models.send_batch_request_variables import SendBatchRequestVariables
from smsblaster.generated.models.send_batch_response import SendBatchResponse
from smsblaster.generated.models.send_text_request import SendTextRequest
from smsblaster.generated.models.send_text_request_metadata import SendTextRequestMetadata
from smsblaster.generated.models.send_text_request_variables import SendTextRequestVariables
from smsblaster.resources.recipients import Recipient, recipient_input

Day = dt.date | dt.datetime


class Messages:
    """Single texts and batches, and what became of them.

    Methods that send have these options in common:

    - ``from_``: one of your numbers. By default your messaging service chooses one.
    - ``reference``, ``metadata``: your own data, which are returned with the message.
    - ``media_urls``: the addresses of pictures, which make the text an MMS.
    - ``send_at``: when to send the text; ``respect_quiet_hours``: whether it waits until the
    recipient's quiet hours end.
    - ``valid_for``: for how many seconds the text may be sent.
    - ``price_version``: the price version of a quote. If prices have changed since, nothing is
    sent.
    - ``idempotency_key``: the same key with the same text sends it once. By default each call has a
      key of its own, which only its own repeated tries share.
    """

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def send(
        self,
        to: str | None = None,
        message: str | None = None,
        *,
        contact_id: Id | None = None,
        template_id: Id | None = None,
        variables: Mapping[str, str] | None = None,
        from_: str | None = None,
        reference: str | None = None,
        metadata: Mapping[str, str] | None = None,
        media_urls: Sequence[str] | None = None,
        send_at: dt.datetime | None = None,
        respect_quiet_hours: bool | None = None,
        valid_for: int | None = None,
        price_version: str | None = None,
        idempotency_key: str | None = None,
    ) -> Message:
        """Send one text: a message or template, to a phone number or contact.

        ``variables`` fills the placeholders.
        """
        body = SendTextRequest(
            to=given(to),
            message=given(message),
            contact_id=optional_id(contact_id),
            template_id=optional_id(template_id),
            variables=object_of(SendTextRequestVariables, variables),
            from_=given(from_),
            reference=given(reference),
            metadata=object_of(SendTextRequestMetadata, metadata),
            media_urls=given(list(media_urls) if media_urls is not None else None),
            send_at=given(send_at),
            respect_quiet_hours=given(respect_quiet_hours),
            valid_for=given(valid_for),
            price_version=given(price_version),
        )
        key = given(idempotency_key)
        return answer(send_text.sync(client=self._api, body=body, idempotency_key=key))

    def send_batch(
        self,
        numbers: Sequence[str] | None = None,
        message: str | None = None,
        *,
        recipients: Sequence[Recipient | Mapping[str, Any]] | None = None,
        template_id: Id | None = None,
        variables: Mapping[str, str] | None = None,
        from_: str | None = None,
        reference: str | None = None,
        metadata: Mapping[str, str] | None = None,
        media_urls: Sequence[str] | None = None,
        send_at: dt.datetime | None = None,
        respect_quiet_hours: bool | None = None,
        valid_for: int | None = None,
        price_version: str | None = None,
        idempotency_key: str | None = None,
    ) -> SendBatchResponse:
        """Send one text to up to 1,000 ``numbers``, or a text for each of ``recipients``.

        Returns:
            ``results`` has what became of each recipient, in the order of the request.
        """
        body = SendBatchRequest(
            numbers=given(list(numbers) if numbers is not None else None),
            recipients=given([*map(recipient_input, recipients)] if recipients else None),
            message=given(message),
            template_id=optional_id(template_id),
            variables=object_of(SendBatchRequestVariables, variables),
            from_=given(from_),
            reference=given(reference),
            metadata=object_of(SendBatchRequestMetadata, metadata),
            media_urls=given(list(media_urls) if media_urls is not None else None),
            send_at=given(send_at),
            respect_quiet_hours=given(respect_quiet_hours),
            valid_for=given(valid_for),
            price_version=given(price_version),
        )
        key = given(idempotency_key)
        return answer(send_batch.sync(client=self._api, body=body, idempotency_key=key))

    def quote(
        self,
        message: str | None = None,
        *,
        numbers: Sequence[str] | None = None,
        countries: Sequence[str] | None = None,
        template_id: Id | None = None,
        variables: Mapping[str, str] | None = None,
        media_urls: Sequence[str] | None = None,
    ) -> Quote:
        """Return the size and the price of a text. Nothing is sent."""
        body = QuoteTextRequest(
            message=given(message),
            template_id=optional_id(template_id),
            variables=object_of(QuoteTextRequestVariables, variables),
            numbers=given(list(numbers) if numbers is not None else None),
            countries=given(list(countries) if countries is not None else None),
            media_urls=given(list(media_urls) if media_urls is not None else None),
        )
        return answer(quote_text.sync(client=self._api, body=body))

    def list(
        self,
        *,
        direction: MessageDirectionInput | None = None,
        status: MessageStatusInput | None = None,
        phone: str | None = None,
        contact_id: Id | None = None,
        campaign_id: Id | None = None,
        reference: str | None = None,
        search: str | None = None,
        from_: Day | None = None,
        to: Day | None = None,
    ) -> Iterator[Message]:
        """Yield messages, sent and received, newest first. ``from_`` and ``to`` are times."""
        return pages(
            lambda cursor: answer(
                list_messages.sync(
                    client=self._api,
                    limit=PAGE,
                    cursor=cursor,
                    direction=given(direction),
                    status=given(status),
                    phone=given(phone),
                    contact_id=optional_id(contact_id),
                    campaign_id=optional_id(campaign_id),
                    reference=given(reference),
                    search=given(search),
                    from_=given(from_),
                    to=given(to),
                )
            )
        )

    def get(self, message_id: Id) -> MessageDetail:
        """Return a message with its timeline and retries."""
        return answer(get_message.sync(id_of(message_id), client=self._api))

    def retry(
        self, message_id: Id, *, force: bool | None = None, idempotency_key: str | None = None
    ) -> Message:
        """Send a failed text again, to the contact's current number.

        Args:
            message_id: The failed message.
            force: Whether to try even if another try is not expected to help.
            idempotency_key: Calls with the same key send the text only once.
        """
        body = RetryMessageBody(force=given(force))
        key = given(idempotency_key)
        return answer(
            retry_message.sync(id_of(message_id), client=self._api, body=body, idempotency_key=key)
        )

    def scheduled(self) -> Iterator[ScheduledSend]:
        """Yield texts for later, also those that were sent or cancelled."""
        return pages(
            lambda cursor: answer(
                list_scheduled_sends.sync(client=self._api, limit=PAGE, cursor=cursor)
            )
        )

    def cancel_scheduled(self, scheduled_id: Id) -> ScheduledSend:
        """Cancel a text for later."""
        return answer(cancel_scheduled_send.sync(id_of(scheduled_id), client=self._api))
