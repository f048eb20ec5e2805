"""Write the rows that an import left out as a CSV file, which can be corrected and imported."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n", "\r")
_OWN_COLUMNS = ("Import error", "Import row")


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A row that an import left out.

    ``number`` is the position of its error among the import's errors, ``row`` the line in the file.
    """

    number: int
    row: int
    message: str
    cells: Sequence[str]


def header_of(headings: Sequence[str]) -> str:
    """Return the header row of failed rows: the error, the line, and the file's own columns."""
    return _csv([[*_OWN_COLUMNS, *headings]])


def lines_of(rows: Iterable[FailedRow]) -> str:
    """Return failed rows as lines of CSV.

    A cell that a spreadsheet would read as a formula gets an apostrophe before it. Imports remove
    the apostrophe.
    """
    return _csv([row.message, str(row.row), *map(_escaped, row.cells)] for row in rows)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()


def _escaped(cell: str) -> str:
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA_STARTS) else cell
