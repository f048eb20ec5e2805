"""The text of an event message, and the values of its placeholders."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import Conflict, InvalidInput
from services.campaigns.campaigns.domain.drafts import TextSource
from services.campaigns.campaigns.domain.recipients import Attendees
from services.campaigns.campaigns.support.campaign_text import TemplateGone
from services.campaigns.events.domain.attendees import ATTENDEE_VARIABLES
from services.campaigns.events.domain.event_rules import event_values
from services.campaigns.events.domain.event_texts import DEFAULTS
from services.campaigns.events.storage import audiences, event_messages, event_texts, question_sets
from services.campaigns.events.storage.events import Event
from services.campaigns.templates.domain.templates import parse
from services.campaigns.templates.storage import templates

_NEW_RSVPS = "new_rsvps"


@dataclass(frozen=True, slots=True)
class EventMessageOrder:
    """A user's request to send an event message.

    `attendees` also has the placeholder values that the user gave. `source` is the text for this
    message. If it is None, the event's own text is used. `question_set_id` is the question set that
    the message is about, and `publish` publishes it. `price_version` identifies the quote that must
    still be valid.
    """

    attendees: Attendees
    source: TextSource | None
    question_set_id: UUID | None = None
    publish: bool = False
    price_version: str | None = None


async def placeholder_values(
    connection: AsyncConnection, event: Event, order: EventMessageOrder
) -> Mapping[str, str]:
    """Return the placeholder values that are the same for everyone.

    The user's values replace the event's.
    """
    values = dict(event_values(event.name, event.date, event.time_zone, event.location))
    if order.attendees.notification_type == _NEW_RSVPS:
        values["newRsvps"] = str(await _new_rsvps(connection, event))
    if order.question_set_id:
        values |= await _question_values(connection, event, order.question_set_id)
    return {**values, **order.attendees.variables}


async def _new_rsvps(connection: AsyncConnection, event: Event) -> int:
    since = await event_messages.latest_at(connection, event.org_id, event.id, _NEW_RSVPS)
    return await audiences.accepted_since(connection, event.org_id, event.id, since)


async def _question_values(
    connection: AsyncConnection, event: Event, set_id: UUID
) -> Mapping[str, str]:
    found = await question_sets.find(connection, event.org_id, event.id, set_id)
    if found is None:
        raise question_set_deleted()
    return {"questionSetTitle": found.title, "questionCount": str(len(found.questions))}


async def message_text(connection: AsyncConnection, event: Event, order: EventMessageOrder) -> str:
    """Return the text of this message, else the event's own text, else the platform's.

    Raises ``TemplateGone``.
    """
    source, kind = order.source, order.attendees.notification_type
    if source is None:
        own = await event_texts.of_event(connection, event.org_id, event.id)
        source = own[kind].source if kind in own else DEFAULTS[kind]
    if isinstance(source, str):
        return source
    content = await templates.content_of(connection, event.org_id, source)
    if content is None:
        raise TemplateGone(source)
    return content


def require_values(text: str, values: Mapping[str, str]) -> None:
    """Raise ``InvalidInput`` missing_variables for placeholders without a value."""
    names = parse(text, "message").variables
    missing = [n for n in names if n not in values and n not in ATTENDEE_VARIABLES]
    if missing:
        message = f"Provide values for the placeholders {', '.join(missing)}."
        raise InvalidInput.of("variables", message, "missing_variables")


def confirmed_text(text: str, values: Mapping[str, str]) -> str:
    """Return what a user confirms: the text and those `values` that it contains."""
    used = {name: values[name] for name in parse(text, "message").variables if name in values}
    return text + json.dumps(used, sort_keys=True)


def question_set_deleted() -> Conflict:
    """Return the error for a question set that was deleted a moment ago."""
    message = "The question set was deleted in the meantime."
    return Conflict(message, "question_set_not_published")
