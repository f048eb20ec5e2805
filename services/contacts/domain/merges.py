"""Compute the values that a contact gets when another contact is merged into it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

MergeField = Literal["name", "email", "phone", "zone"]
"""What the kept contact can take from the merged one."""

_COLUMNS: dict[MergeField, tuple[str, ...]] = {
    "name": ("first_name", "last_name"),
    "email": ("email",),
    "zone": ("time_zone",),
}


@dataclass(frozen=True, slots=True)
class Details:
    """The fields of a contact, other than the phone number, that a merge can change."""

    first_name: str | None
    last_name: str | None
    email: str | None
    time_zone: str | None


def changes(kept: Details, merged: Details, take: AbstractSet[MergeField]) -> dict[str, str | None]:
    """Return the columns of the contact ``kept`` that change, with their new values.

    ``kept`` gets the fields in ``take`` and all fields that it lacks from the contact ``merged``,
    except those that ``merged`` lacks. First and last name count as one field, so that no name is
    put together from two people's names.
    """
    changed: dict[str, str | None] = {}
    for field, columns in _COLUMNS.items():
        own = {column: getattr(kept, column) for column in columns}
        other = {column: getattr(merged, column) for column in columns}
        if any(other.values()) and (field in take or not any(own.values())):
            changed |= {column: other[column] for column in columns if own[column] != other[column]}
    return changed
