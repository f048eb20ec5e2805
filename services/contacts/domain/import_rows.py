"""Rows of a file as contacts: what is good goes on, what is not is reported and left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from phonenumbers import SUPPORTED_REGIONS

from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, normalise, normalise_us_fast
from services.contacts.domain.csv_rows import Row
from services.contacts.domain.import_cells import (
    SEVERAL,
    read_email,
    read_name,
    read_tags,
    read_time_zone,
)
from services.contacts.domain.import_columns import Columns
from services.contacts.domain.import_header import names_delimiter
from services.contacts.domain.import_text import readable
from services.contacts.domain.opt_words import OPTED_OUT_FIELD, UnreadableOptOut, read_opt_out

MAX_REPORTED = 1000
StagedContact = tuple[
    str, str | None, str | None, str | None, str | None, str | None, datetime | None, bool
]
"""Phone, first name, last name, e-mail address, tags, time zone, when the person opted out, and
whether that is all that is kept of the row: it repeats a number or has another fault.

A tuple and no class of its own: it is made once per row and written by the csv module.
"""


@dataclass(frozen=True, slots=True)
class RowError:
    """What was left out of a file: a row, or a cell of one that was imported.

    ``row`` is its line, ``field`` as the contract names it, ``column`` the heading of the cell.
    """

    row: int
    field: str
    message: str
    column: str = ""


class RowFault(ValueError):
    """A row can't be used, because of ``field``."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class ContactRows:
    """Reads the rows of one file. Of numbers that come twice, the first row wins.

    It remembers the numbers of the file, which is the one thing that grows with it: about 100
    bytes a row.

    Raises ``InvalidInput`` for a default country that has no phone numbers of its own.
    """

    def __init__(self, columns: Columns, headers: Sequence[str], default_country: str) -> None:
        if default_country not in SUPPORTED_REGIONS:
            raise InvalidInput.of("defaultCountry", "is not a country that has phone numbers")
        self._columns = columns
        self._headers = headers
        self._opt_outs = OptOutCells(columns.opt_outs, headers)
        self._optional = _optional_cells(columns)
        self._country = default_country
        self._seen: dict[int, int] = {}
        self.skipped = 0
        self.incomplete = 0
        self.errors: list[RowError] = []

    def read(self, rows: Sequence[Row]) -> list[StagedContact]:
        """The contacts of ``rows``; what is left out is added to ``errors`` and counted.

        A row that is left out though its number and its opt-out can be read brings the latter. An
        optional cell that can't be read is left out alone.
        """
        good: list[StagedContact] = []
        for line, given in rows:
            if not any(given):  # an empty line
                continue
            opted_out_at = None
            try:
                cells = self._fitted(given)
                phone = self._phone(readable(cells[self._columns.phone]))
                opted_out_at = self._opt_outs.opted_out_at(cells)
                self._require_first(phone, line)
            except RowFault as fault:
                self._leave_out(line, fault)
                if opted_out_at:
                    good.append((phone, None, None, None, None, None, opted_out_at, True))
                continue
            first, last, email, tags, zone = self._optional_values(line, cells)
            good.append((phone, first, last, email, tags, zone, opted_out_at, False))
        return good

    def report_lines_before(self, rows: Sequence[Row]) -> None:
        """Report the lines before the header: titles and dates, which are nobody."""
        message = "This line stands before the names of the columns and was left out."
        for line, cells in rows:
            if not names_delimiter(cells):
                self.report(RowError(line, "row", message))

    def _require_first(self, phone: str, line: int) -> None:
        first = self._seen.setdefault(int(phone[1:]), line)
        if first != line:
            raise RowFault("phone", f"repeats the number of row {first}")

    def _leave_out(self, line: int, fault: RowFault) -> None:
        self.skipped += 1
        self.report(RowError(line, fault.field, fault.message))

    def report(self, error: RowError) -> None:
        """Add to what was left out or is to be looked at, up to ``MAX_REPORTED``."""
        if len(self.errors) < MAX_REPORTED:
            self.errors.append(error)

    def _optional_values(self, line: int, cells: list[str]) -> list[str | None]:
        """Read the optional cells of a row. What can't be read is None, and reported."""
        values: list[str | None] = []
        readable_so_far = True
        for field, column, read in self._optional:
            text = readable(cells[column]) if column is not None else ""
            try:
                values.append(read(text) or None if text else None)
            except ValueError as fault:
                message = f"{fault} The person was imported without it."
                heading = self._headers[column] if column is not None else ""
                self.report(RowError(line, field, message, heading))
                values.append(None)
                readable_so_far = False
        self.incomplete += not readable_so_far
        return values

    def _fitted(self, cells: list[str]) -> list[str]:
        width = self._columns.width
        return cells if len(cells) == width else _fitted(cells, width)

    def _phone(self, raw: str) -> str:
        if SEVERAL in raw:  # all are the same person's
            raw = raw.split(SEVERAL, 1)[0].strip()
        fast = normalise_us_fast(raw) if self._country == "US" or raw[:1] == "+" else None
        if fast is not None:
            return fast
        try:
            return normalise(raw, self._country).e164
        except InvalidPhone as fault:
            raise RowFault("phone", fault.message) from None


class OptOutCells:
    """The columns of a file that say who may be texted, by number and field."""

    def __init__(self, columns: Sequence[tuple[int, str]], headers: Sequence[str]) -> None:
        self._columns = columns
        self._headers = headers

    def opted_out_at(self, cells: Sequence[str]) -> datetime | None:
        """When the person of a row opted out, by whichever column says so; None: by none.

        Raises ``RowFault`` for what can't be read, unless another column says that they did.
        """
        if not self._columns:
            return None
        now = datetime.now(UTC)
        said, fault = [], None
        for column, field in self._columns:
            try:
                said.append(read_opt_out(readable(cells[column]), field, now))
            except UnreadableOptOut:
                fault = fault or RowFault(field, self._unreadable(column, field))
        told = [at for at in said if at]
        if fault and not told:
            raise fault
        return max(told, default=None)

    def _unreadable(self, column: int, field: str) -> str:
        asked = "has opted out" if field == OPTED_OUT_FIELD else "has agreed to be texted"
        return (
            f'does not say whether the person {asked} (column "{self._headers[column]}"); write'
            " yes, no, a date, subscribed or unsubscribed. The row was left out."
        )


def _fitted(cells: list[str], width: int) -> list[str]:
    if any(cell.strip() for cell in cells[width:]):
        raise RowFault(
            "row", f"has {len(cells)} cells and the header {width}; quote cells that hold commas"
        )
    return [*cells, *[""] * (width - len(cells))][:width]


def _optional_cells(columns: Columns) -> Sequence[tuple[str, int | None, Callable[[str], str]]]:
    """List the optional fields in the order of ``StagedContact``, with column and reader."""
    return (
        ("firstName", columns.first_name, read_name),
        ("lastName", columns.last_name, read_name),
        ("email", columns.email, read_email),
        ("tags", columns.tags, read_tags),
        ("timeZone", columns.time_zone, read_time_zone),
    )
