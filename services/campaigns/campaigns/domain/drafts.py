"""The data that a user enters for a campaign, and the rules for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from servicekit.errors import FieldError, InvalidInput
from servicekit.future import require_within_two_years

TextSource: TypeAlias = str | UUID
"""A text, or the id of the template that provides it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A new campaign. If `schedule_at` is set, it starts at that time.

    A draft may lack a text (`message` or `template_id`) and a list. If `strict` is False, a draft
    may contain placeholders that contacts don't have. `media_urls` are the URLs of pictures.
    `reference` and `metadata` are the customer's own data, and each message gets them.
    """

    name: str
    message: str | None
    template_id: UUID | None
    list_id: UUID | None
    schedule_at: datetime | None
    strict: bool = False
    pause_at_failure_rate: float | None = None
    media_urls: Sequence[str] = ()
    reference: str | None = None
    metadata: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes of a campaign. A field that is None stays as it is.

    The columns in `cleared` are set to null. `if_version` is the version that the user has read.
    `unschedule` removes the schedule. `price_version` identifies the quote that the user confirms
    by scheduling.
    """

    name: str | None
    message: str | None
    template_id: UUID | None
    list_id: UUID | None
    schedule_at: datetime | None
    unschedule: bool
    strict: bool = False
    pause_at_failure_rate: float | None = None
    price_version: str | None = None
    cleared: frozenset[str] = frozenset()
    if_version: int | None = None
    media_urls: Sequence[str] | None = None
    reference: str | None = None
    metadata: Mapping[str, str] | None = None

    @property
    def confirms(self) -> bool:
        """Whether the edit changes anything that a user confirms by scheduling.

        That is the text, the pictures, the list and the time.
        """
        texts = (self.message, self.template_id, self.media_urls)
        changed = (*texts, self.list_id, self.schedule_at)
        cleared = self.cleared & {"message", "template_id", "list_id"}
        return bool(cleared) or any(value is not None for value in changed)


def text_source(message: str | None, template_id: UUID | None) -> TextSource | None:
    """Return the message, or the template if there is no message. Returns None if there is neither.

    The message is preferred, because somebody wrote or changed it.
    """
    return template_id if message is None else message


def one_text(message: str | None, template_id: UUID | None) -> TextSource:
    """Return the message, or the template if there is no message.

    Raises:
        InvalidInput: Neither is given.
    """
    source = text_source(message, template_id)
    if source is not None:
        return source
    rule = "Provide `message` or `templateId`."
    raise InvalidInput([FieldError("message", rule), FieldError("templateId", rule)])


Part: TypeAlias = Literal["message", "listId"]
"""A part that a campaign needs before it can be sent, by its name in the API."""

_MISSING: Mapping[Part, str] = {
    "message": "The campaign has no text yet. Write a message or choose a template.",
    "listId": "The campaign has no recipients yet. Choose a contact list.",
}


def missing_parts(source: TextSource | None, list_id: UUID | None) -> Sequence[Part]:
    """Return what a campaign with this text and list still lacks."""
    parts: dict[Part, object] = {"message": source, "listId": list_id}
    return [part for part, value in parts.items() if value is None]


def incomplete(parts: Sequence[Part]) -> InvalidInput:
    """Return the error for a campaign that can't be sent because it lacks `parts`."""
    return InvalidInput([FieldError(part, _MISSING[part]) for part in parts], "campaign_incomplete")


def require_text(source: TextSource | None) -> TextSource:
    """Return `source`, a campaign's text, if it has one.

    Raises ``InvalidInput`` campaign_incomplete if it is None.
    """
    if source is None:
        raise incomplete(["message"])
    return source


def require_complete(source: TextSource | None, list_id: UUID | None) -> TextSource:
    """Return the text of a campaign that is to be sent.

    Raises:
        InvalidInput: The campaign lacks a text or a list (code campaign_incomplete). The error
        names everything that is missing.
    """
    parts = missing_parts(source, list_id)
    if source is None or parts:
        raise incomplete(parts)
    return source


def require_consistent(edit: Edit) -> None:
    """Raise ``InvalidInput`` when two changes of `edit` contradict each other."""
    if edit.schedule_at is not None and edit.unschedule:
        raise InvalidInput.of("unschedule", "Can't be combined with `scheduleAt`.")


def require_future(schedule_at: datetime | None, now: datetime) -> None:
    """Raise ``InvalidInput`` unless `schedule_at` is within two years after `now`."""
    if schedule_at is None:
        return
    if schedule_at <= now:
        raise InvalidInput.of(
            "scheduleAt", "Must be in the future. To send the campaign now, start it."
        )
    require_within_two_years(schedule_at, now, "scheduleAt")
