"""Read contacts from the pieces of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from servicekit.errors import InvalidInput
from services.contacts.domain.csv_rows import CsvLimits, CsvRows, Row
from services.contacts.domain.import_columns import resolve, suggest
from services.contacts.domain.import_header import HEAD_ROWS, Header, headings_of
from services.contacts.domain.import_quotes import quotes_of
from services.contacts.domain.import_rows import ContactRows, KeptError, RowError, StagedContact
from services.contacts.domain.import_text import is_blank

_SAMPLE_ROWS = 5
CHECKED_ROWS = 200
"""Maximum rows that a preview checks."""
_AS_WINDOWS = RowError(
    1,
    "file",
    "The file is not in UTF-8 and was read as Windows-1252 (Western European). If letters look"
    " wrong, save it as “CSV UTF-8” and import it again.",
)


_QUOTED = "Every cell begins with an apostrophe. The apostrophes were left out."


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import a file.

    Attributes:
        mapping: the field of each column name; empty to use the suggested mapping.
        list_id: the list to which every contact is added.
        default_country: the country of phone numbers without a country code.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    list_id: UUID | None = None
    default_country: str = "US"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a user sees of a file before its import: first rows, suggested mapping, check of rows.

    Attributes:
        rows_checked: how many rows were checked; 0 if no column is mapped to the phone number.
        rows_valid: how many of the checked rows would be imported.
        opted_out: how many of the checked rows would opt a contact out.
        errors: the rows and cells that would be left out.
    """

    headers: Sequence[str]
    sample_rows: Sequence[Sequence[str]]
    suggested_mapping: Mapping[str, str]
    rows_checked: int = 0
    rows_valid: int = 0
    opted_out: int = 0
    errors: Sequence[RowError] = ()


class ImportFile:
    """Reads a file piece by piece. Raises the errors of ``CsvRows`` and ``resolve``.

    If ``keeps`` is set, all errors are kept until ``take_kept`` is called.
    """

    def __init__(self, options: ImportOptions, limits: CsvLimits, *, keeps: bool = False) -> None:
        self.headings: Sequence[str] = ()
        self._keeps = keeps
        self._options = options
        self._header = Header(options.mapping)
        self._csv = CsvRows(limits, self._header.known_headings)
        self._head: list[Row] = []
        self._contacts: ContactRows | None = None

    def read(self, piece: bytes, last: bool = False) -> list[StagedContact]:
        """Read the next piece, and return the contacts that are complete now.

        ``last`` marks the end of the file.
        """
        rows: Sequence[Row] = self._csv.feed(piece, last)
        if self._contacts is None:
            self._head += _not_blank(rows)
            if len(self._head) < HEAD_ROWS + _SAMPLE_ROWS and not last:
                return []
            self._contacts, rows = self._begin()
        if last and self._csv.is_windows:
            self._contacts.report(_AS_WINDOWS)
        return self._contacts.read(rows)

    def _begin(self) -> tuple[ContactRows, Sequence[Row]]:
        head = _divided(self._head, self._header)
        self.headings = head.headings
        return head.contacts(self._header, self._options, keeps=self._keeps), head.rows

    @property
    def begun(self) -> bool:
        """Whether a usable header has been read."""
        return self._contacts is not None

    @property
    def skipped(self) -> int:
        """How many rows were left out so far."""
        return self._contacts.skipped if self._contacts else 0

    @property
    def incomplete(self) -> int:
        """How many contacts so far have an unreadable cell."""
        return self._contacts.incomplete if self._contacts else 0

    @property
    def errors(self) -> Sequence[RowError]:
        """The first 1,000 rows and cells that were left out."""
        return self._contacts.errors if self._contacts else ()

    def take_kept(self) -> list[KeptError]:
        """Return the errors that were found since the last call of this method."""
        return self._contacts.take_kept() if self._contacts else []


