"""Send failed texts to an attendee again: one of them, or all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import (
    Conflict,
    DomainError,
    FieldError,
    InsufficientBalance,
    InvalidInput,
    NotFound,
)
from services.campaigns.common.storage import clock
from services.campaigns.events.domain.event_rules import require_notifiable
from services.campaigns.events.providers.attendee_messages import AttendeeMessages
from services.campaigns.events.storage import attendees
from services.campaigns.events.support.load_event import load_event
from smsblaster.messaging.v1 import event_texts_pb2

_AT_THE_MOST = 50
_AT_ONCE = 5

# What is wrong with one text and not with all of them, or with this service.
_REFUSALS = (Conflict, InvalidInput, InsufficientBalance, NotFound)


@dataclass(frozen=True, slots=True)
class MessageRetry:
    """Which texts of an attendee to send again: the one with an id, or all that failed.

    ``force`` sends also what sending again is not expected to help.
    """

    event_id: UUID
    attendee_id: UUID
    message_id: UUID | None
    retry_all: bool
    force: bool


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of one attempt: the new message, or why there is none."""

    original: UUID
    new: UUID | None
    error: str | None = None


async def retry_messages(
    database: Database, texts: AttendeeMessages, order: MessageRetry
) -> Sequence[Retried]:
    """Send them again, each as a new message; what became of each.

    Raises ``NotFound``, ``CrossOrgAccess``, ``Forbidden``; ``Conflict`` event_not_published,
    event_over or attendee_deleted; ``InvalidInput`` for an order that is not one, and no_phone.
    For a single text also whatever it is refused for.
    """
    attendee = await _addressee(database, order)
    if (order.message_id is not None) == order.retry_all:
        rule = "give exactly one of messageId and retryAll"
        raise InvalidInput([FieldError("messageId", rule), FieldError("retryAll", rule)])
    if order.message_id is not None:
        return [Retried(order.message_id, await _retry(texts, order, attendee, order.message_id))]
    failed = await texts.retryable(order.event_id, order.attendee_id, _AT_THE_MOST)
    at_once = asyncio.Semaphore(_AT_ONCE)
    attempts = (_attempt(texts, order, attendee, message_id, at_once) for message_id in failed)
    return await asyncio.gather(*attempts)


async def _addressee(database: Database, order: MessageRetry) -> RowMapping:
    """The attendee, who can be texted as far as this service knows."""
    event = await load_event(database, order.event_id, "curate")
    attendee = await attendees.get_ever(
        database, event["org_id"], order.event_id, order.attendee_id
    )
    async with database.org(event["org_id"]) as connection:
        require_notifiable(
            event["status"], event["ends_at"] or event["date"], await clock.now(connection)
        )
    if attendee["deleted_at"] is not None:
        raise Conflict("This attendee was deleted; nothing is sent to them.", "attendee_deleted")
    if attendee["phone"] is None:
        raise InvalidInput.of("phone", "this attendee has no phone number", "no_phone")
    return attendee


async def _attempt(
    texts: AttendeeMessages,
    order: MessageRetry,
    attendee: RowMapping,
    message_id: UUID,
    at_once: asyncio.Semaphore,
) -> Retried:
    """Send one of several again; a refusal is told and keeps none of the others back."""
    async with at_once:
        try:
            return Retried(message_id, await _retry(texts, order, attendee, message_id))
        except _REFUSALS as refusal:
            return Retried(message_id, None, _reason(refusal))


async def _retry(
    texts: AttendeeMessages, order: MessageRetry, attendee: RowMapping, message_id: UUID
) -> UUID:
    request = event_texts_pb2.RetryTextRequest(
        event_id=str(order.event_id),
        attendee_id=str(order.attendee_id),
        message_id=str(message_id),
        to=attendee["phone"],
        force=order.force,
    )
    return UUID((await texts.retry(request)).id)


def _reason(refusal: DomainError) -> str:
    if isinstance(refusal, InvalidInput):
        return "; ".join(fault.message for fault in refusal.fields)
    return refusal.message
