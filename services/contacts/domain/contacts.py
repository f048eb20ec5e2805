"""What is known of a contact, and how it is tidied before it is kept."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, is_e164, normalise

MAX_NAME_LENGTH = 100
MAX_EMAIL_LENGTH = 254
MAX_TAG_LENGTH = 50
MAX_TAGS = 50

_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")


@dataclass(frozen=True, slots=True)
class Details:
    """What a contact is created with: an E.164 phone number, and what else is known."""

    phone: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What changes of a contact: columns by name, None to empty one, and the whole set of tags.

    ``tags`` is None where they stay as they are.
    """

    columns: dict[str, str | None] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
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


def to_e164(raw: str, field_name: str = "phone") -> str:
    """The E.164 form of a phone number as a person of the United States types it.

    Raises ``InvalidInput`` for what can't be texted.
    """
    try:
        return normalise(raw).e164
    except InvalidPhone as fault:
        raise InvalidInput.of(field_name, fault.message) from None


def is_email(text: str) -> bool:
    """Whether ``text`` is an e-mail address, by the rule of HTML's input of that type.

    It is the rule that the contract's ``email`` option applies as well.
    """
    return len(text) <= MAX_EMAIL_LENGTH and _EMAIL.fullmatch(text) is not None


def require_reachable(phones: Iterable[str]) -> None:
    """Raise ``InvalidInput`` unless each is E.164 or a short code, as inbound texts bring them."""
    for index, phone in enumerate(phones):
        if not is_e164(phone) and _SHORT_CODE.fullmatch(phone) is None:
            raise InvalidInput.of(f"phones[{index}]", "is neither E.164 nor a short code")