class RowCounter:
    """Counts the rows of a file that an import reads. Empty lines are not counted."""

    def __init__(self, options: ImportOptions, limits: CsvLimits) -> None:
        self._header = Header(options.mapping)
        self._csv = CsvRows(limits, self._header.known_headings)
        self._head: list[Row] | None = []
        self.total: int | None = 0

    def read(self, piece: bytes, last: bool = False) -> None:
        """Count the rows that ``piece`` completes. ``last`` marks the end of the file.

        ``total`` is None from then on if the file can't be read.
        """
        if self.total is None:
            return
        try:
            self.total += sum(1 for _, cells in self._rows(piece, last) if not is_blank(cells))
        except InvalidInput:  # the import reports it
            self.total = None

    def _rows(self, piece: bytes, last: bool) -> Sequence[Row]:
        rows: Sequence[Row] = self._csv.feed(piece, last)
        if self._head is None:
            return rows
        self._head += _not_blank(rows)
        if len(self._head) < HEAD_ROWS + _SAMPLE_ROWS and not last:
            return ()
        head = _divided(self._head, self._header)
        self._head = None
        return head.rows


class PreviewFile:
    """Reads enough of a file for a preview. Raises the errors of ``CsvRows`` and ``resolve``."""

    def __init__(self, options: ImportOptions, limits: CsvLimits) -> None:
        self._options = options
        self._header = Header(options.mapping)
        self._csv = CsvRows(limits, self._header.known_headings)
        self._rows: list[Row] = []

    def read(self, piece: bytes, last: bool = False) -> bool:
        """Read a piece. Returns whether enough rows were read for a preview."""
        self._rows += _not_blank(self._csv.feed(piece, last))
        return len(self._rows) >= HEAD_ROWS + CHECKED_ROWS

    def preview(self) -> Preview:
        """Return the preview. Raises ``InvalidInput`` for an empty file or an unusable mapping."""
        head = _divided(self._rows, self._header)
        headings, samples = head.headings, _samples(head.rows)
        suggested = suggest(headings, samples)
        if not self._header.mapping and "phone" not in suggested.values():
            return Preview(headings, samples, suggested)
        contacts = head.contacts(self._header, self._options)
        checked = head.rows[:CHECKED_ROWS]
        staged = contacts.read(checked)
        return Preview(
            headings,
            samples,
            suggested,
            rows_checked=len(checked),
            rows_valid=sum(1 for contact in staged if not contact.opt_out_only),
            opted_out=sum(1 for contact in staged if contact.opted_out_at),
            errors=contacts.errors,
        )


@dataclass(frozen=True, slots=True)
class _Head:
    """The first rows of a file: those before the header, the header, and those after it."""

    before: list[Row]
    header: Row
    headings: list[str]
    rows: list[Row]

    def contacts(
        self, header: Header, options: ImportOptions, *, keeps: bool = False
    ) -> ContactRows:
        """Return a reader of the file's contacts.

        It has already reported the lines before the header.

        Raises what ``resolve`` and ``ContactRows`` raise.
        """
        line, names = self.header
        columns = resolve(self.headings, header.mapping, _samples(self.rows))
        quotes = quotes_of(names, _samples(self.rows))
        country = options.default_country
        contacts = ContactRows(columns, self.headings, country, quotes, keeps=keeps)
        contacts.report_lines_before(self.before)
        if quotes:
            contacts.report(RowError(line, "file", _QUOTED))
        return contacts


def _divided(rows: list[Row], header: Header) -> _Head:
    """Find the header among the first rows of a file. Raises ``InvalidInput`` for an empty file."""
    head = rows[:HEAD_ROWS]
    begin = header.find(head)
    if begin == len(head):
        raise InvalidInput.of("file", "is empty")
    return _Head(rows[:begin], rows[begin], headings_of(rows[begin][1]), rows[begin + 1 :])


def _not_blank(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not is_blank(row[1])]


def _samples(rows: Sequence[Row]) -> Sequence[Sequence[str]]:
    return [cells for _, cells in rows[:_SAMPLE_ROWS]]
