"""Rows that storage returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db.versions import Versions
from services.contacts.domain.contacts import ContactFilter


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as it is stored, with the fields of the contract."""

    id: UUID
    phone: str
    first_name: str | None
    last_name: str | None
    email: str | None
    time_zone: str | None
    tags: Sequence[str]
    opt_status: str
    opted_out_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class LockedContact:
    """What must be known to change a contact: its phone number, opt-out and versions."""

    phone: str
    opted_out_at: datetime | None
    versions: Versions


@dataclass(frozen=True, slots=True)
class PhoneOwner:
    """The contact that has a phone number, and whether it is deleted."""

    contact_id: UUID
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Recipient:
    """A contact, with the fields that sending needs.

    ``merged_contact_ids`` are deleted contacts that were merged into it. They are empty unless they
    were loaded.
    """

    contact_id: UUID
    phone: str
    first_name: str | None
    last_name: str | None
    email: str | None
    opted_out: bool
    time_zone: str | None
    merged_contact_ids: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class ContactList:
    """A contact list and how many members it has.

    A segment has ``filters``. Its member count may be out of date.
    ``opted_out_count`` and ``new_count`` are None if they are not counted.
    """

    id: UUID
    name: str
    member_count: int
    created_at: datetime
    version: int
    column_versions: Mapping[str, int]
    filters: ContactFilter | None = None
    opted_out_count: int | None = None
    new_count: int | None = None

    @property
    def versions(self) -> Versions:
        """The list's version, and the version in which each of its columns last changed."""
        return Versions(self.version, self.column_versions)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and how many contacts have it."""

    name: str
    contact_count: int


@dataclass(frozen=True, slots=True)
class TagCounts:
    """How many tags were added and removed, and how many contacts have changed."""

    added: int
    removed: int
    contacts: int


@dataclass(frozen=True, slots=True)
class BulkChange:
    """A bulk change, with the fields of the contract.

    ``matched`` is None until contacts are found.
    """

    filters: ContactFilter
    id: UUID
    action: str
    tags: Sequence[str]
    list_id: UUID | None
    status: str
    expected_count: int
    matched: int | None
    processed: int
    changed: int
    failure: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import job, with the fields of the contract.

    ``row_errors`` holds a ``RowError`` as a mapping for each row or cell that was left out. Pages
    of jobs leave it empty.
    """

    id: UUID
    status: str
    rows_read: int
    created: int
    updated: int
    skipped: int
    opted_out: int
    incomplete: int
    row_errors: Sequence[Mapping[str, Any]]
    error_count: int
    failure: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    total_rows: int | None


@dataclass(frozen=True, slots=True)
class StoredError:
    """An error of an import job. ``number`` is its position among the job's errors."""

    number: int
    row: int
    field: str
    message: str
    column: str
    value: str
