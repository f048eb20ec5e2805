"""Split a CSV file that arrives in pieces into rows.

One piece and one row are in memory at most.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import StringIO
from itertools import chain, islice

from servicekit.errors import InvalidInput, PayloadTooLarge
from services.contacts.domain.csv_text import NotText, TextDecoder

Row = tuple[int, list[str]]
"""A row of a file: the line on which it begins, counted from 1, and its cells."""

_DELIMITERS = ",;\t|^~"
# A first line such as "sep=;", which spreadsheets write and read.
_NAMED_DELIMITER = re.compile(r'[\s\ufeff]*"?sep *= ?([^\w\s"+]|\t)', re.IGNORECASE)
# The delimiter is guessed from this many lines or characters at the beginning of the file.
_HEAD_LINES = 50
_HEAD_CHARACTERS = 65_536
# Less than the csv module's limit for a cell. A row whose quote is never closed exceeds it.
_MAX_ROW_LENGTH = 100_000


@dataclass(frozen=True, slots=True)
class CsvLimits:
    """How large a file may be, in bytes, rows and columns."""

    max_bytes: int
    max_rows: int
    max_columns: int


class CsvRows:
    """Splits a file into rows.

    A first line such as ``sep=;`` names the delimiter. It is used if a row then has a known
    heading. Otherwise each delimiter is tried, and the one is used that gives a row near the top
    the most known headings. If several are equally good, the one is used that gives the most rows
    as many cells as that row has, and then the one that gives the rows the most cells.

    Args:
        limits: how large the file may be.
        known_headings: returns how many cells of a row are known headings.
    """

    def __init__(
        self,
        limits: CsvLimits,
        known_headings: Callable[[Sequence[str]], int] = lambda _: 0,
    ) -> None:
        self._limits = limits
        self._known_headings = known_headings
        self._decoder = TextDecoder()
        self._delimiter = ""
        self._bytes = 0
        self._rows = 0
        self._line = 1
        self._rest = ""

    def feed(self, piece: bytes, last: bool = False) -> list[Row]:
        """Return the rows that ``piece`` completes. ``last`` marks the end of the file.

        Raises:
            PayloadTooLarge: the file has too many bytes or rows.
            InvalidInput: the file is not a CSV file: it is binary or in another encoding, has too
                many columns, or a quote that is never closed. The message names the line.
        """
        self._bytes += len(piece)
        if self._bytes > self._limits.max_bytes:
            raise PayloadTooLarge.of(
                "file",
                f"has more than {self._limits.max_bytes:,} bytes; split it into smaller files",
            )
        text = self._rest + self._decoded(piece, last)
        if last and text and text[-1] not in "\r\n":
            text += "\n"
        # A carriage return at the end may be the first half of a line end.
        end = len(text) if last else max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
        if not self._delimiter:
            if not last and not _is_whole_head(text):
                end = 0
            else:
                self._delimiter = self._delimiter_of(text[:end])
        rows, used = self._split(text[:end])
        self._rest = text[used:]
        if len(self._rest) > _MAX_ROW_LENGTH or (last and self._rest):
            raise self._fault("the row is too long, or its quotes are never closed")
        self._check(rows)
        return rows

    @property
    def is_windows(self) -> bool:
        """Whether the file is not in UTF-8 and is read as Windows-1252."""
        return self._decoder.is_windows

    def _decoded(self, piece: bytes, last: bool) -> str:
        try:
            text = self._decoder.decode(piece, last)
        except NotText as fault:
            raise self._fault(fault.message) from None
        if "\0" in text:
            raise self._fault("the file is not a CSV file, because it contains binary data")
        return text

    def _split(self, text: str) -> tuple[list[Row], int]:
        """Return the complete rows of ``text``, and how many characters they take up.

        ``text`` must end with a line end.
        """
        rows: list[Row] = []
        begun = self._line
        used = 0
        try:
            for cells, lines, characters in _parsed(text, self._delimiter or ","):
                rows.append((self._line, cells))
                self._line = begun + lines
                used = characters
        except csv.Error:
            raise self._fault("a cell is too long") from None
        return rows, used

    def _delimiter_of(self, head: str) -> str:
        named = _NAMED_DELIMITER.match(head)
        score = partial(self._score, head)
        present = [delimiter for delimiter in _DELIMITERS if delimiter in head] or [","]
        if named and (score(named[1])[0] or not any(score(d)[0] for d in present)):
            return named[1]
        return max(present, key=score)

    def _score(self, head: str, delimiter: str) -> tuple[int, int, int]:
        rows: list[list[str]] = []
        with suppress(csv.Error):
            # Empty lines are left out.
            found = (cells for cells, _, _ in _parsed(head, delimiter) if cells)
            rows += islice(found, _HEAD_LINES)
        if not rows:
            return 0, 0, 0
        known = [self._known(cells) for cells in rows]
        width = len(rows[known.index(max(known))])
        alike = sum(1 for cells in rows if len(cells) == width) if width > 1 else 0
        return max(known), alike, width

    def _known(self, cells: list[str]) -> int:
        # A quote within a cell is a sign of the wrong delimiter.
        return 0 if any('"' in cell for cell in cells) else self._known_headings(cells)

    def _check(self, rows: list[Row]) -> None:
        self._rows += len(rows)
        # One more, because the header is counted as a row too.
        if self._rows > self._limits.max_rows + 1:
            raise PayloadTooLarge.of(
                "file", f"has more than {self._limits.max_rows:,} rows; split it into smaller files"
            )
        for line, cells in rows:
            if len(cells) > self._limits.max_columns:
                self._cut_empty_end(line, cells)

    def _cut_empty_end(self, line: int, cells: list[str]) -> None:
        """Remove the empty cells that spreadsheets write after a row's last value.

        Raises ``InvalidInput`` if the row then has too many columns.
        """
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > self._limits.max_columns:
            raise InvalidInput.of(
                "file", f"line {line}: the row has more than {self._limits.max_columns} columns"
            )

    def _fault(self, message: str) -> InvalidInput:
        return InvalidInput.of("file", f"line {self._line}: {message}")


def _parsed(text: str, delimiter: str) -> Iterator[tuple[list[str], int, int]]:
    """Yield the complete rows of ``text``.

    Each row comes with the counts of lines and of characters up to its end.
    """
    buffer = StringIO(text, newline="")
    reader = csv.reader(chain(buffer, _ask_for_more()), delimiter=delimiter)
    with suppress(_MoreWanted):
        for cells in reader:
            yield cells, reader.line_num, buffer.tell()


def _is_whole_head(text: str) -> bool:
    return (
        len(text) >= _HEAD_CHARACTERS or sum(1 for line in text.splitlines() if line) >= _HEAD_LINES
    )


class _MoreWanted(Exception):
    """The text has no more lines, so its last row may be incomplete."""


def _ask_for_more() -> Iterator[str]:
    raise _MoreWanted
    yield
