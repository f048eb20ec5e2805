"""Send a message to the attendees of an event. It is stored and planned as a campaign."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage.announcements import announce_created
from services.campaigns.campaigns.support.campaign_text import TemplateGone
from services.campaigns.campaigns.support.tell_messaging import tell_running
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.storage import clock
from services.campaigns.common.support.audit import audit
from services.campaigns.events.domain.event_rules import require_notifiable
from services.campaigns.events.storage import (
    attendees,
    audiences,
    event_messages,
    events,
    question_sets,
)
from services.campaigns.events.storage.event_messages import EventMessage, NewEventMessage
from services.campaigns.events.storage.events import Event, Viewer
from services.campaigns.events.support.compose_event_message import (
    EventMessageOrder,
    confirmed_text,
    message_text,
    placeholder_values,
    question_set_deleted,
    require_values,
)
from services.campaigns.events.support.load_event import current_viewer, load_event
from services.campaigns.templates.storage import templates


class _AttendeesGone(Exception):
    """Some of the attendees were deleted, belong to another event, or never existed."""

    def __init__(self, attendee_ids: Sequence[UUID]) -> None:
        super().__init__(attendee_ids)
        self.attendee_ids = attendee_ids


class SendEventMessage:
    """Sends event messages."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def send(self, order: EventMessageOrder) -> EventMessage:
        """Send an event message. If the client repeats the request, returns the same message.

        Raises:
            CrossOrgAccess: The event or another id in `order` belongs to another organisation.
            NotFound: The event, an attendee, the question set or the template doesn't exist.
            Forbidden: The user may not curate the event, or may not send.
            Conflict: The event is not published or ended long ago; or the question set has already
                been published, or must be published first; or the same message is still being sent;
                or the quote of the order is out of date.
            InvalidInput: Nobody gets the message (code nobody_to_notify), values are missing
                (missing_variables), or there is no phone number to send from (no_sender).
        """
        viewer, event_id = current_viewer(), order.attendees.event_id
        await load_event(self._database, event_id, "curate")
        part = operation.part("notify")
        async with self._database.org(viewer.org_id) as connection:
            earlier = await event_messages.of_operation(connection, viewer.org_id, event_id, part)
        if earlier is not None:
            return earlier
        await self._dispatch.require_sender()
        terms = await self._dispatch.terms()
        try:
            async with self._database.org(viewer.org_id) as connection:
                message = await _store(connection, viewer, order, part, terms)
        except TemplateGone as gone:
            raise await templates.not_found(
                self._database, viewer.org_id, gone.template_id
            ) from None
        except _AttendeesGone as gone:
            raise await attendees.not_found(
                self._database, viewer.org_id, gone.attendee_ids
            ) from None
        if message.status == "running":
            await tell_running(self._dispatch, message.id, message.hold_change)
        return message


async def _store(
    connection: AsyncConnection,
    viewer: Viewer,
    order: EventMessageOrder,
    part: UUID | None,
    terms: Terms,
) -> EventMessage:
    """Check and store the message in a transaction that locks the event."""
    event = await _lock_event(connection, viewer, order)
    new = await _compose(connection, event, order, part, terms)
    if await event_messages.is_in_progress(connection, viewer.org_id, new):
        message = "The same notification is still being sent. Wait until it is done."
        raise Conflict(message, "notification_running")
    stored = await event_messages.add(connection, viewer.org_id, viewer.user_id, new)
    if stored is None:  # a repeated call of the same request was faster
        stored = await event_messages.of_operation(connection, viewer.org_id, event.id, part)
        if stored is None:
            raise _event_deleted()
        return stored
    await announce_created(connection, viewer.org_id, stored.id)
    await audit(connection, "campaign_started", viewer.org_id, stored.id, viewer.user_id)
    return stored


async def _compose(
    connection: AsyncConnection,
    event: Event,
    order: EventMessageOrder,
    part: UUID | None,
    terms: Terms,
) -> NewEventMessage:
    if order.question_set_id:
        await _publish(connection, event, order.question_set_id, order.publish)
    values = await placeholder_values(connection, event, order)
    text = await message_text(connection, event, order)
    require_values(text, values)
    terms.require(order.price_version, confirmed_text(text, values))
    wanted = replace(order.attendees, variables=values)
    recipients, without_phone = await audiences.count(connection, event.org_id, wanted)
    if recipients == 0:
        raise InvalidInput.of("attendeeIds", _nobody(without_phone), "nobody_to_notify")
    return NewEventMessage(
        name=f"{event.name}: {wanted.notification_type.replace('_', ' ')}",
        text=text,
        attendees=wanted,
        recipients=recipients,
        without_phone=without_phone,
        question_set_id=order.question_set_id,
        operation_id=part,
        terms=terms,
    )


async def _lock_event(
    connection: AsyncConnection, viewer: Viewer, order: EventMessageOrder
) -> Event:
    """Lock the event and the chosen attendees until the transaction ends."""
    event_id, chosen = order.attendees.event_id, order.attendees.chosen
    event = await events.find(connection, viewer, event_id, lock=True)
    if event is None:
        raise _event_deleted()
    require_notifiable(event.status, event.end, await clock.now(connection))
    if chosen:
        found = await attendees.lock_among(connection, viewer.org_id, event_id, chosen)
        if len(found) < len(chosen):
            raise _AttendeesGone([i for i in chosen if i not in found])
    return event


async def _publish(connection: AsyncConnection, event: Event, set_id: UUID, publish: bool) -> None:
    """With `publish`, publish the question set. Otherwise check that it was published before."""
    found = await question_sets.find(connection, event.org_id, event.id, set_id)
    if found is None:
        raise question_set_deleted()
    if publish:
        if not await question_sets.publish(connection, event.org_id, event.id, set_id):
            message = "This question set has already been published."
            raise Conflict(message, "question_set_published")
    elif found.published_at is None:
        raise Conflict("Publish this question set first.", "question_set_not_published")


def _nobody(without_phone: int) -> str:
    if without_phone:
        return f"None of these {without_phone} attendees has a phone number."
    return "The event has no attendees that match your choice."


def _event_deleted() -> Conflict:
    return Conflict("The event was deleted in the meantime.", "event_not_published")
