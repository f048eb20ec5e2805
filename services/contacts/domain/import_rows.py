"""Rows of a file as contacts: what is good goes on, what is not is reported and left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from phonenumbers import SUPPORTED_REGIONS

from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, normalise, normalise_us_fast
from servicekit.time_zones import is_time_zone
from services.contacts.domain.contacts import (
    MAX_NAME_LENGTH,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    NO_TIME_ZONE,
    is_email,
    tidy_tags,
)
from services.contacts.domain.csv_rows import Row
from services.contacts.domain.import_columns import Columns

MAX_REPORTED = 1000
TAG_SEPARATOR = ";"

Staged = tuple[str, str | None, str | None, str | None, str | None, str | None]
"""Phone, first name, last name, e-mail address, tags, time zone: a good row, ready to be kept.

A tuple and no class of its own: it is made once per row and written by the csv module.
"""

# An export puts a quote before cells that a spreadsheet would take for a formula.
_FORMULA_STARTS = frozenset("=+-@\t\r\n")


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was left out. ``row`` is its line; ``field`` is as the contract names it."""

    row: int
    field: str
    message: str


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

    def __init__(self, columns: Columns, default_country: str) -> None:
        if default_country not in SUPPORTED_REGIONS:
            raise InvalidInput.of("defaultCountry", "is not a country that has phone numbers")
        self._columns = columns
        self._country = default_country
        self._seen: dict[int, int] = {}
        self.skipped = 0
        self.errors: list[RowError] = []

    def read(self, rows: Sequence[Row]) -> list[Staged]:
        """The contacts of ``rows``; the faults are added to ``errors`` and ``skipped``."""
        good = []
        for line, cells in rows:
            if not any(cells):  # an empty line
                continue
            try:
                contact = self._contact(cells)
            except RowFault as fault:
                self._report(line, fault.field, fault.message)
                continue
            first = self._seen.setdefault(int(contact[0][1:]), line)
            if first == line:
                good.append(contact)
            else:
                self._report(line, "phone", f"repeats the number of row {first}")
        return good

    def _report(self, line: int, field: str, message: str) -> None:
        self.skipped += 1
        if len(self.errors) < MAX_REPORTED:
            self.errors.append(RowError(line, field, message))

    def _contact(self, cells: list[str]) -> Staged:
        columns = self._columns
        if len(cells) != columns.width:
            cells = _fitted(cells, columns.width)
        return (
            self._phone(_plain(cells[columns.phone])),
            _name(cells, columns.first_name, "firstName"),
            _name(cells, columns.last_name, "lastName"),
            _email(cells, columns.email),
            _tags(cells, columns.tags),
            _time_zone(cells, columns.time_zone),
        )

    def _phone(self, raw: str) -> str:
        fast = normalise_us_fast(raw) if self._country == "US" or raw[:1] == "+" else None
        if fast is not None:
            return fast
        try:
            return normalise(raw, self._country).e164
        except InvalidPhone as fault:
            raise RowFault("phone", fault.message) from None


def _fitted(cells: list[str], width: int) -> list[str]:
    if any(cells[width:]):
        raise RowFault(
            "row", f"has {len(cells)} cells and the header {width}; quote cells that hold commas"
        )
    return [*cells, *[""] * (width - len(cells))][:width]


def _plain(cell: str) -> str:
    """The cell without the space around it and without the quote that an export puts before."""
    text = cell.strip(" ")
    if text[:1] == "'" and text.lstrip("'")[:1] in _FORMULA_STARTS:
        text = text[1:]
    return text.strip()


def _name(cells: list[str], column: int | None, field: str) -> str | None:
    text = _plain(cells[column]) if column is not None else ""
    if len(text) > MAX_NAME_LENGTH:
        raise RowFault(field, f"is longer than {MAX_NAME_LENGTH} characters")
    return text or None


def _email(cells: list[str], column: int | None) -> str | None:
    text = _plain(cells[column]) if column is not None else ""
    if text and not is_email(text):
        raise RowFault("email", "is not an e-mail address")
    return text or None


def _tags(cells: list[str], column: int | None) -> str | None:
    text = _plain(cells[column]) if column is not None else ""
    if not text:
        return None
    names = tidy_tags(text.split(TAG_SEPARATOR))
    if len(names) > MAX_TAGS:
        raise RowFault("tags", f"has more than {MAX_TAGS} tags")
    if any(len(name) > MAX_TAG_LENGTH for name in names):
        raise RowFault("tags", f"has a tag that is longer than {MAX_TAG_LENGTH} characters")
    return TAG_SEPARATOR.join(names) or None


def _time_zone(cells: list[str], column: int | None) -> str | None:
    text = _plain(cells[column]) if column is not None else ""
    if text and not is_time_zone(text):
        raise RowFault("timeZone", NO_TIME_ZONE)
    return text or None
