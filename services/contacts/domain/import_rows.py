"""Read contacts from the rows of a file. Invalid rows and cells are reported and left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from phonenumbers import SUPPORTED_REGIONS

from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, normalise, normalise_us_fast
from services.contacts.domain.csv_rows import Row
from services.contacts.domain.import_cells import (
    PartlyRead,
    read_email,
    read_name,
    read_tags,
    read_time_zone,
    several_of,
)
from services.contacts.domain.import_columns import Columns
from services.contacts.domain.import_header import names_delimiter
from services.contacts.domain.import_quotes import unquoted
from services.contacts.domain.import_text import is_blank, readable
from services.contacts.domain.opt_words import OPTED_OUT_FIELD, UnreadableOptOut, read_opt_out

MAX_REPORTED = 1000
MAX_VALUE_LENGTH = 100
"""Maximum characters of a cell that are repeated in its error."""
MAX_KEPT = 100_000
"""Maximum errors of a file that are kept with their rows."""


class StagedContact(NamedTuple):
    """A row of a file, ready to be written by the csv module.

    Attributes:
        tags: separated by ``STAGED_TAG_SEPARATOR``.
        opt_out_only: only the opt-out of the row is used, because the row repeats a phone number or
            has an error.
    """

    phone: str
    first_name: str | None
    last_name: str | None
    email: str | None
    tags: str | None
    time_zone: str | None
    opted_out_at: datetime | None
    opt_out_only: bool


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was left out, or a cell or part of a cell that was left out of an imported row.

    ``row`` is the line, and ``field`` the field's name in the contract. If one cell is at fault,
    ``column`` is its heading, and ``value`` its beginning.
    """

    row: int
    field: str
    message: str
    column: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class KeptError:
    """An error of a file, to be stored.

    ``number`` is its position among the errors of the file, from 0. ``cells`` holds the whole row
    if the row was left out. It is None if only one cell of the row was left out.
    """

    number: int
    error: RowError
    cells: Sequence[str] | None


