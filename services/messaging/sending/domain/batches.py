"""Batches: one request with many recipients, of whom each can have a text of their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from uuid import UUID

from servicekit.phones import InvalidPhone, Phone, normalise
from services.messaging.sending.domain.limits import CAP_REACHED, Refusal
from services.messaging.sending.domain.recipients import DUPLICATE, INSUFFICIENT_BALANCE
from services.messaging.sending.domain.send_options import SendOptions

# Reasons that no field of the request can change.
_NOBODYS_FIELD = (INSUFFICIENT_BALANCE, CAP_REACHED)


@dataclass(frozen=True, slots=True)
class OwnText:
    """A recipient's own text, reference and metadata. None and empty mean: those of the batch.

    `body` is the recipient's text, with its placeholders filled in.
    """

    body: str | None = None
    reference: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def options(self, of_batch: SendOptions) -> SendOptions:
        """Return the options of the recipient's message. The default are those of the batch."""
        if not self.reference and not self.metadata:
            return of_batch
        return replace(
            of_batch,
            reference=self.reference or of_batch.reference,
            metadata=self.metadata or of_batch.metadata,
        )


SAME_TEXT = OwnText()
"""The recipient gets what everybody gets."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The recipient gets no text. `field`: the request's field at fault, or None."""

    why: Refusal
    field: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A recipient as the request names them.

    Attributes:
        number: The phone number as it was given.
        field: The field of the request that names the recipient, such as ``numbers[3]``.
        own: The text, reference and metadata that this recipient gets instead of the batch's.
        refused: Why the recipient's text can't be filled, if that is so.
        contact_id: The contact, if the request names the recipient by one. Then `number` is the
            contact's number, which may be another one when the request is repeated.
    """

    number: str
    field: str
    own: OwnText = SAME_TEXT
    refused: Refused | None = None
    contact_id: str | None = None

    def refuse(self, why: Refusal) -> Refused:
        """Return the outcome for a recipient who can't be texted."""
        return Refused(why, None if why in _NOBODYS_FIELD else self.field)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The recipient at the position `of` has the same phone number, and gets the text.

    `field` of the request names this recipient.
    """

    of: int
    field: str
    why: Refusal = DUPLICATE


@dataclass(frozen=True, slots=True)
class AcceptedText:
    """The recipient's message is accepted and charged."""

    message_id: UUID
    segments: int
    price_cents: int


@dataclass(frozen=True, slots=True)
class WaitingText:
    """The recipient's message waits for its time. The price was confirmed."""

    segments: int
    price_cents: int


Outcome: TypeAlias = Refused | Duplicate | AcceptedText | WaitingText
"""What became of a recipient."""


@dataclass(frozen=True, slots=True)
class SortedEntries:
    """The recipients of a batch by their positions: each is in `phones` or in `outcomes`.

    Attributes:
        phones: Recipients who may be texted, and their phone numbers.
        outcomes: Recipients who get no text, because their number is invalid or a duplicate, or
            because their text can't be filled.
        unfilled: The phone numbers of the recipients whose text can't be filled.
    """

    phones: Mapping[int, Phone]
    outcomes: Mapping[int, Refused | Duplicate]
    unfilled: Mapping[int, Phone]


def sort_entries(
    entries: Sequence[Entry], numbers: Sequence[Phone | Refused], done: Mapping[int, str]
) -> SortedEntries:
    """Separate the recipients who may be texted from duplicates and those who can't be texted.

    A recipient whose text can't be filled does not make a later one with the same number a
    duplicate.

    Args:
        entries: The recipients.
        numbers: Their phone numbers.
        done: The positions of recipients who already have a message, each with its phone number.
            They are left out of the result.
    """
    phones: dict[int, Phone] = {}
    outcomes: dict[int, Refused | Duplicate] = {}
    unfilled: dict[int, Phone] = {}
    first = {number: position for position, number in done.items()}
    for position, (entry, phone) in enumerate(zip(entries, numbers, strict=True)):
        if position in done:
            continue
        if isinstance(phone, Refused):
            outcomes[position] = entry.refused or phone
        elif entry.refused:
            outcomes[position] = entry.refused
            unfilled[position] = phone
        elif phone.e164 in first:
            outcomes[position] = Duplicate(first[phone.e164], entry.field)
        else:
            first[phone.e164] = position
            phones[position] = phone
    return SortedEntries(phones, outcomes, unfilled)


def same_text(numbers: Iterable[str]) -> Sequence[Entry]:
    """Return the recipients of a batch in which everybody gets the same text."""
    return [Entry(number, f"numbers[{position}]") for position, number in enumerate(numbers)]


def number_of(entry: Entry) -> Phone | Refused:
    """Return a recipient's phone number, or why there is none."""
    try:
        return normalise(entry.number)
    except InvalidPhone as error:
        return entry.refuse(Refusal("invalid_number", error.message))
