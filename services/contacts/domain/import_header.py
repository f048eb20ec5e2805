"""Find the header row of a file. Some tools write titles, dates and blank lines before it."""

import re
from collections.abc import Mapping, Sequence

from services.contacts.domain.csv_rows import Row
from services.contacts.domain.import_columns import suggest
from services.contacts.domain.import_text import readable

HEAD_ROWS = 50
"""How many rows are searched for the header."""
_DELIMITER_LINE = re.compile(r"sep ?= ?[^\w\s]?", re.IGNORECASE)


class Header:
    """Finds the header of a file, using the client's ``mapping`` if there is one."""

    def __init__(self, mapping: Mapping[str, str] | None = None) -> None:
        names = headings_of(list(mapping or ()))
        self.mapping = dict(zip(names, (mapping or {}).values(), strict=True))
        self._mapped = frozenset(names)

    def known_headings(self, cells: Sequence[str]) -> int:
        """Count the cells that are headings: those in the mapping, or else known names."""
        headings = headings_of(cells)
        return len(self._mapped.intersection(headings)) or len(suggest(headings))

    def find(self, rows: Sequence[Row]) -> int:
        """Return the index of the header.

        It is the first row that has all headings of the mapping. Without a mapping, it is the row
        with the most known headings, which must include one for the phone number. If no row has the
        required headings, the first row is the header. Returns ``len(rows)`` if there are no rows.
        """
        named = [i for i, (_, cells) in enumerate(rows) if not names_delimiter(cells)]
        complete = [i for i in named if self._is_complete(headings_of(rows[i][1]))]
        if not complete:
            return next(iter(named), len(rows))
        # A title above may look like a heading: "Phone numbers".
        return max(complete, key=lambda i: (self.known_headings(rows[i][1]), -i))

    def _is_complete(self, headings: Sequence[str]) -> bool:
        if self._mapped:
            return self._mapped <= set(headings)
        return "phone" in suggest(headings).values()


def headings_of(cells: Sequence[str]) -> list[str]:
    """Return the cells as column headings, without line breaks and surrounding apostrophes."""
    return [" ".join(_unquoted(readable(cell)).split()) for cell in cells]


def names_delimiter(cells: Sequence[str]) -> bool:
    """Return whether a row is a line such as ``sep=;``, by which spreadsheets set the delimiter."""
    return _DELIMITER_LINE.fullmatch(readable(cells[0])) is not None and not any(cells[1:])


def _unquoted(heading: str) -> str:
    return heading[1:].removesuffix("'") if heading[:1] == "'" else heading