class RowFault(ValueError):
    """A row can't be imported, because its cell for ``field`` has the wrong ``value``."""

    def __init__(self, field: str, message: str, value: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.value = value[:MAX_VALUE_LENGTH]


class ContactRows:
    """Reads the rows of one file. Of several rows with the same phone number, the first is used.

    It remembers the phone numbers of the file, which takes about 100 bytes per row. If ``keeps`` is
    set, it also keeps all errors until ``take_kept`` is called. ``quotes`` are the apostrophes
    around the cells, as ``quotes_of`` returns them.

    Raises:
        InvalidInput: the default country has no phone numbers of its own.
    """

    def __init__(
        self,
        columns: Columns,
        headers: Sequence[str],
        default_country: str,
        quotes: str = "",
        *,
        keeps: bool = False,
    ) -> None:
        if default_country not in SUPPORTED_REGIONS:
            raise InvalidInput.of(
                "defaultCountry",
                "is not a country with phone numbers; use a two-letter code such as US",
            )
        self._columns = columns
        self._headers = headers
        self._quotes = quotes
        self._opt_outs = OptOutCells(columns.opt_outs, headers)
        self._optional = _optional_cells(columns)
        self._country = default_country
        self._seen: dict[int, int] = {}
        self.skipped = 0
        self.incomplete = 0
        self.errors: list[RowError] = []
        self._keeps = keeps
        self._kept: list[KeptError] = []
        self._reported = 0

    def read(self, rows: Sequence[Row]) -> list[StagedContact]:
        """Return the contacts of ``rows``.

        Each row or cell that is left out is counted and added to ``errors``.

        A row that is left out still applies its opt-out, if its phone number and its opt-out are
        readable. An unreadable optional cell is left out, and the row is imported without it.
        """
        good: list[StagedContact] = []
        for line, given in rows:
            if is_blank(given):
                continue
            opted_out_at = None
            try:
                cells = self._fitted(unquoted(given, self._quotes) if self._quotes else given)
                # All numbers of a cell belong to the same person.
                numbers = several_of(readable(cells[self._columns.phone]))
                phone = self._phone(numbers[0])
                opted_out_at = self._opt_outs.opted_out_at(cells)
                self._require_first(phone, line, numbers[0])
            except RowFault as fault:
                self._leave_out(line, given, fault)
                if opted_out_at:
                    good.append(_opt_out_of(phone, opted_out_at))
                continue
            notes = self._notes_on(numbers) if len(numbers) > 1 else []
            first, last, email, tags, zone = self._optional_values(line, cells, notes)
            good.append(StagedContact(phone, first, last, email, tags, zone, opted_out_at, False))
        return good

    def report_lines_before(self, rows: Sequence[Row]) -> None:
        """Report the lines before the header, which contain no contacts."""
        message = "This line is above the column names and was left out."
        for line, cells in rows:
            if not names_delimiter(cells):
                self.report(RowError(line, "row", message))

    def _require_first(self, phone: str, line: int, written: str) -> None:
        first = self._seen.setdefault(int(phone[1:]), line)
        if first != line:
            raise RowFault("phone", f"This row has the same number as row {first}.", written)

    def _leave_out(self, line: int, cells: Sequence[str], fault: RowFault) -> None:
        self.skipped += 1
        self.report(RowError(line, fault.field, fault.message, value=fault.value), cells)

    def report(self, error: RowError, cells: Sequence[str] | None = None) -> None:
        """Add an error, unless ``MAX_REPORTED`` errors were added before.

        ``cells`` is the row if it was left out.
        """
        if len(self.errors) < MAX_REPORTED:
            self.errors.append(error)
        if self._keeps and self._reported < MAX_KEPT:
            self._kept.append(KeptError(self._reported, error, cells))
        self._reported += 1

    def take_kept(self) -> list[KeptError]:
        """Return the errors that were found since the last call of this method."""
        kept, self._kept = self._kept, []
        return kept

    def _notes_on(self, numbers: Sequence[str]) -> list[tuple[str, str, int]]:
        message = f"There are {len(numbers)} phone numbers. Only the first one was imported."
        return [("phone", message, self._columns.phone)]

    def _optional_values(
        self, line: int, cells: list[str], notes: list[tuple[str, str, int]]
    ) -> list[str | None]:
        """Read the optional cells of a row. Unreadable ones become None.

        Reports unreadable cells, and cells of which only a part was read. ``notes`` are reported
        too: the field, message and column of each error in another cell of the row.
        """
        values: list[str | None] = []
        for field, column, read in self._optional:
            text = readable(cells[column]) if column is not None else ""
            value, message = _value_of(text, read) if text else (None, "")
            values.append(value)
            if message and column is not None:
                notes.append((field, message, column))
        for field, message, column in notes:
            value = readable(cells[column])[:MAX_VALUE_LENGTH]
            self.report(RowError(line, field, message, self._headers[column], value))
        self.incomplete += bool(notes)
        return values

    def _fitted(self, cells: list[str]) -> list[str]:
        width = self._columns.width
        return cells if len(cells) == width else _fitted(cells, width)

    def _phone(self, raw: str) -> str:
        fast = normalise_us_fast(raw) if self._country == "US" or raw[:1] == "+" else None
        if fast is not None:
            return fast
        try:
            return normalise(raw, self._country).e164
        except InvalidPhone as fault:
            raise RowFault("phone", fault.message, raw) from None


class OptOutCells:
    """The columns of a file that hold opt-outs, by index and field."""

    def __init__(self, columns: Sequence[tuple[int, str]], headers: Sequence[str]) -> None:
        self._columns = columns
        self._headers = headers

    def opted_out_at(self, cells: Sequence[str]) -> datetime | None:
        """Return the time at which the person opted out according to any column, or None.

        Raises ``RowFault`` for an unreadable cell, unless another column has an opt-out.
        """
        if not self._columns:
            return None
        now = datetime.now(UTC)
        said, fault = [], None
        for column, field in self._columns:
            cell = readable(cells[column])
            try:
                said.append(read_opt_out(cell, field, now))
            except UnreadableOptOut:
                fault = fault or RowFault(field, self._unreadable(column, field), cell)
        told = [at for at in said if at]
        if fault and not told:
            raise fault
        return max(told, default=None)

    def _unreadable(self, column: int, field: str) -> str:
        asked = "has opted out" if field == OPTED_OUT_FIELD else "has agreed to be texted"
        return (
            f'The column "{self._headers[column]}" does not clearly say whether the person {asked}.'
            " Write yes, no, a date, subscribed or unsubscribed. The row was left out."
        )


def _opt_out_of(phone: str, opted_out_at: datetime) -> StagedContact:
    return StagedContact(phone, None, None, None, None, None, opted_out_at, True)


def _value_of(text: str, read: Callable[[str], str]) -> tuple[str | None, str]:
    """Return the value of a cell or None, and a message if an error must be reported."""
    try:
        return read(text) or None, ""
    except PartlyRead as part:
        return part.value or None, str(part)
    except ValueError as fault:
        return None, f"{fault} The contact was imported without it."


def _fitted(cells: list[str], width: int) -> list[str]:
    if not is_blank(cells[width:]):
        raise RowFault(
            "row",
            f"The row has {len(cells)} cells but the header has {width}."
            " Put cells with commas in quotes.",
        )
    return [*cells, *[""] * (width - len(cells))][:width]


def _optional_cells(columns: Columns) -> Sequence[tuple[str, int | None, Callable[[str], str]]]:
    """Return the column and reader of each optional field, in the order of ``StagedContact``."""
    return (
        ("firstName", columns.first_name, read_name),
        ("lastName", columns.last_name, read_name),
        ("email", columns.email, read_email),
        ("tags", columns.tags, read_tags),
        ("timeZone", columns.time_zone, read_time_zone),
    )
