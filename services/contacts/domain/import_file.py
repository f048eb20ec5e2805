"""A file that is imported: its pieces in, contacts out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from servicekit.errors import InvalidInput
from services.contacts.domain.csv_rows import CsvLimits, CsvRows, Row
from services.contacts.domain.import_columns import resolve, suggest
from services.contacts.domain.import_rows import ContactRows, RowError, Staged

_SAMPLE_ROWS = 5


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """How to import a file.

    ``mapping``: field by column name, empty for the suggested one. ``list_id``: where to put every
    contact. ``default_country``: whose numbers may come without a country code.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    list_id: UUID | None = None
    default_country: str = "US"


@dataclass(frozen=True, slots=True)
class Preview:
    """The head of a file: its column names, its first rows, and what its columns seem to hold."""

    headers: Sequence[str]
    sample_rows: Sequence[Sequence[str]]
    suggested_mapping: Mapping[str, str]


class ImportFile:
    """Reads a file piece by piece. Raises as ``CsvRows``, and as ``resolve`` for its header."""

    def __init__(self, order: ImportOrder, limits: CsvLimits) -> None:
        self._order = order
        self._csv = CsvRows(limits)
        self._head: list[Row] = []
        self._contacts: ContactRows | None = None

    def read(self, piece: bytes, last: bool = False) -> list[Staged]:
        """The contacts that are complete with ``piece``; ``last`` is the end of the file."""
        rows = self._csv.feed(piece, last)
        if self._contacts is None:
            # The first rows too, however the file is cut: they help to find what columns hold.
            self._head = rows = _without_blank_head(self._head + rows)
            if len(rows) <= _SAMPLE_ROWS and not last:
                return []
            if not rows:
                raise InvalidInput.of("file", "is empty")
            headers = _headers(rows.pop(0))
            columns = resolve(headers, self._order.mapping, _samples(rows))
            self._contacts = ContactRows(columns, headers, self._order.default_country)
        return self._contacts.read(rows)

    @property
    def begun(self) -> bool:
        """Whether the header was there, and is one that can be used."""
        return self._contacts is not None

    @property
    def skipped(self) -> int:
        """How many rows were left out so far."""
        return self._contacts.skipped if self._contacts else 0

    @property
    def errors(self) -> Sequence[RowError]:
        """Why, for the first 1,000."""
        return self._contacts.errors if self._contacts else ()


class PreviewFile:
    """Reads as much of a file as a preview needs. Raises as ``CsvRows``."""

    def __init__(self, limits: CsvLimits) -> None:
        self._csv = CsvRows(limits)
        self._rows: list[Row] = []

    def read(self, piece: bytes, last: bool = False) -> bool:
        """Read on; whether there is enough."""
        self._rows = _without_blank_head(self._rows + self._csv.feed(piece, last))
        return len(self._rows) > _SAMPLE_ROWS

    def preview(self) -> Preview:
        """What was read. Raises ``InvalidInput`` for an empty file."""
        if not self._rows:
            raise InvalidInput.of("file", "is empty")
        headers = _headers(self._rows[0])
        samples = _samples(self._rows[1:])
        return Preview(headers, samples, suggest(headers, samples))


def _without_blank_head(rows: list[Row]) -> list[Row]:
    """``rows`` from the first that is not empty and does not name the delimiter: the header."""
    begin = next((i for i, (_, cells) in enumerate(rows) if _is_header(cells)), len(rows))
    return rows[begin:]


def _is_header(cells: Sequence[str]) -> bool:
    return any(cells) and not (cells[0].lower() == "sep=" and not any(cells[1:]))


def _samples(rows: Sequence[Row]) -> Sequence[Sequence[str]]:
    return [cells for _, cells in rows[:_SAMPLE_ROWS]]


def _headers(row: Row) -> list[str]:
    return [cell.strip() for cell in row[1]]
