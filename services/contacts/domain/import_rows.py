"""Rows of a file as contacts: what is good goes on, what is not is reported and left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from phonenumbers import SUPPORTED_REGIONS

from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, normalise, normalise_us_fast
from servicekit.time_zones import time_zone_named
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
from services.contacts.domain.opt_words import OPTED_OUT, UnreadableOptOut, said_at

MAX_REPORTED = 1000
TAG_SEPARATOR = ";"
SEVERAL = ":::"
"""What Google Contacts puts between several values in one cell."""

Staged = tuple[
    str, str | None, str | None, str | None, str | None, str | None, datetime | None, bool
]
"""Phone, first name, last name, e-mail address, tags, time zone, when the person opted out, and
whether that is all that is kept of the row: it repeats a number or has another fault.

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

    def __init__(self, columns: Columns, headers: Sequence[str], default_country: str) -> None:
        if default_country not in SUPPORTED_REGIONS:
            raise InvalidInput.of("defaultCountry", "is not a country that has phone numbers")
        self._columns = columns
        self._opt_outs = OptOutCells(columns.opt_outs, headers)
        self._country = default_country
        self._seen: dict[int, int] = {}
        self.skipped = 0
        self.errors: list[RowError] = []

    def read(self, rows: Sequence[Row]) -> list[Staged]:
        """The contacts of ``rows``; the faults are added to ``errors`` and ``skipped``.

        A row that is left out though its number and its opt-out can be read brings the latter.
        """
        good: list[Staged] = []
        for line, given in rows:
            if not any(given):  # an empty line
                continue
            silent = None
            try:
                cells = self._fitted(given)
                phone = self._phone(_plain(cells[self._columns.phone]))
                silent = self._opt_outs.said_at(cells)
                contact = self._contact(phone, cells, silent)
                self._require_first(phone, line)
            except RowFault as fault:
                self._report(line, fault.field, fault.message)
                if silent:
                    good.append((phone, None, None, None, None, None, silent, True))
                continue
            good.append(contact)
        return good

    def _require_first(self, phone: str, line: int) -> None:
        first = self._seen.setdefault(int(phone[1:]), line)
        if first != line:
            raise RowFault("phone", f"repeats the number of row {first}")

    def _report(self, line: int, field: str, message: str) -> None:
        self.skipped += 1
        if len(self.errors) < MAX_REPORTED:
            self.errors.append(RowError(line, field, message))

    def _contact(self, phone: str, cells: list[str], silent: datetime | None) -> Staged:
        columns = self._columns
        return (
            phone,
            _name(cells, columns.first_name, "firstName"),
            _name(cells, columns.last_name, "lastName"),
            _email(cells, columns.email),
            _tags(cells, columns.tags),
            _time_zone(cells, columns.time_zone),
            silent,
            False,
        )

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

    def said_at(self, cells: Sequence[str]) -> datetime | None:
        """When the person of a row opted out, by whichever column says so; None: by none.

        Raises ``RowFault`` for what can't be read, unless another column says that they did.
        """
        if not self._columns:
            return None
        now = datetime.now(UTC)
        said, fault = [], None
        for column, field in self._columns:
            try:
                said.append(said_at(_plain(cells[column]), field, now))
            except UnreadableOptOut:
                fault = fault or RowFault(field, self._unreadable(column, field))
        told = [at for at in said if at]
        if fault and not told:
            raise fault
        return max(told, default=None)

    def _unreadable(self, column: int, field: str) -> str:
        asked = "has opted out" if field == OPTED_OUT else "has agreed to be texted"
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
    if SEVERAL in text:  # of an address book, whose own labels begin with a star
        labels = (label.strip() for label in text.split(SEVERAL))
        text = TAG_SEPARATOR.join(label for label in labels if label[:1] != "*")
    elif text[:2] == "* ":
        return None
    names = tidy_tags(text.split(TAG_SEPARATOR))
    if len(names) > MAX_TAGS:
        raise RowFault("tags", f"has more than {MAX_TAGS} tags")
    if any(len(name) > MAX_TAG_LENGTH for name in names):
        raise RowFault("tags", f"has a tag that is longer than {MAX_TAG_LENGTH} characters")
    return TAG_SEPARATOR.join(names) or None


def _time_zone(cells: list[str], column: int | None) -> str | None:
    text = _plain(cells[column]) if column is not None else ""
    name = time_zone_named(text) if text else None
    if text and name is None:
        raise RowFault("timeZone", NO_TIME_ZONE)
    return name
