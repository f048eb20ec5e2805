"""The recipients of a batch in which each can have a text of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smsblaster.answers import Id, given, object_of, optional_id
from smsblaster.generated.models.batch_recipient_input import BatchRecipientInput
from smsblaster.generated.models.batch_recipient_input_metadata import BatchRecipientInputMetadata
from smsblaster.generated.models.batch_recipient_input_variables import BatchRecipientInputVariables


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A recipient of a batch: a phone number (``to``) or a contact.

    Attributes:
        variables: Values for placeholders, used before those of the batch and of the contact.
        message: A text for this recipient alone. It is sent as it is.
        reference: Your own reference for this recipient's text.
        metadata: Your own data for this recipient's text.
    """

    to: str | None = None
    contact_id: Id | None = None
    variables: Mapping[str, str] | None = None
    message: str | None = None
    reference: str | None = None
    metadata: Mapping[str, str] | None = None


def recipient_input(recipient: Recipient | Mapping[str, Any]) -> BatchRecipientInput:
    """Return a recipient as requests contain it. A mapping must have the API's field names."""
    if not isinstance(recipient, Recipient):
        return BatchRecipientInput.from_dict(recipient)
    return BatchRecipientInput(
        to=given(recipient.to),
        contact_id=optional_id(recipient.contact_id),
        variables=object_of(BatchRecipientInputVariables, recipient.variables),
        message=given(recipient.message),
        reference=given(recipient.reference),
        metadata=object_of(BatchRecipientInputMetadata, recipient.metadata),
    )
