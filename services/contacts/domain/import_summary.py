"""The result of an import so far."""

from dataclasses import dataclass, field

from services.contacts.domain.import_rows import RowError


@dataclass(slots=True)
class ImportSummary:
    """Counts of an import, and its errors.

    Attributes:
        created: contacts that are new or restored.
        updated: contacts that existed.
        skipped: rows that were left out.
        opted_out: contacts that the file opted out, without those that had opted out before.
        incomplete: contacts with a cell that could not be read, at least in part, and was left out.
        errors: the rows and cells that were left out.
    """

    created: int = 0
    updated: int = 0
    skipped: int = 0
    opted_out: int = 0
    incomplete: int = 0
    errors: list[RowError] = field(default_factory=list)
