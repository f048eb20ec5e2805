"""Notify an event's attendees: a text to all or to chosen ones, dispatched as a campaign is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput
from services.campaigns.campaigns.domain.drafts import TextSource
from services.campaigns.campaigns.domain.recipients import Attendees
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.support.campaign_text import TemplateGone
from services.campaigns.campaigns.support.new_campaign import announce_new
from services.campaigns.campaigns.support.tell_messaging import tell_running
from services.campaigns.campaigns.usecases.start_campaign import require_sender
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
from services.campaigns.events.storage.event_messages import NewEventMessage
from services.campaigns.events.storage.events import Viewer
from services.campaigns.events.support.load_event import current_viewer, load_event
from services.campaigns.templates.domain.templates import parse
from services.campaigns.templates.storage import templates

_NEW_RSVPS = "new_rsvps"


@dataclass(frozen=True, slots=True)
class EventMessageOrder:
    """What to text to whom.

    ``attendees`` have the values of placeholders that the caller gives. ``source`` is the text for
    this time; None for the event's own. ``question_set_id`` is what it tells of; with ``publish``
    that is published thereby.
    """

    attendees: Attendees
    source: TextSource | None
    question_set_id: UUID | None = None
    publish: bool = False


class _AttendeesGone(Exception):
    """The event has no attendees with these ids: deleted, another's, or never there."""

    def __init__(self, attendee_ids: Sequence[UUID]) -> None:
        super().__init__(attendee_ids)
        self.attendee_ids = attendee_ids


async def send_event_message(
    database: Database, dispatch: Dispatch, notice: EventMessageOrder
) -> RowMapping:
    """Send a notification off; a repeat of the client's operation answers the same one.

    Raises ``NotFound`` or ``CrossOrgAccess`` for the event, an attendee, the question set or the
    template; ``Forbidden``; ``Conflict`` event_not_published, event_over, notification_running,
    question_set_published or question_set_not_published; ``InvalidInput`` nobody_to_notify,
    missing_variables or no_sender.
    """
    who, event_id = current_viewer(), notice.attendees.event_id
    await load_event(database, event_id, "curate")
    part = operation.part("notify")
    async with database.org(who.org_id) as connection:
        earlier = await event_messages.of_operation(connection, who.org_id, event_id, part)
    if earlier is not None:
        return earlier
    await require_sender(dispatch)
    terms = await dispatch.terms()
    try:
        async with database.org(who.org_id) as connection:
            sent_off = await _send_off(connection, who, notice, part, terms)
    except TemplateGone as gone:
        raise await templates.not_found(database, who.org_id, gone.template_id) from None
    except _AttendeesGone as gone:
        raise await attendees.not_found(database, who.org_id, gone.attendee_ids) from None
    if sent_off["status"] == "running":
        await tell_running(dispatch, sent_off)
    return sent_off


async def _send_off(
    connection: AsyncConnection,
    who: Viewer,
    notice: EventMessageOrder,
    part: UUID | None,
    terms: Terms,
) -> RowMapping:
    """Check and store the notification, in one transaction that holds the event."""
    event = await _hold(connection, who, notice)
    values = await _values(connection, event, notice)
    text = await _text(connection, event, notice)
    _require_values(text, values)
    wanted = replace(notice.attendees, variables=values)
    recipients, without_phone = await audiences.count(connection, who.org_id, wanted)
    if recipients == 0:
        raise InvalidInput.of("attendeeIds", _nobody(without_phone), "nobody_to_notify")
    new = NewEventMessage(
        name=f"{wanted.notification_type} {event['name']}",
        text=text,
        attendees=wanted,
        recipients=recipients,
        without_phone=without_phone,
        question_set_id=notice.question_set_id,
        operation_id=part,
        terms=terms,
    )
    if await event_messages.is_under_way(connection, who.org_id, new):
        message = "The same notification is still being sent. Wait until it is done."
        raise Conflict(message, "notification_running")
    row = await event_messages.add(connection, who.org_id, who.user_id, new)
    if row is None:  # a repeat of the operation that came at the same time was faster
        row = await event_messages.of_operation(connection, who.org_id, event["id"], part)
        if row is None:
            raise Conflict("The event was deleted meanwhile.", "event_not_published")
        return row
    await announce_new(connection, row)
    await audit(connection, "campaign_started", who.org_id, row["id"], who.user_id)
    return row


