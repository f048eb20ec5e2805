"""The end of data: what a service removes of a person or an organisation, part by part."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from servicekit.phones import forms_of


@dataclass(frozen=True, slots=True)
class Person:
    """A person to erase: all phone numbers in E.164, and the ids of the person's contacts."""

    phones: Sequence[str]
    contact_ids: Sequence[UUID]

    @property
    def numbers(self) -> Sequence[str]:
        """The phone numbers in every form in which they may be stored."""
        return sorted({form for phone in self.phones for form in forms_of(phone)})


@dataclass(frozen=True, slots=True)
class Removed:
    """What one call has removed.

    Attributes:
        counts: How many rows were deleted or emptied, by the name of what they store.
        done: Whether nothing is left.
        cursor: Where the next call continues.
        waiting_for: What must happen first, if the service can't go on now.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    done: bool = True
    cursor: str = ""
    waiting_for: str | None = None

    def added_to(self, counts: Mapping[str, int]) -> Mapping[str, int]:
        """Return ``counts`` of earlier calls with those of this call, without zeros."""
        return dict(Counter(counts) + Counter(self.counts))


class ErasesPeople(Protocol):
    """The use case of a service that erases a person."""

    async def erase(self, org_id: UUID, person: Person, cursor: str) -> Removed:
        """Remove a part of what is stored about a person, from ``cursor`` on. Idempotent."""


class DeletesOrganisations(Protocol):
    """The use case of a service that deletes what it stores about an organisation."""

    async def delete(self, org_id: UUID, cursor: str) -> Removed:
        """Delete a part of what is stored, from ``cursor`` on. Idempotent."""
