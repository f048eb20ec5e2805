"""Recipients of a campaign, and the messages that they get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.campaigns.templates.domain.templates import Template, sendable


@dataclass(frozen=True, slots=True)
class Recipient:
    """A contact that gets a message.

    `values` has all of ``CONTACT_VARIABLES``. `time_zone` is the contact's own. For an event
    message there is an `attendee_id`, and `values` has the event's placeholders too. `merged_ids`
    are contacts that were merged into this one.
    """

    contact_id: UUID
    phone: str
    opted_out: bool
    values: Mapping[str, str]
    time_zone: str | None = None
    attendee_id: UUID | None = None
    merged_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Retry:
    """The recipients that the campaign `campaign_id` didn't reach.

    A retry can be retried too: `root` is the first campaign of such a chain.
    """

    campaign_id: UUID
    root: UUID
    retryable_only: bool


@dataclass(frozen=True, slots=True)
class Attendees:
    """The attendees of an event that get an event message: all, or only the `chosen` ones.

    `part` says which of these attendees: all, not_answered, coming or matched. `variables` are
    the values of placeholders that are the same for everyone.
    """

    event_id: UUID
    notification_type: str
    chosen: Sequence[UUID] | None
    part: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets a message.

    The members of a list (given by its id), the unreached recipients of another campaign, or the
    attendees of an event.
    """

    campaign_id: UUID
    source: UUID | Retry | Attendees

    @property
    def attendees(self) -> Attendees | None:
        """The attendees of an event message, None for a campaign."""
        return self.source if isinstance(self.source, Attendees) else None

    @property
    def retried(self) -> UUID | None:
        """The id of the campaign that this retry is for, or None if this is not a retry."""
        return self.source.campaign_id if isinstance(self.source, Retry) else None


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """The finished message to one recipient."""

    contact_id: UUID
    phone: str
    body: str
    time_zone: str | None = None
    attendee_id: UUID | None = None
    merged_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """The messages to some recipients, and the contacts that are skipped.

    `invalid` are contacts whose text can't be sent, because it is empty or too long.
    """

    messages: Sequence[OutgoingMessage]
    opted_out: Sequence[UUID]
    invalid: Sequence[UUID]


def chunk_of(recipients: Sequence[Recipient], template: Template) -> Chunk:
    """Fill `template` for each of `recipients`, and return the messages as a chunk."""
    rendered = [
        OutgoingMessage(
            r.contact_id,
            r.phone,
            template.render(r.values),
            r.time_zone,
            r.attendee_id,
            r.merged_ids,
        )
        for r in recipients
        if not r.opted_out
    ]
    return Chunk(
        messages=[message for message in rendered if sendable(message.body)],
        opted_out=[r.contact_id for r in recipients if r.opted_out],
        invalid=[message.contact_id for message in rendered if not sendable(message.body)],
    )
