"""Data of a contact, and how input is cleaned up before it is stored."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from servicekit.emails import InvalidEmail, normalise_email
from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, is_e164, normalise
from servicekit.time_zones import require_time_zone

MAX_NAME_LENGTH = 100
MAX_TAG_LENGTH = 50
MAX_TAGS = 50

_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_SENDER = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,318}[^\s\x00-\x1f\x7f])?")


OptStatus = Literal["opted_in", "opted_out"]


@dataclass(frozen=True, slots=True)
class NewContact:
    """A contact to create. ``phone`` is E.164."""

    phone: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    time_zone: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name. Unknown parts are None."""

    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class ContactChange:
    """A change of a contact.

    Attributes:
        columns: the new value of each column that changes. None empties the column.
        tags: all tags of the contact from now on, or None to leave them unchanged.
        if_version: the version that the caller has read, or None to change any version.
    """

    columns: dict[str, str | None] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class TagChange:
    """Tags to add to contacts and to remove from them."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """A filter for contacts. A contact must match every given field.

    Attributes:
        search: words of the name or email address, or a part of the phone number.
        tag: a tag that the contact has.
        list_id: a list that the contact is on.
        opt_status: the contact's opt status.
        added_from: the contact was added at this time or later.
        added_before: the contact was added before this time.
        within: the filter of a segment, which the contact must match too.
    """

    search: str = ""
    tag: str = ""
    list_id: UUID | None = None
    opt_status: OptStatus | None = None
    added_from: datetime | None = None
    added_before: datetime | None = None
    within: "ContactFilter | None" = None

    @property
    def parts(self) -> tuple["ContactFilter", ...]:
        """This filter, and the filter in ``within`` if there is one."""
        return (self,) if self.within is None else (self, *self.within.parts)


FIELD_OF_COLUMN = {"opted_out_at": "optStatus", "tags_version": "tags"}
"""The field's name in the contract, for each column whose name is different."""


def tidy(text: str) -> str | None:
    """Return ``text`` without surrounding space, or None if nothing is left."""
    return text.strip() or None


def tidy_tags(names: Iterable[str]) -> tuple[str, ...]:
    """Return tag names without surrounding space, in the same order, without empty ones."""
    return tuple(name for name in map(str.strip, names) if name)


def tag_change(add: Iterable[str], remove: Iterable[str]) -> TagChange:
    """Return the tags to add and to remove, tidied.

    Raises ``InvalidInput`` if there are no tags, or if a tag is both added and removed.
    """
    change = TagChange(tidy_tags(add), tidy_tags(remove))
    if not change.add and not change.remove:
        raise InvalidInput.of("add", "name at least one tag to add or to remove")
    if {name.lower() for name in change.add} & {name.lower() for name in change.remove}:
        raise InvalidInput.of("remove", "contains a tag that is also in `add`")
    return change


def to_e164(raw: str, field_name: str = "phone") -> str:
    """Return the E.164 form of a phone number as people in the United States write it.

    Raises ``InvalidInput`` if the number can't receive texts.
    """
    try:
        return normalise(raw).e164
    except InvalidPhone as fault:
        raise InvalidInput.of(field_name, fault.message) from None


def to_time_zone(raw: str) -> str | None:
    """Return the IANA time zone that ``raw`` names, None if empty. Raises ``InvalidInput``."""
    named = tidy(raw)
    return require_time_zone(named) if named else None


def to_email(raw: str) -> str | None:
    """Return the email address as it is stored, None if empty. Raises ``InvalidInput``."""
    try:
        return normalise_email(raw) if raw else None
    except InvalidEmail as fault:
        raise InvalidInput.of("email", fault.message) from None


def require_reachable(phones: Iterable[str], *, any_sender: bool = False) -> None:
    """Raise ``InvalidInput`` unless each of ``phones`` is an E.164 number or a short code.

    With ``any_sender``, ``phones`` are where incoming texts came from, which may also be names or
    addresses of another channel: up to 320 printable characters without surrounding space.
    """
    for index, phone in enumerate(phones):
        if any_sender:
            if _SENDER.fullmatch(phone) is None:
                message = "must have 1 to 320 printable characters, without space around them"
                raise InvalidInput.of(f"phones[{index}]", message)
        elif not is_e164(phone) and _SHORT_CODE.fullmatch(phone) is None:
            raise InvalidInput.of(f"phones[{index}]", "must be an E.164 number or a short code")
