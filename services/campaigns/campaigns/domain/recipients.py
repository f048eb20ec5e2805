"""Recipients of a campaign, and the texts that they get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.campaigns.templates.domain.templates import Template, sendable


@dataclass(frozen=True, slots=True)
class Recipient:
    """A contact. ``values`` has all of ``CONTACT_VARIABLES``; ``time_zone`` is its own, if told.

    ``attendee_id``: whom it stands for where the campaign is an event's notification; ``values``
    then has what an event's text can say too.
    """

    contact_id: UUID
    phone: str
    opted_out: bool
    values: Mapping[str, str]
    time_zone: str | None = None
    attendee_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Whose unreached recipients a campaign is for: those of ``campaign_id``.

    ``root`` is the campaign that this and other retries go back to.
    """

    campaign_id: UUID
    root: UUID
    retryable_only: bool


@dataclass(frozen=True, slots=True)
class Attendees:
    """The attendees of an event whom a notification is for: chosen ones, or all, of a ``part``.

    ``part`` is all, not_answered, coming or matched. ``variables`` are the values of placeholders
    that are the same for everyone.
    """

    event_id: UUID
    notification_type: str
    chosen: Sequence[UUID] | None
    part: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a campaign is for: the members of a list (its id), who was not reached, attendees."""

    campaign_id: UUID
    source: UUID | Retry | Attendees

    @property
    def attendees(self) -> Attendees | None:
        """The attendees that it is for, where it is an event's notification."""
        return self.source if isinstance(self.source, Attendees) else None


@dataclass(frozen=True, slots=True)
class Text:
    """What one recipient gets."""

    contact_id: UUID
    phone: str
    body: str
    time_zone: str | None = None
    attendee_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """The texts for some recipients, and the contacts among those who are passed over.

    ``opted_out`` have said that they want none; ``blank`` would get a text that can't be sent:
    an empty one, or one that is too long.
    """

    texts: Sequence[Text]
    opted_out: Sequence[UUID]
    blank: Sequence[UUID]


def chunk_of(recipients: Sequence[Recipient], template: Template) -> Chunk:
    """Render ``template`` for ``recipients``."""
    rendered = [
        Text(r.contact_id, r.phone, template.render(r.values), r.time_zone, r.attendee_id)
        for r in recipients
        if not r.opted_out
    ]
    return Chunk(
        texts=[text for text in rendered if sendable(text.body)],
        opted_out=[r.contact_id for r in recipients if r.opted_out],
        blank=[text.contact_id for text in rendered if not sendable(text.body)],
    )
