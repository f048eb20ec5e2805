"""The data that a user enters for a campaign, and the rules for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from servicekit.errors import FieldError, InvalidInput
from servicekit.future import require_within_two_years

TextSource: TypeAlias = str | UUID
"""A text, or the id of the template that provides it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A new campaign. If `schedule_at` is set, it starts at that time.

    `strict` rejects placeholders that contacts don't have. Otherwise a draft may have them.
    """

    name: str
    message: str | None
    template_id: UUID | None
    list_id: UUID
    schedule_at: datetime | None
    strict: bool = False
    pause_at_failure_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes of a campaign. A field that is None stays as it is.

    `unschedule` removes the schedule. `price_version` names the quote that scheduling confirms.
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

    @property
    def confirms(self) -> bool:
        """Whether the edit changes the text, the list or the time, which scheduling confirms."""
        changed = (self.message, self.template_id, self.list_id, self.schedule_at)
        return any(value is not None for value in changed)


def one_text(message: str | None, template_id: UUID | None) -> TextSource:
    """Return the message, or the template if there is no message.

    The message is preferred, because somebody wrote or changed it.

    Raises:
        InvalidInput: Neither is given.
    """
    if message is not None:
        return message
    if template_id is not None:
        return template_id
    rule = "Provide a message or a templateId."
    raise InvalidInput([FieldError("message", rule), FieldError("templateId", rule)])


def require_consistent(edit: Edit) -> None:
    """Raise ``InvalidInput`` when two changes of `edit` contradict each other."""
    if edit.schedule_at is not None and edit.unschedule:
        raise InvalidInput.of("unschedule", "Can't be combined with scheduleAt.")


def require_future(schedule_at: datetime | None, now: datetime) -> None:
    """Raise ``InvalidInput`` unless `schedule_at` is within two years after `now`."""
    if schedule_at is None:
        return
    if schedule_at <= now:
        raise InvalidInput.of(
            "scheduleAt", "Must be in the future. To send the campaign now, start it."
        )
    require_within_two_years(schedule_at, now, "scheduleAt")
