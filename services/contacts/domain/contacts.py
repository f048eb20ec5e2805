"""What is known of a contact, and how it is tidied before it is kept."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from servicekit.emails import InvalidEmail, normalise_email
from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, is_e164, normalise
from servicekit.time_zones import is_time_zone

MAX_NAME_LENGTH = 100
MAX_TAG_LENGTH = 50
MAX_TAGS = 50
NO_TIME_ZONE = "is not an IANA time zone, such as America/New_York"

_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_SENDER = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,318}[^\s\x00-\x1f\x7f])?")


@dataclass(frozen=True, slots=True)
class NewContact:
    """What a contact is created with: an E.164 phone number, and what else is known."""

    phone: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    time_zone: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """What somebody is called, as far as that is known."""

    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class ContactChange:
    """What changes of a contact: columns by name, None to empty one, and the whole set of tags.

    ``tags`` is None where they stay as they are.
    """

    columns: dict[str, str | None] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts are asked for: those that every given filter admits."""

    search: str = ""
    tag: str = ""
    list_id: UUID | None = None


def tidy(text: str) -> str | None:
    """``text`` without the space around it; None where nothing is left."""
    return text.strip() or None


def tidy_tags(names: Iterable[str]) -> tuple[str, ...]:
    """Tag names without the space around them, in their order, empty ones left out."""
    return tuple(name for name in map(str.strip, names) if name)


def tags_to_change(
    add: Iterable[str], remove: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tags to give and to take, tidied. Raises ``InvalidInput`` for none, or one in both."""
    given, taken = tidy_tags(add), tidy_tags(remove)
    if not given and not taken:
        raise InvalidInput.of("add", "name a tag to add or to remove")
    if {name.lower() for name in given} & {name.lower() for name in taken}:
        raise InvalidInput.of("remove", "names a tag that is to be added as well")
    return given, taken


def to_e164(raw: str, field_name: str = "phone") -> str:
    """The E.164 form of a phone number as a person of the United States types it.

    Raises ``InvalidInput`` for what can't be texted.
    """
    try:
        return normalise(raw).e164
    except InvalidPhone as fault:
        raise InvalidInput.of(field_name, fault.message) from None


def to_time_zone(raw: str) -> str | None:
    """The IANA time zone that ``raw`` names; None where it is empty. Raises ``InvalidInput``."""
    name = tidy(raw)
    if name and not is_time_zone(name):
        raise InvalidInput.of("timeZone", NO_TIME_ZONE)
    return name


def to_email(raw: str) -> str | None:
    """The e-mail address as it is kept; None where it is empty. Raises ``InvalidInput``."""
    try:
        return normalise_email(raw) if raw else None
    except InvalidEmail as fault:
        raise InvalidInput.of("email", fault.message) from None


def require_reachable(phones: Iterable[str], *, any_sender: bool = False) -> None:
    """Raise ``InvalidInput`` unless each is E.164 or a short code.

    With ``any_sender`` they come from incoming texts and may also be names or addresses of another
    channel: up to 320 printable characters without space at either end.
    """
    for index, phone in enumerate(phones):
        if any_sender:
            if _SENDER.fullmatch(phone) is None:
                raise InvalidInput.of(f"phones[{index}]", "is not a sender of texts")
        elif not is_e164(phone) and _SHORT_CODE.fullmatch(phone) is None:
            raise InvalidInput.of(f"phones[{index}]", "is neither E.164 nor a short code")
