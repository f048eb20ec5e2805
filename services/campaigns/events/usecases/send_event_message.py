"""Send a message to the attendees of an event. It is stored and planned as a campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput
from services.campaigns.campaigns.domain.drafts import TextSource
from services.campaigns.campaigns.domain.recipients import Attendees
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage.announcements import announce_created
from services.campaigns.campaigns.support.campaign_text import TemplateGone
from services.campaigns.campaigns.support.tell_messaging import tell_running
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.storage import clock
from services.campaigns.common.support.audit import audit
from services.campaigns.events.domain.attendees import ATTENDEE_VARIABLES
from services.campaigns.events.domain.event_rules import event_values, require_notifiable
from services.campaigns.events.domain.event_texts import DEFAULTS
from services.campaigns.events.storage import (
    attendees,
    audiences,
    event_messages,
    event_texts,
    events,
    question_sets,
)
from services.campaigns.events.storage.event_messages import EventMessage, NewEventMessage
from services.campaigns.events.storage.events import Event, Viewer
from services.campaigns.events.support.load_event import current_viewer, load_event
from services.campaigns.templates.domain.templates import parse
from services.campaigns.templates.storage import templates

_NEW_RSVPS = "new_rsvps"


@dataclass(frozen=True, slots=True)
class EventMessageOrder:
    """A user's request to send an event message.

    `attendees` also has the placeholder values that the user gave. `source` is the text for this
    message. If it is None, the event's own text is used. `question_set_id` is the question set that
    the message is about, and `publish` publishes it.
    """

    attendees: Attendees
    source: TextSource | None
    question_set_id: UUID | None = None
    publish: bool = False


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
                been published, or must be published first; or the same message is still being sent.
            InvalidInput: Nobody gets the message (code nobody_to_notify), values are missing
                (missing_variables), or there is no number to send from (no_sender).
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
    values = await _values(connection, event, order)
    text = await _text(connection, event, order)
    _require_values(text, values)
    wanted = replace(order.attendees, variables=values)
    recipients, without_phone = await audiences.count(connection, event.org_id, wanted)
    if recipients == 0:
        raise InvalidInput.of("attendeeIds", _nobody(without_phone), "nobody_to_notify")
    return NewEventMessage(
        name=f"{wanted.notification_type} {event.name}",
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


async def _values(
    connection: AsyncConnection, event: Event, order: EventMessageOrder
) -> Mapping[str, str]:
    """Return the placeholder values for everyone. The user's values replace the event's."""
    values = dict(event_values(event.name, event.date, event.time_zone, event.location))
    if order.attendees.notification_type == _NEW_RSVPS:
        values["newRsvps"] = str(await _new_rsvps(connection, event))
    if order.question_set_id:
        values |= await _question_values(connection, event, order.question_set_id, order.publish)
    return {**values, **order.attendees.variables}


async def _new_rsvps(connection: AsyncConnection, event: Event) -> int:
    since = await event_messages.latest_at(connection, event.org_id, event.id, _NEW_RSVPS)
    return await audiences.accepted_since(connection, event.org_id, event.id, since)


async def _question_values(
    connection: AsyncConnection, event: Event, set_id: UUID, publish: bool
) -> Mapping[str, str]:
    """Return the placeholder values of the question set, and publish it if asked to."""
    found = await question_sets.find(connection, event.org_id, event.id, set_id)
    if found is None:
        message = "The question set was deleted in the meantime."
        raise Conflict(message, "question_set_not_published")
    if publish:
        if not await question_sets.publish(connection, event.org_id, event.id, set_id):
            message = "This question set has already been published."
            raise Conflict(message, "question_set_published")
    elif found.published_at is None:
        raise Conflict("Publish this question set first.", "question_set_not_published")
    return {"questionSetTitle": found.title, "questionCount": str(len(found.questions))}


async def _text(connection: AsyncConnection, event: Event, order: EventMessageOrder) -> str:
    """Return the text of this message, else the event's own text, else the platform's.

    Raises ``TemplateGone``.
    """
    source, kind = order.source, order.attendees.notification_type
    if source is None:
        own = await event_texts.of_event(connection, event.org_id, event.id)
        source = own.get(kind, DEFAULTS[kind])
    if isinstance(source, str):
        return source
    content = await templates.content_of(connection, event.org_id, source)
    if content is None:
        raise TemplateGone(source)
    return content


def _require_values(text: str, values: Mapping[str, str]) -> None:
    """Raise ``InvalidInput`` missing_variables for placeholders without a value."""
    names = parse(text, "message").variables
    missing = [n for n in names if n not in values and n not in ATTENDEE_VARIABLES]
    if missing:
        message = f"Provide values for the placeholders {', '.join(missing)}."
        raise InvalidInput.of("variables", message, "missing_variables")


def _nobody(without_phone: int) -> str:
    if without_phone:
        return f"None of these {without_phone} attendees has a phone number."
    return "The event has no attendees that match your choice."


def _event_deleted() -> Conflict:
    return Conflict("The event was deleted in the meantime.", "event_not_published")
