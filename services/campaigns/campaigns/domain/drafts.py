"""What a person writes of a campaign, and the rules for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from servicekit.errors import FieldError, InvalidInput
from servicekit.future import require_within_two_years

TextSource: TypeAlias = str | UUID
"""A text of its own, or the id of the template that gives it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A new campaign. It starts by itself at ``schedule_at``, where that is given.

    ``strict`` refuses placeholders that contacts don't have, which a draft may have otherwise.
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
    """What to change of a campaign; None leaves it. ``unschedule`` takes the schedule away.

    ``price_version`` is of the quote that is confirmed by scheduling it.
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
        """Whether it changes what was confirmed of a campaign that is, or becomes, scheduled."""
        changed = (self.message, self.template_id, self.list_id, self.schedule_at)
        return any(value is not None for value in changed)


def one_text(message: str | None, template_id: UUID | None) -> TextSource:
    """Choose the text: the message wins where both are given, since somebody wrote or changed it.

    Raises ``InvalidInput`` where neither is given.
    """
    if message is not None:
        return message
    if template_id is not None:
        return template_id
    rule = "give a message or a templateId"
    raise InvalidInput([FieldError("message", rule), FieldError("templateId", rule)])


def require_consistent(edit: Edit) -> None:
    """Raise ``InvalidInput`` where ``edit`` asks for two things at odds."""
    if edit.schedule_at is not None and edit.unschedule:
        raise InvalidInput.of("unschedule", "can't go together with scheduleAt")


def require_future(schedule_at: datetime | None, now: datetime) -> None:
    """Raise ``InvalidInput`` for a time that is not after ``now``, or more than two years later."""
    if schedule_at is None:
        return
    if schedule_at <= now:
        raise InvalidInput.of("scheduleAt", "must be in the future; to send now, start it")
    require_within_two_years(schedule_at, now, "scheduleAt")