async def _hold(connection: AsyncConnection, who: Viewer, notice: EventMessageOrder) -> RowMapping:
    """The event as it stays until the transaction ends; its attendees and questions are there."""
    event_id, chosen = notice.attendees.event_id, notice.attendees.chosen
    event = await events.find(connection, who, event_id, lock=True)
    if event is None:
        raise Conflict("The event was deleted meanwhile.", "event_not_published")
    require_notifiable(
        event["status"], event["ends_at"] or event["date"], await clock.now(connection)
    )
    if chosen:
        found = await attendees.lock_among(connection, who.org_id, event_id, chosen)
        if len(found) < len(chosen):
            raise _AttendeesGone([i for i in chosen if i not in found])
    return event


async def _values(
    connection: AsyncConnection, event: RowMapping, notice: EventMessageOrder
) -> Mapping[str, str]:
    """Values of the placeholders that are the same for everyone; those that were given hold."""
    values = dict(event_values(dict(event)))
    if notice.attendees.notification_type == _NEW_RSVPS:
        values["newRsvps"] = str(await _new_rsvps(connection, event))
    if notice.question_set_id:
        values |= await _question_values(connection, event, notice.question_set_id, notice.publish)
    return {**values, **notice.attendees.variables}


async def _new_rsvps(connection: AsyncConnection, event: RowMapping) -> int:
    org_id, event_id = event["org_id"], event["id"]
    since = await event_messages.latest_at(connection, org_id, event_id, _NEW_RSVPS)
    return await audiences.came_since(connection, org_id, event_id, since)


async def _question_values(
    connection: AsyncConnection, event: RowMapping, set_id: UUID, publish: bool
) -> Mapping[str, str]:
    """What a text can say of the question set, which is published by this where it is to be."""
    org_id, event_id = event["org_id"], event["id"]
    found = await question_sets.find(connection, org_id, event_id, set_id)
    if found is None:
        raise Conflict("The question set was deleted meanwhile.", "question_set_not_published")
    if publish:
        if not await question_sets.publish(connection, org_id, event_id, set_id):
            raise Conflict("This question set is published already.", "question_set_published")
    elif found["published_at"] is None:
        raise Conflict("Publish this question set first.", "question_set_not_published")
    return {"questionSetTitle": found["title"], "questionCount": str(len(found["questions"]))}


async def _text(connection: AsyncConnection, event: RowMapping, notice: EventMessageOrder) -> str:
    """The text for this time, else the event's own for the type, else the platform's.

    Raises ``TemplateGone``.
    """
    org_id, notification_type = event["org_id"], notice.attendees.notification_type
    source = notice.source
    if source is None:
        own = await event_texts.of_event(connection, org_id, event["id"])
        source = own.get(notification_type, DEFAULTS[notification_type])
    if isinstance(source, str):
        return source
    content = await templates.content_of(connection, org_id, source)
    if content is None:
        raise TemplateGone(source)
    return content


def _require_values(text: str, values: Mapping[str, str]) -> None:
    """Raise ``InvalidInput`` missing_variables for placeholders that nobody has a value for."""
    names = parse(text, "message").variables
    missing: Sequence[str] = [n for n in names if n not in values and n not in ATTENDEE_VARIABLES]
    if missing:
        message = f"the text has placeholders without a value: {', '.join(missing)}"
        raise InvalidInput.of("variables", message, "missing_variables")


def _nobody(without_phone: int) -> str:
    if without_phone:
        return f"none of these {without_phone} attendees has a phone number"
    return "there is no such attendee of this event"
