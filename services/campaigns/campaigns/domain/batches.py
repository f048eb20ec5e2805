"""Batches: texts to many people in one request, and the rules for filling them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from servicekit.errors import FieldError, InvalidInput
from services.campaigns.templates.domain.templates import MAX_TEXT, Template

CONTACT_NOT_FOUND = "This contact doesn't exist."

_ONE_NAME = "Provide either a phone number (`to`) or a contact (`contactId`)."
_ONE_LIST = "Provide either phone numbers (`numbers`) or `recipients`."
_ONE_TEXT = "A recipient with its own `message` can't have `variables`. Leave one of them out."
_NO_TEXT = "Provide `message` or `templateId`, or a `message` for each recipient."


@dataclass(frozen=True, slots=True)
class BatchRecipient:
    """A recipient as the request names them, by the number `to` or by the contact.

    `message` is the recipient's own finished text. Otherwise the recipient gets the text of the
    batch, filled with `variables`. `reference` and `metadata` are those of the recipient's message.
    """

    to: str | None = None
    contact_id: UUID | None = None
    message: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """A text to many `numbers`, or texts to `recipients`: `message` or a template, filled.

    `variables` are values for all recipients.
    """

    message: str | None
    template_id: UUID | None
    variables: Mapping[str, str]
    numbers: Sequence[str]
    recipients: Sequence[BatchRecipient]


@dataclass(frozen=True, slots=True)
class TextRefusal:
    """Why a recipient's text can't be filled: a stable code, and the field that is at fault."""

    code: str
    message: str
    field: str


@dataclass(frozen=True, slots=True)
class BatchText:
    """The text to one recipient.

    Attributes:
        to: The phone number as it was given, or that of the contact.
        field: The field of the request that names the recipient.
        body: The finished text. None for the text of the batch.
        refusal: Why there is no text, if that is so.
        reference: The recipient's own reference. None for that of the batch.
        metadata: The recipient's own metadata. None for that of the batch.
        contact_id: The contact, if the request names the recipient by one.
    """

    to: str
    field: str
    body: str | None = None
    refusal: TextRefusal | None = None
    reference: str | None = None
    metadata: Mapping[str, str] | None = None
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FilledBatch:
    """The texts of a batch, and the text of the batch before it was filled for its recipients."""

    texts: Sequence[BatchText]
    body: str


def require_consistent(batch: BatchRequest) -> None:
    """Check that the batch has either numbers or recipients, and that its recipients are complete.

    Raises:
        InvalidInput: The error names each field that contradicts another one or is missing.
    """
    if bool(batch.numbers) == bool(batch.recipients):
        raise InvalidInput([FieldError("numbers", _ONE_LIST), FieldError("recipients", _ONE_LIST)])
    faults: list[FieldError] = []
    for at, recipient in enumerate(batch.recipients):
        if (recipient.to is None) == (recipient.contact_id is None):
            faults.append(FieldError(f"recipients[{at}].to", _ONE_NAME))
            faults.append(FieldError(f"recipients[{at}].contactId", _ONE_NAME))
        if recipient.message is not None and recipient.variables:
            faults.append(FieldError(f"recipients[{at}].variables", _ONE_TEXT))
    has_text = batch.message is not None or batch.template_id is not None
    if not has_text and (batch.numbers or any(r.message is None for r in batch.recipients)):
        faults += [FieldError("message", _NO_TEXT), FieldError("templateId", _NO_TEXT)]
    if faults:
        raise InvalidInput(faults)


def fill(template: Template, values: Mapping[str, str], field: str) -> str | TextRefusal:
    """Return the text that a recipient gets, or why it can't be filled.

    `field` is the field of the request with the recipient's values.
    """
    missing = [name for name in template.variables if name not in values]
    if missing:
        names = ", ".join(missing)
        message = f"Values for these placeholders are missing: {names}. Add them to `variables`."
        return TextRefusal("missing_variables", message, f"{field}.{missing[0]}")
    text = template.render(values)
    if len(text) > MAX_TEXT:
        message = f"The text would have {len(text)} characters. The maximum is {MAX_TEXT}."
        return TextRefusal("message_too_long", message, field)
    if not text.strip():
        message = "The text would be empty. Give a value that is not empty."
        return TextRefusal("message_empty", message, field)
    return text
