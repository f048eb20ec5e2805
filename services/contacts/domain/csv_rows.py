"""The rows of a CSV file that comes in pieces; nothing holds more of it than a piece and a row."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import chain

from servicekit.errors import InvalidInput, PayloadTooLarge
from services.contacts.domain.csv_text import NotText, TextDecoder

Row = tuple[int, list[str]]
"""The line on which a row begins, counted from 1 as an editor does, and its cells."""

_DELIMITERS = ",;\t|"
NAMED_DELIMITER = re.compile(r'"?sep=([,;|\t])', re.IGNORECASE)
"""A first line that spreadsheets write and read, and that is no row: it names the delimiter."""
_QUOTED = re.compile(r'"[^"]*"')
# Below csv's own limit for a cell. A quote that is never closed runs into it.
_MAX_ROW_LENGTH = 100_000


@dataclass(frozen=True, slots=True)
class CsvLimits:
    """How large a file may be, in bytes, rows and columns."""

    max_bytes: int
    max_rows: int
    max_columns: int


class CsvRows:
    """Splits a file into rows. Its delimiter is the one that its first line names or has most of.

    What is within quotes does not count.
    """

    def __init__(self, limits: CsvLimits) -> None:
        self._limits = limits
        self._decoder = TextDecoder()
        self._delimiter = ""
        self._bytes = 0
        self._rows = 0
        self._line = 1
        self._rest = ""

    def feed(self, piece: bytes, last: bool = False) -> list[Row]:
        """The rows that are complete with ``piece``; ``last`` is the end of the file.

        Raises:
            PayloadTooLarge: the file has too many bytes or rows.
            InvalidInput: it is no CSV file: binary, other encodings, too many columns, a quote
                that is never closed. Names the line.
        """
        self._bytes += len(piece)
        if self._bytes > self._limits.max_bytes:
            raise PayloadTooLarge.of("file", f"has more than {self._limits.max_bytes:,} bytes")
        text = self._rest + self._decoded(piece, last)
        if last and text and text[-1] not in "\r\n":
            text += "\n"
        # A carriage return at the very end may be half of a line's end.
        end = len(text) if last else max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
        rows, used = self._split(text[:end])
        self._rest = text[used:]
        if len(self._rest) > _MAX_ROW_LENGTH or (last and self._rest):
            raise self._fault("the row is too long, or a quote that opens here is never closed")
        self._check(rows)
        return rows

    def _decoded(self, piece: bytes, last: bool) -> str:
        try:
            text = self._decoder.decode(piece, last)
        except NotText as fault:
            raise self._fault(fault.message) from None
        if "\0" in text:
            raise self._fault("is not a CSV file; it holds binary data")
        return text

    def _split(self, text: str) -> tuple[list[Row], int]:
        """The complete rows of ``text``, which ends with a line, and how long they are."""
        if text and not self._delimiter:
            self._delimiter = _delimiter_of(text)
        buffer = StringIO(text, newline="")
        lines = chain(buffer, _ask_for_more())
        reader = csv.reader(lines, delimiter=self._delimiter or ",")
        rows: list[Row] = []
        begun = self._line
        used = 0
        try:
            for cells in reader:
                rows.append((self._line, cells))
                self._line = begun + reader.line_num
                used = buffer.tell()
        except _MoreWanted:
            pass
        except csv.Error:
            raise self._fault("a cell is too long") from None
        return rows, used

    def _check(self, rows: list[Row]) -> None:
        self._rows += len(rows)
        # The header is a row as well.
        if self._rows > self._limits.max_rows + 1:
            raise PayloadTooLarge.of(
                "file", f"line {self._line}: there are more than {self._limits.max_rows:,} rows"
            )
        widest = max((len(cells) for _, cells in rows), default=0)
        if widest > self._limits.max_columns:
            line = next(line for line, cells in rows if len(cells) == widest)
            raise InvalidInput.of(
                "file", f"line {line}: there are more than {self._limits.max_columns} columns"
            )

    def _fault(self, message: str) -> InvalidInput:
        return InvalidInput.of("file", f"line {self._line}: {message}")


class _MoreWanted(Exception):
    """The reader has used up its lines, perhaps in the middle of a row."""


def _ask_for_more() -> Iterator[str]:
    raise _MoreWanted
    yield


def _delimiter_of(text: str) -> str:
    first_line = text.splitlines()[0]
    named = NAMED_DELIMITER.match(first_line)
    if named:
        return named[1]
    outside_quotes = _QUOTED.sub("", first_line)
    return max(_DELIMITERS, key=outside_quotes.count)
