"""Find the messages that an earlier call of the same operation has stored, by recipient.

The message to a recipient is a part of the operation, and has a name within it. The name must be
the same in each call. It is the contact's id if the request names a contact, because the contact's
phone number can change between two calls. Otherwise it is the phone number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit import operation
from services.messaging.sending.domain.batches import Entry


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message that an earlier call of the same operation has stored.

    `charged`: False if that call ended before the charge.
    """

    id: UUID
    operation_id: UUID
    phone: str
    segments: int
    price_cents: int
    charged: bool


def operation_ids(contact_id: str | None, phone: str | None) -> Sequence[UUID]:
    """Return the operation ids that a recipient's message may have. A new message gets the first.

    The previous release named the message by the phone number, even if the request named a contact.
    """
    names = [f"contact {contact_id}"] if contact_id else []
    if phone is not None:
        names.append(phone)
    return [part for part in map(operation.part, names) if part]


def by_position(
    entries: Sequence[Entry], ids: Sequence[Sequence[UUID]], stored: Mapping[UUID, Earlier]
) -> Mapping[int, Earlier]:
    """Return the earlier message of each recipient who has one. A message belongs to one recipient.

    If several recipients have the same phone number, the message belongs to the first of them whose
    text can be filled. The others were duplicates of this recipient.
    """
    order = sorted(range(len(entries)), key=lambda at: entries[at].refused is not None)
    found: dict[int, Earlier] = {}
    left = dict(stored)
    for rank in (0, 1):
        for at in order:
            if at not in found and len(ids[at]) > rank and ids[at][rank] in left:
                found[at] = left.pop(ids[at][rank])
    return found
